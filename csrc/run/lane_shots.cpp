#include "run/lane_shots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "run/lane_runner.h"
#include "run/outcome_tree.h"

namespace ionsim {
namespace {

constexpr std::size_t kLaneCount = kernels::kBlockLanes;

// Updates of an amplitude before the first outcome that is drawn, from which on it pays to call
// other threads for this part alone.
constexpr double kTeamWork = 1 << 17;

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

template <class Items>
std::size_t batches_of(const Items& items) {
    return (items.size() + kLaneCount - 1) / kLaneCount;
}

template <class Item>
std::span<Item> batch_of(std::span<Item> items, std::size_t batch) {
    const std::size_t begin = batch * kLaneCount;
    return items.subspan(begin, std::min(kLaneCount, items.size() - begin));
}

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
          draw_(job.plan.first_draw()),
          runners_(static_cast<std::size_t>(std::max(options.threads, 1))) {}

    void run() {
        divide();
        // The longest runs first, so that the threads end together.
        const std::uint64_t early = batches_of(early_);
        const std::array<std::uint64_t, 3> counts{1 + batches_of(first_), 1 + early,
                                                  batches_of(late_)};
        parallel_phases(options_.threads, counts, control_,
                        [&](std::size_t phase, std::uint64_t task, int worker) {
                            LaneRunner<T>& own = runner(worker);
                            if (phase == 0) {
                                task == 0 ? make_trunk(own) : run_first(own, task - 1);
                            } else if (phase == 1) {
                                task == 0 ? make_tree(own) : run_early(own, early - task);
                            } else {
                                run_late(own, task);
                            }
                        });
    }

  private:
    using Shot = FrameShots::Shot;

    LaneRunner<T>& runner(int worker) {
        auto& found = runners_[static_cast<std::size_t>(worker)];
        if (!found) {
            found = std::make_unique<LaneRunner<T>>(job_, seed_, shot_begin_, options_, control_);
        }
        return *found;
    }

    // Divides the shots by what they share: those with an early error only the beginning of the
    // error-free run, the late ones all until an outcome sets them apart.
    void divide() {
        early_ = shots_.shots();
        const std::size_t batches = batches_of(early_);
        if (!options_.share || batches <= 2) return;
        // To keep a vector takes about as long as a visit, and each run saves half of what lies
        // between two that are kept.
        constexpr double kMost = 64.0;
        const auto visits = static_cast<double>(job_.plan.visits.size() + 1);
        const double best = std::sqrt(0.5 * visits * static_cast<double>(batches));
        double work = 0.0;
        for (std::size_t k = 0; k < draw_; ++k) work += job_.plan.ops[k].work();
        places_ = snapshot_places(job_.plan, static_cast<std::size_t>(std::min(best, kMost)), work);
        if (!places_.empty() && places_.back() == draw_) {
            const auto end = std::find_if(early_.begin(), early_.end(),
                                          [&](const Shot& shot) { return shot.start < draw_; });
            const auto count = static_cast<std::size_t>(end - early_.begin());
            late_.assign(early_.begin(), end);
            early_ = early_.subspan(count);
        }
        // While one thread makes the error-free run, the others take those that share least of it.
        const std::size_t others = work < kTeamWork ? 0 : runners_.size() - 1;
        const std::size_t aside = std::min(others, early_.size() / kLaneCount) * kLaneCount;
        first_ = early_.last(aside);
        early_ = early_.first(early_.size() - aside);
    }

    void make_trunk(LaneRunner<T>& own) { trunk_ = own.snapshots(places_); }

    void run_first(LaneRunner<T>& own, std::size_t batch) {
        const Snapshot<T> start;
        const std::vector<const Snapshot<T>*> from(kLaneCount, &start);
        own.run(shots_, batch_of(first_, batch), from, outcomes_);
    }

    void make_tree(LaneRunner<T>& own) {
        if (late_.empty()) return;
        tree_ = share_outcomes(job_, shots_, late_, trunk_.back(), seed_, shot_begin_, own);
        late_.clear();
        for (const SharedVector<T>& vector : tree_) {
            late_.insert(late_.end(), vector.shots.begin(), vector.shots.end());
            from_.resize(late_.size(), vector.from.get());
        }
    }

    // The last shot of a batch has the earliest start.
    void run_early(LaneRunner<T>& own, std::size_t batch) {
        const auto part = batch_of(early_, batch);
        const auto after = std::upper_bound(
            trunk_.begin(), trunk_.end(), part.back().start,
            [](std::uint32_t start, const Snapshot<T>& snapshot) { return start < snapshot.op; });
        const std::vector<const Snapshot<T>*> from(part.size(), &*std::prev(after));
        own.run(shots_, part, from, outcomes_);
    }

    // The first shot of a batch has the earliest vector of its own.
    void run_late(LaneRunner<T>& own, std::size_t batch) {
        const auto given = batch_of(std::span<const Snapshot<T>* const>(from_), batch);
        std::vector<const Snapshot<T>*> from(given.begin(), given.end());
        for (const Snapshot<T>*& one : from) {
            while (one->op > given.front()->op) one = one->before.get();
        }
        own.run(shots_, batch_of(std::span<const Shot>(late_), batch), from, outcomes_);
    }

    const FrameJob& job_;
    const FrameShots& shots_;
    std::uint64_t seed_;
    std::uint64_t shot_begin_;
    std::span<std::uint64_t> outcomes_;
    const RunOptions& options_;
    RunControl& control_;
    std::size_t draw_;                 // the first operation that draws
    std::vector<std::size_t> places_;  // where the error-free vector is kept
    std::vector<Snapshot<T>> trunk_;
    std::vector<SharedVector<T>> tree_;
    std::span<const Shot> early_, first_;
    std::vector<Shot> late_;
    std::vector<const Snapshot<T>*> from_;  // of each late shot
    std::vector<std::unique_ptr<LaneRunner<T>>> runners_;
};

}  // namespace

template <class T>
void run_lanes(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
               std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
               const RunOptions& options, RunControl& control) {
    LaneShots<T>(job, shots, seed, shot_begin, outcomes, options, control).run();
}

template void run_lanes<float>(const FrameJob&, const FrameShots&, std::uint64_t, std::uint64_t,
                               std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void run_lanes<double>(const FrameJob&, const FrameShots&, std::uint64_t, std::uint64_t,
                                std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
