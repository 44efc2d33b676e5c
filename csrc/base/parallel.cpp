#include "base/parallel.h"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace ionsim {
namespace {

std::atomic<bool> forked{false};

// Registered when the library is loaded; a child process then runs serially instead of waiting for
// threads that exist in its parent only.
[[maybe_unused]] const bool fork_watch = [] {
#if defined(_OPENMP) && (defined(__unix__) || defined(__APPLE__))
    pthread_atfork(nullptr, nullptr, [] { forked.store(true); });
#endif
    return true;
}();

}  // namespace

int available_threads() {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

bool team_is_lost() {
    return forked.load(std::memory_order_relaxed);
}

}  // namespace ionsim
