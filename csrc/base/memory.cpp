#include "base/memory.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <new>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

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
    return available == kUnknown ? 0 : available;
}

namespace detail {

void* allocate_aligned(std::size_t count, std::size_t item_bytes) {
    if (count > std::numeric_limits<std::size_t>::max() / 2 / item_bytes) throw std::bad_alloc();
    const std::size_t bytes = count * item_bytes;
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    const std::size_t alignment = bytes >= 2 * kHugePage ? kHugePage : 64;
    const std::size_t rounded =
        (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (alignment == kHugePage) (void)madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    return memory;
}

void free_aligned(void* memory) noexcept {
    std::free(memory);
}

}  // namespace detail
}  // namespace ionsim
