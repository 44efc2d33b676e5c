#include "base/pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>

#include "base/memory.h"

namespace ionsim::detail {
namespace {

std::uintptr_t address_of(void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
}
void* pointer_to(std::uintptr_t address) {
    return reinterpret_cast<void*>(address);
}

void system_free(std::uintptr_t address, std::size_t bytes) noexcept {
    if (bytes > 0) (void)munmap(pointer_to(address), bytes);
}

// The mapping is made larger by a huge page, and what lies outside the aligned part is cut off.
void* system_allocate(std::size_t bytes) noexcept {
    void* const mapped = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    const std::uintptr_t begin = address_of(mapped);
    const std::uintptr_t aligned = (begin + kHugePage - 1) / kHugePage * kHugePage;
    system_free(begin, aligned - begin);
    system_free(aligned + bytes, begin + kHugePage - aligned);
#if defined(__linux__)
    (void)madvise(pointer_to(aligned), bytes, MADV_HUGEPAGE);
#endif
    return pointer_to(aligned);
}

}  // namespace

void* PagePool::take(std::size_t bytes) {
    if (void* const kept = take_kept(bytes)) return kept;
    // What is kept must not be in the way of a run that needs most of the memory.
    const std::uint64_t free = kept() > 0 ? available_memory() : 0;
    if (free > 0 && bytes > (free - std::min<std::uint64_t>(free, kept())) / 2) release();
    void* memory = system_allocate(bytes);
    if (memory == nullptr && kept() > 0) {
        release();
        memory = system_allocate(bytes);
    }
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

// Owns the mutex, or does not when the pool is busy for longer than anything in here takes.
std::unique_lock<std::mutex> PagePool::enter() {
    constexpr int kTries = 1000;
    std::unique_lock lock(mutex_, std::try_to_lock);
    for (int tries = 1; !lock.owns_lock() && tries < kTries; ++tries) (void)lock.try_lock();
    return lock;
}

// The smallest kept block that is large enough, cut to size.
void* PagePool::take_kept(std::size_t bytes) {
    if (kept() < bytes) return nullptr;
    const std::unique_lock lock = enter();
    if (!lock.owns_lock()) return nullptr;
    auto best = blocks_.end();
    for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
        const bool fits = block->second >= bytes;
        if (fits && (best == blocks_.end() || block->second < best->second)) best = block;
    }
    if (best == blocks_.end()) return nullptr;
    // The upper part is taken, so that the lower one keeps its place in the map.
    best->second -= bytes;
    const std::uintptr_t taken = best->first + best->second;
    if (best->second == 0) blocks_.erase(best);
    kept_.fetch_sub(bytes, std::memory_order_relaxed);
    return pointer_to(taken);
}

void PagePool::give(void* memory, std::size_t bytes) noexcept {
    if (bytes == 0) return;
    if (kept() + bytes > kAlwaysKept) {
        const std::size_t most = most_kept_();
        if (bytes > most) return system_free(address_of(memory), bytes);
        if (kept() + bytes > most) release();
    }
    if (!keep(address_of(memory), bytes)) system_free(address_of(memory), bytes);
}

bool PagePool::keep(std::uintptr_t begin, std::size_t bytes) noexcept {
    const std::unique_lock lock = enter();
    if (!lock.owns_lock()) return false;
    Blocks::iterator block;
    try {
        block = blocks_.emplace(begin, bytes).first;
    } catch (...) {
        return false;  // no memory to remember the block by
    }
    kept_.fetch_add(bytes, std::memory_order_relaxed);
    const auto above = std::next(block);
    if (above != blocks_.end() && block->first + block->second == above->first) {
        block->second += above->second;
        blocks_.erase(above);
    }
    if (block == blocks_.begin()) return true;
    const auto below = std::prev(block);
    if (below->first + below->second == block->first) {
        below->second += block->second;
        blocks_.erase(block);
    }
    return true;
}

void PagePool::release() noexcept {
    Blocks blocks;
    {
        const std::unique_lock lock = enter();
        if (!lock.owns_lock()) return;
        blocks.swap(blocks_);
        kept_.store(0, std::memory_order_relaxed);
    }
    for (const auto& [address, bytes] : blocks) system_free(address, bytes);
}

PagePool& page_pool() {
    // An eighth of what is free leaves room for whatever else runs here.
    static PagePool* const pool = new PagePool([] {
        const std::uint64_t free = available_memory();
        const std::uint64_t kept = page_pool().kept();
        return static_cast<std::size_t>((free - std::min(free, kept)) / 8);
    });
    return *pool;
}

}  // namespace ionsim::detail
