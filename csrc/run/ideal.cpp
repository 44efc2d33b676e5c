#include <algorithm>
#include <iterator>
#include <vector>

#include "compile/block.h"
#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

// Below this the plan costs more than it saves.
constexpr int kBlockedQubits = 10;

// Runs the program on a state that holds anything. Returns whether it now holds probabilities, as
// double, which can only be where they are asked for.
template <class T>
bool simulate_on(Statevector<T>& state, const Program& program, bool probabilities,
                 const RunOptions& options, RunControl& control) {
    const int qubits = state.qubits();
    const bool blocked = options.block && qubits >= kBlockedQubits;
    Schedule schedule = compile(program, {options.fuse, !blocked});
    StepExecutor<T> executor(options.threads, control);
    if (!blocked) {
        executor.set_zero_state(state);
        executor.apply(state, schedule.steps);
        return false;
    }
    BlockedOptions tiles{tile_sizes(sizeof(T) == sizeof(float)), options.fuse, false,
                         options.threads};
    // A state of one large tile need not be moved.
    if (qubits <= kOneThreadQubits) tiles.sizes.outer_qubits = qubits;
    // Steps that need the whole state stand between the parts that run in tiles.
    std::vector<Step>& steps = schedule.steps;
    std::uint64_t active = 0;
    bool finished = false;
    const auto is_whole = [&](const Step& step) { return !fits_tiles(step, tiles.sizes); };
    const bool lazy = qubits > tiles.sizes.outer_qubits && !steps.empty() && !is_whole(steps[0]);
    if (lazy) {
        std::fill_n(state.data(), 2 * bit(kRowQubits), T{0});
        state.data()[0] = T{1};
    } else {
        executor.set_zero_state(state);
    }
    for (auto step = steps.begin(); step != steps.end();) {
        const auto whole = std::find_if(step, steps.end(), is_whole);
        tiles.probabilities = probabilities && whole == steps.end();
        const bool first = step == steps.begin();
        std::vector<Step> part{std::move_iterator(step), std::move_iterator(whole)};
        const BlockedResult result = run_blocked(state, std::move(part), active, tiles, control);
        active = result.active;
        finished = result.probabilities;
        if (lazy && first) zero_empty(state, active, options.threads, control);
        if (whole == steps.end()) break;
        executor.apply(state, *whole);
        active |= flipped(*whole);
        step = whole + 1;
    }
    return finished;
}

}  // namespace

template <class T>
Statevector<T> simulate(const Program& program, const RunOptions& options, RunControl& control) {
    Statevector<T> state(QubitMap(program).size());
    (void)simulate_on(state, program, false, options, control);
    return state;
}

template <class T>
AlignedBuffer<double> simulate_probabilities(const Program& program, const RunOptions& options,
                                             RunControl& control) {
    Statevector<T> state(QubitMap(program).size());
    if (!simulate_on(state, program, true, options, control)) {
        return take_probabilities(std::move(state), options.threads, control);
    }
    const std::uint64_t size = state.amplitudes();
    return std::move(state).release().template cut_to<double>(size);
}

template <class T>
void sample_ideal(const Program& program, std::uint64_t seed, std::uint64_t shot_begin,
                  std::span<std::uint64_t> outcomes, const RunOptions& options,
                  RunControl& control) {
    const Statevector<T> state = simulate<T>(program, options, control);
    draw_shots(state, Philox(seed), shot_begin, outcomes, options.threads, control);
}

template Statevector<float> simulate(const Program&, const RunOptions&, RunControl&);
template AlignedBuffer<double> simulate_probabilities<float>(const Program&, const RunOptions&,
                                                             RunControl&);
template AlignedBuffer<double> simulate_probabilities<double>(const Program&, const RunOptions&,
                                                              RunControl&);
template Statevector<double> simulate(const Program&, const RunOptions&, RunControl&);
template void sample_ideal<float>(const Program&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_ideal<double>(const Program&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
