#include "base/crowding.h"

#include <algorithm>
#include <atomic>
#include <chrono>

namespace ionsim {
namespace {

// Shorter waits are no more than the team's own.
constexpr std::int64_t kWaitNanoseconds = 500'000;
constexpr std::int64_t kFirstPause = 10'000'000;
constexpr std::int64_t kLongestPause = 160'000'000;

std::atomic<std::int64_t> alone_until{0};
std::atomic<std::int64_t> next_pause{kFirstPause};

}  // namespace

std::int64_t Team::now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

Team::Team(int threads) : threads_(threads) {
    if (threads_ <= 1) return;
    began_ = now();
    if (began_ < alone_until.load(std::memory_order_relaxed)) threads_ = 1;
}

Team::~Team() {
    if (threads_ <= 1) return;
    const std::int64_t end = now();
    const std::int64_t waited = end - began_ - worked_;
    // Who waits longer than he works had better done all himself.
    if (waited < std::max(kWaitNanoseconds, worked_)) {
        next_pause.store(kFirstPause, std::memory_order_relaxed);
        return;
    }
    const std::int64_t pause = next_pause.load(std::memory_order_relaxed);
    alone_until.store(end + pause, std::memory_order_relaxed);
    next_pause.store(std::min(2 * pause, kLongestPause), std::memory_order_relaxed);
}

}  // namespace ionsim
