#include <algorithm>
#include <vector>

#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

// Runs the program on a state that holds anything. Returns whether it now holds probabilities, as
// double, which can only be where they are asked for.
template <class T>
bool simulate_on(Statevector<T>& state, const Program& program, bool probabilities,
                 const RunOptions& options, RunControl& control) {
    const Passes& passes = options.passes;
    const Schedule schedule = compile(program, {passes, sizeof(T) == sizeof(float)}, control);
    StepExecutor<T> executor(options.threads, control);
    // Tiles take care of what is empty themselves, unless the state is one tile.
    const bool lazy = passes.growth && !schedule.parts.empty() &&
                      !schedule.parts.front().stages.empty() &&
                      state.qubits() > schedule.sizes.outer_qubits;
    if (lazy) {
        std::fill_n(state.data(), 2 * bit(kRowQubits), T{0});
        state.data()[0] = T{1};
    } else {
        executor.set_zero_state(state);
    }
    std::uint64_t active = passes.growth ? 0 : low_bits(state.qubits());
    bool finished = false;
    for (const Part& part : schedule.parts) {
        if (part.stages.empty()) {
            executor.apply(state, part.steps);
            for (const Step& step : part.steps) active |= flipped(step);
            continue;
        }
        const bool last = &part == &schedule.parts.back();
        const BlockedResult result = run_blocked(
            state, part, active, {passes.tangent, probabilities && last, options.threads}, control);
        active = result.active;
        finished = result.probabilities;
        if (lazy && &part == &schedule.parts.front()) {
            zero_empty(state, active, options.threads, control);
        }
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
