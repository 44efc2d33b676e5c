#include "base/crowding.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>

namespace ionsim {
namespace {

// Shorter waits are no more than the team's own.
constexpr std::int64_t kLostNanoseconds = 500'000;
constexpr std::int64_t kFirstPause = 10'000'000;
constexpr std::int64_t kLongestPause = 160'000'000;

std::atomic<std::int64_t> alone_until{0};
std::atomic<std::int64_t> next_pause{kFirstPause};

std::int64_t now_nanoseconds() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

// Processor time of this thread; the clock where the system does not tell, so that nothing is ever
// lost.
std::int64_t busy_nanoseconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
    timespec time{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0) {
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }
#endif
    return now_nanoseconds();
}

}  // namespace

Team::Team(int threads) : threads_(threads) {
    if (threads_ <= 1) return;
    began_ = now_nanoseconds();
    if (began_ < alone_until.load(std::memory_order_relaxed)) {
        threads_ = 1;
    } else {
        busy_ = busy_nanoseconds();
    }
}

Team::~Team() {
    if (threads_ <= 1) return;
    const std::int64_t now = now_nanoseconds();
    const std::int64_t busy = busy_nanoseconds() - busy_;
    const std::int64_t lost = (now - began_) - busy;
    // Who waits longer than he works had better done all himself.
    if (lost < std::max(kLostNanoseconds, busy)) {
        next_pause.store(kFirstPause, std::memory_order_relaxed);
        return;
    }
    const std::int64_t pause = next_pause.load(std::memory_order_relaxed);
    alone_until.store(now + pause, std::memory_order_relaxed);
    next_pause.store(std::min(2 * pause, kLongestPause), std::memory_order_relaxed);
}

}  // namespace ionsim
