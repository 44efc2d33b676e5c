#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace ionsim::detail {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Large blocks of memory, in whole huge pages. Freed ones are kept up to a limit, so that a loop of
// runs touches its memory for the first time only once. Kept neighbours are joined, and what was
// taken as one block may be given back in parts.
//
// Who finds the pool busy for long passes it by: a child process that was forked while its parent
// was in here would wait for ever.
class PagePool {
  public:
    // `most_kept` tells how many bytes may be kept now; small numbers are kept without asking.
    explicit PagePool(std::size_t (*most_kept)()) : most_kept_(most_kept) {}
    ~PagePool() { release(); }
    PagePool(const PagePool&) = delete;
    PagePool& operator=(const PagePool&) = delete;

    // `bytes` is a multiple of kHugePage, here and below. The content is not initialised. Throws
    // std::bad_alloc.
    void* take(std::size_t bytes);
    void give(void* memory, std::size_t bytes) noexcept;

    std::size_t kept() const { return kept_.load(std::memory_order_relaxed); }
    // Gives everything that is kept back to the system.
    void release() noexcept;

    static constexpr std::size_t kAlwaysKept = std::size_t{64} << 20;

  private:
    using Blocks = std::map<std::uintptr_t, std::size_t>;  // address -> bytes

    std::unique_lock<std::mutex> enter();
    void* take_kept(std::size_t bytes);
    bool keep(std::uintptr_t begin, std::size_t bytes) noexcept;

    std::size_t (*most_kept_)();
    std::mutex mutex_;
    Blocks blocks_;
    std::atomic<std::size_t> kept_{0};
};

// The pool behind AlignedBuffer. It is never destroyed: arrays may outlive everything else.
PagePool& page_pool();

}  // namespace ionsim::detail
