#include "base/memory.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <new>
#include <string>

#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "base/pool.h"

namespace ionsim {
namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

// The first number of a one-line file, or kUnknown when there is none ("max" in control groups).
std::uint64_t read_number(const char* path) {
    std::ifstream file(path);
    std::uint64_t value = 0;
    return file >> value ? value : kUnknown;
}

std::uint64_t system_available() {
    std::ifstream meminfo("/proc/meminfo");
    std::string key;
    std::uint64_t kibibytes = 0;
    std::string unit;
    while (meminfo >> key >> kibibytes) {
        std::getline(meminfo, unit);
        if (key == "MemAvailable:") return kibibytes * 1024;
    }
#if defined(__APPLE__)
    std::uint64_t total = 0;
    std::size_t size = sizeof(total);
    if (sysctlbyname("hw.memsize", &total, &size, nullptr, 0) == 0) return total / 2;
#endif
    return kUnknown;
}

std::uint64_t control_group_available() {
    const struct {
        const char* limit;
        const char* used;
    } groups[] = {
        {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes",
         "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
    };
    for (const auto& group : groups) {
        const std::uint64_t limit = read_number(group.limit);
        const std::uint64_t used = read_number(group.used);
        if (limit != kUnknown && used != kUnknown) return limit > used ? limit - used : 0;
    }
    return kUnknown;
}

}  // namespace

std::uint64_t available_memory() {
    const std::uint64_t available = std::min(system_available(), control_group_available());
    return available == kUnknown ? 0 : available + kept_memory();
}

std::uint64_t kept_memory() {
    return detail::page_pool().kept();
}

void release_kept_memory() {
    detail::page_pool().release();
}

namespace detail {

std::size_t aligned_bytes(std::size_t count, std::size_t item_bytes) {
    if (count > std::numeric_limits<std::size_t>::max() / 2 / item_bytes) throw std::bad_alloc();
    const std::size_t bytes = std::max<std::size_t>(count * item_bytes, 1);
    const std::size_t unit = bytes >= kPooledBytes ? kHugePage : 64;
    return (bytes + unit - 1) / unit * unit;
}

void* allocate_aligned(std::size_t bytes) {
    if (bytes >= kPooledBytes) return page_pool().take(bytes);
    void* const memory = std::aligned_alloc(64, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void free_aligned(void* memory, std::size_t bytes) noexcept {
    if (bytes >= kPooledBytes) return page_pool().give(memory, bytes);
    std::free(memory);
}

std::size_t cut_aligned(void* memory, std::size_t bytes, std::size_t used) noexcept {
    if (bytes < kPooledBytes) return bytes;
    // The rest stays large enough to be known as a block of the pool.
    const std::size_t kept =
        std::max((used + kHugePage - 1) / kHugePage * kHugePage, std::size_t{kPooledBytes});
    page_pool().give(static_cast<std::byte*>(memory) + kept, bytes - kept);
    return kept;
}

}  // namespace detail
}  // namespace ionsim
