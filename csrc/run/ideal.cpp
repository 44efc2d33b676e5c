#include <utility>

#include "compile/schedule.h"
#include "run/draw.h"
#include "run/evolving.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

// Returns whether the state now holds probabilities, as double, which can only be where they are
// asked for.
template <class T>
bool simulate_on(EvolvingState<T>& state, const Program& program, bool probabilities,
                 const RunOptions& options, RunControl& control) {
    const Schedule schedule =
        compile(program, {options.passes, sizeof(T) == sizeof(float)}, control);
    state.reset(options, control);
    const bool finished = state.run(schedule, probabilities, options, control);
    (void)state.whole(options, control);
    return finished;
}

}  // namespace

template <class T>
Statevector<T> simulate(const Program& program, const RunOptions& options, RunControl& control) {
    EvolvingState<T> state(QubitMap(program).size());
    (void)simulate_on(state, program, false, options, control);
    return std::move(state).release();
}

template <class T>
AlignedBuffer<double> simulate_probabilities(const Program& program, const RunOptions& options,
                                             RunControl& control) {
    EvolvingState<T> evolving(QubitMap(program).size());
    const bool finished = simulate_on(evolving, program, true, options, control);
    Statevector<T> state = std::move(evolving).release();
    if (!finished) return take_probabilities(std::move(state), options.threads, control);
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
