#include <algorithm>
#include <vector>

#include "compile/block.h"
#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/run.h"

namespace ionsim {
namespace {

// Below this the plan costs more than it saves.
constexpr int kBlockedQubits = 10;

}  // namespace

template <class T>
Statevector<T> simulate(const Program& program, const RunOptions& options, RunControl& control) {
    const Schedule schedule = compile(program, {options.fuse});
    StepExecutor<T> executor(options.threads, control);
    Statevector<T> state(schedule.qubits);
    executor.set_zero_state(state);
    TileSizes sizes = tile_sizes(sizeof(T) == sizeof(float));
    // A state of one thread is one large tile: nothing is gained by moving it.
    if (schedule.qubits <= kOneThreadQubits) sizes.outer_qubits = schedule.qubits;
    if (!options.block || schedule.qubits < kBlockedQubits) {
        executor.apply(state, schedule.steps);
        return state;
    }
    // Steps that need the whole state stand between the parts that run in tiles.
    const std::span<const Step> steps(schedule.steps);
    std::uint64_t active = 0;
    std::size_t done = 0;
    const auto is_whole = [&](const Step& step) { return !fits_tiles(step, sizes); };
    while (done < steps.size()) {
        const auto part = steps.subspan(done);
        const auto length = static_cast<std::size_t>(
            std::find_if(part.begin(), part.end(), is_whole) - part.begin());
        active = run_blocked(state, part.first(length), active, sizes, options.fuse,
                             options.threads, control);
        done += length;
        if (done == steps.size()) break;
        executor.apply(state, steps[done]);
        active |= flipped(steps[done++]);
    }
    return state;
}

template <class T>
void sample_ideal(const Program& program, std::uint64_t seed, std::uint64_t shot_begin,
                  std::span<std::uint64_t> outcomes, const RunOptions& options,
                  RunControl& control) {
    const Statevector<T> state = simulate<T>(program, options, control);
    std::vector<std::uint64_t> shots(outcomes.size());
    for (std::size_t k = 0; k < shots.size(); ++k) shots[k] = shot_begin + k;
    draw_shots(state, Philox(seed), shots, outcomes, options.threads, control);
}

template Statevector<float> simulate(const Program&, const RunOptions&, RunControl&);
template Statevector<double> simulate(const Program&, const RunOptions&, RunControl&);
template void sample_ideal<float>(const Program&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_ideal<double>(const Program&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
