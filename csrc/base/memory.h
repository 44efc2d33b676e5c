#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ionsim {

// Bytes that this process may still use: what the system reports as available, cut to the limit of
// the control group where there is one. Zero where it cannot be told.
std::uint64_t available_memory();

namespace detail {
// 64-byte aligned storage; large blocks ask for huge pages, which halves the cost of the first
// touch.
void* allocate_aligned(std::size_t count, std::size_t item_bytes);
void free_aligned(void* memory) noexcept;
struct AlignedDelete {
    void operator()(void* memory) const noexcept { free_aligned(memory); }
};
}  // namespace detail

// A fixed-size, 64-byte aligned array of plain numbers. The content starts uninitialised.
template <class T>
class AlignedBuffer {
  public:
    AlignedBuffer() = default;
    // Throws std::bad_alloc when the memory cannot be had.
    explicit AlignedBuffer(std::size_t size)
        : storage_(static_cast<T*>(detail::allocate_aligned(size, sizeof(T)))), size_(size) {}

    T* data() { return storage_.get(); }
    const T* data() const { return storage_.get(); }
    std::size_t size() const { return size_; }
    std::span<T> span() { return {data(), size_}; }
    std::span<const T> span() const { return {data(), size_}; }

  private:
    std::unique_ptr<T, detail::AlignedDelete> storage_;
    std::size_t size_ = 0;
};

}  // namespace ionsim
