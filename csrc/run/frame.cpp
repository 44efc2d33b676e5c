#include "run/frame.h"

#include <algorithm>
#include <utility>

#include "run/frame_flips.h"
#include "run/lane_shots.h"
#include "run/wide_runner.h"

namespace ionsim {

template <class T>
void sample_frame(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control) {
    const std::size_t words = job.plan.outcome_words();
    if (words == 0) return;  // no qubit is touched
    const std::uint64_t count = outcomes.size() / words;
    // So many shots at a time, so that the memory for them does not grow with their number.
    const std::uint64_t most = FrameShots::piece(job.plan);
    for (std::uint64_t begin = 0; begin < count; begin += most) {
        const std::uint64_t size = std::min(most, count - begin);
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
