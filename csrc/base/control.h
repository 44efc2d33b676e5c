#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "base/error.h"

namespace ionsim {

// Progress and cancellation of one run. The thread that made it hears the callback at most every
// 50 ms; a callback that throws stops every thread of the run.
class RunControl {
  public:
    using Callback = std::function<void(double fraction)>;

    explicit RunControl(Callback callback, double total_work = 0.0)
        : callback_(std::move(callback)),
          owner_(std::this_thread::get_id()),
          total_work_(total_work) {}

    void set_total(double total_work) { total_work_ = total_work; }

    // Throws Cancelled when the run was stopped; on the owner's thread it also calls back when due.
    void report(double work) {
        done_.fetch_add(work, std::memory_order_relaxed);
        check();
    }

    void check() {
        if (stopped_.load(std::memory_order_relaxed)) throw Cancelled();
        if (!callback_ || std::this_thread::get_id() != owner_) return;
        const auto now = std::chrono::steady_clock::now();
        if (now < next_call_) return;
        next_call_ = now + std::chrono::milliseconds(50);
        const double total = total_work_ > 0.0 ? total_work_ : 1.0;
        const double fraction = done_.load(std::memory_order_relaxed) / total;
        callback_(fraction < 1.0 ? fraction : 1.0);
    }

    void stop() { stopped_.store(true, std::memory_order_relaxed); }

  private:
    Callback callback_;
    std::thread::id owner_;
    double total_work_;
    std::atomic<double> done_{0.0};
    std::atomic<bool> stopped_{false};
    std::chrono::steady_clock::time_point next_call_ =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
};

// Collects small pieces of work so that short steps do not pay for a look at the clock.
class WorkMeter {
  public:
    explicit WorkMeter(RunControl& control) : control_(control) {}
    ~WorkMeter() = default;
    WorkMeter(const WorkMeter&) = delete;
    WorkMeter& operator=(const WorkMeter&) = delete;

    void add(double work) {
        pending_ += work;
        if (pending_ < kFlush) return;
        control_.report(std::exchange(pending_, 0.0));
    }

  private:
    static constexpr double kFlush = 1 << 18;
    RunControl& control_;
    double pending_ = 0.0;
};

}  // namespace ionsim
