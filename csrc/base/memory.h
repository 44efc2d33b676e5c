#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ionsim {

// Bytes that this process may still use: what the system reports as available, cut to the limit of
// the control group where there is one, and the freed memory that is kept for the next run. Zero
// where it cannot be told.
std::uint64_t available_memory();

// Freed large buffers are kept, up to an eighth of what is free, because the first touch of fresh
// memory costs more than most runs. How many bytes that is now, and the way to give them back to
// the system.
std::uint64_t kept_memory();
void release_kept_memory();

namespace detail {
// 64-byte aligned storage; large blocks consist of huge pages and come from a pool. `bytes` in
// `free_aligned` and `cut_aligned` is what `aligned_bytes` gave for the block.
std::size_t aligned_bytes(std::size_t count, std::size_t item_bytes);
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes) noexcept;
// Gives back what lies behind the first `used` bytes, where that can be done; returns how many
// bytes the block has then.
std::size_t cut_aligned(void* memory, std::size_t bytes, std::size_t used) noexcept;
struct AlignedDelete {
    std::size_t bytes = 0;
    void operator()(void* memory) const noexcept { free_aligned(memory, bytes); }
};
}  // namespace detail

// Buffers from this size on come from the pool, in whole huge pages.
inline constexpr std::size_t kPooledBytes = std::size_t{256} << 10;
// What is handed out to stay is worth huge pages from this size on: it may be many arrays.
inline constexpr std::size_t kLargeBytes = std::size_t{4} << 20;

// A fixed-size, 64-byte aligned array of plain numbers. The content starts uninitialised.
template <class T>
class AlignedBuffer {
  public:
    AlignedBuffer() = default;
    // Throws std::bad_alloc when the memory cannot be had.
    explicit AlignedBuffer(std::size_t size)
        : AlignedBuffer(size, detail::aligned_bytes(size, sizeof(T))) {}

    T* data() { return storage_.get(); }
    const T* data() const { return storage_.get(); }
    std::size_t size() const { return size_; }
    std::span<T> span() { return {data(), size_}; }
    std::span<const T> span() const { return {data(), size_}; }

    // The first bytes of this memory as `size` numbers of another type, written there before with
    // std::memcpy; the memory behind them is given back.
    template <class U>
    AlignedBuffer<U> cut_to(std::size_t size) && {
        const std::size_t bytes = storage_.get_deleter().bytes;
        size_ = 0;
        AlignedBuffer<U> result;
        result.size_ = size;
        void* const memory = storage_.release();
        const std::size_t left = detail::cut_aligned(memory, bytes, size * sizeof(U));
        result.storage_ = {static_cast<U*>(memory), detail::AlignedDelete{left}};
        return result;
    }

  private:
    template <class U>
    friend class AlignedBuffer;

    AlignedBuffer(std::size_t size, std::size_t bytes)
        : storage_(static_cast<T*>(detail::allocate_aligned(bytes)), detail::AlignedDelete{bytes}),
          size_(size) {}

    std::unique_ptr<T, detail::AlignedDelete> storage_;
    std::size_t size_ = 0;
};

}  // namespace ionsim
