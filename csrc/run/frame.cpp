#include "run/frame.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "run/frame_flips.h"
#include "run/lane_runner.h"
#include "run/wide_runner.h"

namespace ionsim {
namespace {

// Where the error-free vector is kept: at the start, and after equal shares of the work up to the
// first outcome that is drawn, but never inside a visit.
std::vector<std::size_t> snapshot_places(const FramePlan& plan, std::size_t most) {
    double total = 0.0;
    std::size_t end = 0;
    for (; end < plan.ops.size() && !plan.ops[end].draws(); ++end) total += plan.ops[end].work();
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

template <class T>
void run_lanes(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
               std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
               const RunOptions& options, RunControl& control) {
    constexpr std::size_t kLaneCount = LaneRunner<T>::kLaneCount;
    const auto all = shots.shots();
    const std::size_t batches = (all.size() + kLaneCount - 1) / kLaneCount;
    std::vector<std::size_t> places;
    if (options.share && batches > 2) {
        // To keep a vector takes about as long as a visit, and each run saves half of what lies
        // between two that are kept.
        constexpr double kMost = 64.0;
        const auto visits = static_cast<double>(job.plan.visits.size() + 1);
        const double best = std::sqrt(0.5 * visits * static_cast<double>(batches));
        places = snapshot_places(job.plan, static_cast<std::size_t>(std::min(best, kMost)));
    }
    std::vector<Snapshot<T>> snapshots =
        LaneRunner<T>(job, seed, shot_begin, options, control).snapshots(places);
    std::vector<std::unique_ptr<LaneRunner<T>>> runners(
        static_cast<std::size_t>(std::max(options.threads, 1)));
    parallel_for(options.threads, batches, control, [&](std::uint64_t batch, int worker) {
        auto& runner = runners[static_cast<std::size_t>(worker)];
        if (!runner)
            runner = std::make_unique<LaneRunner<T>>(job, seed, shot_begin, options, control);
        // The longest runs first, so that the threads end together.
        const std::size_t place = batches - 1 - batch;
        const auto part =
            all.subspan(place * kLaneCount, std::min(kLaneCount, all.size() - place * kLaneCount));
        const auto after = std::upper_bound(
            snapshots.begin(), snapshots.end(), part.back().start,
            [](std::uint32_t start, const Snapshot<T>& snapshot) { return start < snapshot.op; });
        runner->run(shots, part, *std::prev(after), outcomes);
    });
}

}  // namespace

template <class T>
void sample_frame(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control) {
    const std::size_t words = job.plan.outcome_words();
    if (words == 0) return;  // no qubit is touched
    const std::uint64_t count = outcomes.size() / words;
    // So many shots at a time, so that the memory for them does not grow with their number.
    constexpr std::uint64_t kPiece = 1 << 18;
    for (std::uint64_t begin = 0; begin < count; begin += kPiece) {
        const std::uint64_t size = std::min(kPiece, count - begin);
        const auto piece = outcomes.subspan(begin * words, size * words);
        const FrameShots shots(job, rates, seed, shot_begin + begin, size, options.trajectories,
                               options.threads, control);
        const auto run = job.plan.width <= kMaxLaneWidth ? &run_lanes<T> : &run_wide<T>;
        run(job, shots, seed, shot_begin + begin, piece, options, control);
    }
}

template void sample_frame<float>(const FrameJob&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_frame<double>(const FrameJob&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
