#include "run/lane_shots.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "run/lane_runner.h"

namespace ionsim {
namespace {

constexpr std::size_t kLaneCount = kernels::kBlockLanes;

// Updates of an amplitude from which on it pays to call other threads.
constexpr double kTeamWork = 1 << 17;

// Vectors of the error-free run that may be kept.
constexpr double kMostTrunk = 64.0;

// Where the error-free vector is kept: at the start, and after equal shares of the work up to the
// first outcome that is drawn, but never inside a visit.
std::vector<std::size_t> snapshot_places(const FramePlan& plan, std::size_t most, double total) {
    const std::size_t end = plan.first_draw();
    std::vector<std::size_t> places;
    double done = 0.0;
    double next = total / static_cast<double>(most);
    auto visit = plan.visits.begin();
    for (std::size_t k = 0; k < end; ++k) {
        done += plan.ops[k].work();
        while (visit != plan.visits.end() && visit->end <= k) ++visit;
        if (visit != plan.visits.end() && visit->begin <= k && k + 1 < visit->end) continue;
        if (done < next && k + 1 < end) continue;
        if (k + 1 < plan.ops.size()) places.push_back(k + 1);
        while (next <= done) next += std::max(1.0, total / static_cast<double>(most));
    }
    return places;
}

// Shots of a line that never parts, so that several threads write the outcomes.
constexpr std::ptrdiff_t kMostWritten = 4096;

std::size_t batches_of(std::size_t lines) {
    return (lines + kLaneCount - 1) / kLaneCount;
}

template <class T>
struct Batch {
    std::vector<Line<T>> lines;
    bool parts = false;  // or may do so
};

// Lines that wait for a lane, for several threads: those that may part first, since others follow
// from them.
template <class T>
class Waiting {
  public:
    explicit Waiting(const VectorRoom& room) : room_(room) {}

    std::size_t count() const { return parting_.count + single_.count; }
    bool may_part() const { return parting_.count != 0; }

    void add(Line<T> line) {
        Pool& pool = line.shots.size() > 1 ? parting_ : single_;
        pool.by_begin[line.from->op()].push_back(std::move(line));
        ++pool.count;
    }

    // Up to sixteen lines, the earliest first; false when there are no more, and none can follow.
    bool take(Batch<T>& batch, RunControl& control) {
        for (;;) {
            const std::uint64_t seen = changes_.load(std::memory_order_acquire);
            {
                const auto lock = locked();
                batch.parts = choose();
                const bool last = busy_parting_ == 0;  // no others will follow
                if (batch.parts || single_.count >= kLaneCount || (last && single_.count != 0)) {
                    (batch.parts ? parting_ : single_)
                        .take(batch.lines, batch.parts && room_.scarce());
                    busy_parting_ += batch.parts;
                    return true;
                }
                if (last) return false;
            }
            for (int looks = 0; changes_.load(std::memory_order_acquire) == seen; ++looks) {
                control.check();
                if (looks < kLooksBeforeSleep) {
                    std::this_thread::yield();
                } else {
                    std::this_thread::sleep_for(std::chrono::microseconds(50));
                }
            }
        }
    }

    // Takes back the lines of a batch, and those that left them.
    void done(Batch<T>& batch, std::vector<Line<T>>& parted) {
        batch.lines.clear();
        {
            const auto lock = locked();
            for (Line<T>& line : parted) add(std::move(line));
            busy_parting_ -= batch.parts;
        }
        parted.clear();
        changes_.fetch_add(1, std::memory_order_release);
    }

  private:
    struct Pool {
        std::map<std::size_t, std::vector<Line<T>>> by_begin;
        std::size_t count = 0;

        void take(std::vector<Line<T>>& batch, bool latest) {
            while (count != 0 && batch.size() < kLaneCount) {
                const auto place = latest ? std::prev(by_begin.end()) : by_begin.begin();
                auto& lines = place->second;
                const std::size_t size = std::min(lines.size(), kLaneCount - batch.size());
                const auto from = lines.end() - static_cast<std::ptrdiff_t>(size);
                batch.insert(batch.end(), std::make_move_iterator(from),
                             std::make_move_iterator(lines.end()));
                lines.erase(from, lines.end());
                count -= size;
                if (lines.empty()) by_begin.erase(place);
            }
            if (latest) std::reverse(batch.begin(), batch.end());
        }
    };

    // It is held for so short a time that to sleep would take longer.
    std::unique_lock<std::mutex> locked() {
        std::unique_lock lock(mutex_, std::defer_lock);
        for (int tries = 0; tries < kLooksBeforeYield; ++tries) {
            if (lock.try_lock()) return lock;
        }
        lock.lock();
        return lock;
    }

    // Whether to take lines that may part, since others follow from them, unless the vectors from
    // which the others begin take up the room.
    bool choose() const {
        return parting_.count != 0 && !(room_.scarce() && single_.count >= kLaneCount);
    }

    const VectorRoom& room_;
    std::mutex mutex_;
    std::atomic<std::uint64_t> changes_{0};
    Pool parting_, single_;
    int busy_parting_ = 0;  // batches of lines that may part
};

template <class T>
class LaneShots {
  public:
    LaneShots(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
              std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
              const RunOptions& options, RunControl& control)
        : job_(job),
          shots_(shots),
          seed_(seed),
          shot_begin_(shot_begin),
          outcomes_(outcomes),
          options_(options),
          control_(control),
          ordered_(shots.shots().begin(), shots.shots().end()),
          draw_(job.plan.first_draw()),
          room_(room_bytes<T>(job.plan)),
          runners_(static_cast<std::size_t>(std::max(options.threads, 1))),
          lines_(room_),
          work_(job.plan.ops.size() + 1) {
        for (std::size_t k = 0; k < job.plan.ops.size(); ++k) {
            work_[k + 1] = work_[k] + job.plan.ops[k].work();
        }
    }

    void run() {
        if (options_.share && batches_of(ordered_.size()) > 2) {
            begin_shared();
        } else {
            const auto start = std::make_shared<const Snapshot<T>>();
            for (Shot& shot : ordered_) lines_.add({{&shot, 1}, start});
        }
        // From a single line many may follow, if something is drawn.
        const bool many = lines_.count() > kLaneCount || (draws() && lines_.may_part());
        const auto workers = static_cast<std::uint64_t>(many ? runners_.size() : 1);
        parallel_for(static_cast<int>(workers), workers, control_, [&](std::uint64_t, int worker) {
            Batch<T> batch;
            std::vector<Line<T>> parted;
            while (lines_.take(batch, control_)) {
                run_batch(batch.lines, worker, parted);
                lines_.done(batch, parted);
            }
        });
    }

  private:
    using Shot = FrameShots::Shot;
    using Shared = std::shared_ptr<const Snapshot<T>>;

    bool draws() const { return draw_ < job_.plan.ops.size(); }

    LaneRunner<T>& runner(int worker) {
        auto& found = runners_[static_cast<std::size_t>(worker)];
        if (!found) {
            found = std::make_unique<LaneRunner<T>>(job_, shots_, seed_, shot_begin_, options_,
                                                    control_, room_);
        }
        return *found;
    }

    // Makes the error-free run, and the lines that leave it.
    void begin_shared() {
        // Each run saves half of what lies between two vectors that are kept.
        const auto visits = static_cast<double>(job_.plan.visits.size() + 1);
        const auto batches = static_cast<double>(batches_of(ordered_.size()));
        const auto most = std::min(std::sqrt(0.5 * visits * batches), kMostTrunk);
        // Where the error-free vector is kept.
        const std::vector<std::size_t> places =
            snapshot_places(job_.plan, static_cast<std::size_t>(most), work_[draw_]);
        const auto late_end = std::find_if(ordered_.begin(), ordered_.end(),
                                           [&](const Shot& shot) { return shot.start < draw_; });
        // Shots with equal signs up to the first outcome, which stand together, are one line.
        const bool to_draw = !places.empty() && places.back() == draw_;
        std::vector<std::span<Shot>> equal;
        for (auto shot = to_draw ? late_end : ordered_.begin(); shot != ordered_.end();) {
            auto end = std::next(shot);
            while (end != ordered_.end() && (draws() || end - shot < kMostWritten) &&
                   shots_.parting(*std::prev(end), *end) >= draw_) {
                ++end;
            }
            equal.emplace_back(shot, end);
            shot = end;
        }

        // While one thread makes the error-free run, the others take lines that share least of it.
        const std::size_t others = work_[draw_] < kTeamWork ? 0 : runners_.size() - 1;
        const auto start = std::make_shared<const Snapshot<T>>();
        std::vector<Line<T>> first;
        while (first.size() < others * kLaneCount && equal.size() > kLaneCount &&
               equal.back().size() == 1) {
            first.push_back({equal.back(), start});
            equal.pop_back();
        }
        parallel_for(options_.threads, 1 + batches_of(first.size()), control_,
                     [&](std::uint64_t task, int worker) {
                         if (task == 0) {
                             trunk_ = runner(worker).snapshots(places);
                         } else {
                             const auto part = std::span(first).subspan((task - 1) * kLaneCount);
                             std::vector<Line<T>> none;
                             runner(worker).run(part.first(std::min(kLaneCount, part.size())),
                                                outcomes_, none);
                         }
                     });
        for (const std::span<Shot> shots : equal) {
            const auto after = std::upper_bound(
                trunk_.begin(), trunk_.end(), shots.front().start,
                [](std::size_t begin, const Shared& snapshot) { return begin < snapshot->op(); });
            lines_.add({shots, *std::prev(after)});
        }
        if (to_draw && late_end != ordered_.begin()) {
            lines_.add({{ordered_.begin(), late_end}, trunk_.back()});
        }
    }

    // The earliest line comes first.
    void run_batch(std::span<Line<T>> lines, int worker, std::vector<Line<T>>& parted) {
        // A line of the error-free run can begin before it has to, with the others.
        const Shared first = lines.front().from;
        if (is_trunk(first)) {
            for (Line<T>& line : lines) {
                if (is_trunk(line.from)) line.from = first;
            }
        }
        runner(worker).run(lines, outcomes_, parted);
    }

    bool is_trunk(const Shared& snapshot) const {
        const auto found =
            std::lower_bound(trunk_.begin(), trunk_.end(), snapshot->op(),
                             [](const Shared& one, std::size_t op) { return one->op() < op; });
        return found != trunk_.end() && *found == snapshot;
    }

    const FrameJob& job_;
    const FrameShots& shots_;
    std::uint64_t seed_;
    std::uint64_t shot_begin_;
    std::span<std::uint64_t> outcomes_;
    const RunOptions& options_;
    RunControl& control_;
    std::vector<Shot> ordered_;
    std::size_t draw_;  // the first operation that draws
    VectorRoom room_;
    std::vector<std::unique_ptr<LaneRunner<T>>> runners_;
    Waiting<T> lines_;
    std::vector<double> work_;  // of a shot before each operation
    std::vector<Shared> trunk_;
};

}  // namespace

template <class T>
double room_bytes(const FramePlan& plan) {
    constexpr double kMostVectors = 128.0;
    constexpr double kLeastBytes = 1 << 24;
    return std::max(kLeastBytes, kMostVectors * std::ldexp(2.0 * sizeof(T), plan.width));
}

template <class T>
void run_lanes(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
               std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
               const RunOptions& options, RunControl& control) {
    LaneShots<T>(job, shots, seed, shot_begin, outcomes, options, control).run();
}

template double room_bytes<float>(const FramePlan&);
template double room_bytes<double>(const FramePlan&);
template void run_lanes<float>(const FrameJob&, const FrameShots&, std::uint64_t, std::uint64_t,
                               std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void run_lanes<double>(const FrameJob&, const FrameShots&, std::uint64_t, std::uint64_t,
                                std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
