#include <memory>
#include <utility>

#include "compile/schedule.h"
#include "run/draw.h"
#include "run/evolving.h"
#include "run/kept_plans.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

// A run whose stages are all in one piece.
template <class T>
struct KeptRun final : KeptPlan {
    KeptRun(Part&& given, int qubits, std::uint64_t active, RunControl& control)
        : part(std::move(given)), stages(part, 0, active, qubits, control) {}

    Part part;
    PreparedStages<T> stages;
};

// Runs the program. Returns whether the state now holds probabilities, as double, which can only be
// where they are asked for.
template <class T>
bool simulate_on(EvolvingState<T>& state, const Program& program, bool probabilities,
                 const RunOptions& options, RunControl& control) {
    const Passes& passes = options.passes;
    constexpr bool kSingle = sizeof(T) == sizeof(float);
    const int qubits = QubitMap(program).size();
    const PlanKey key{program.gate_set(),   program.qubits(), &program.arrays(),
                      PlanKey::Use::kIdeal, kSingle,          passes};
    const bool reuse = passes.reuse && runs_in_tiles(qubits, passes);
    const auto found = reuse ? kept_plans().find(key) : KeptPlans::Found{};
    state.reset(options, control);
    if (found.plan) {
        const auto& kept = static_cast<const KeptRun<T>&>(*found.plan);
        return state.run_again(kept.stages, probabilities, options, control);
    }
    Schedule schedule = compile(program, {passes, kSingle}, control);
    const bool one_part = schedule.parts.size() == 1 && !schedule.parts[0].stages.empty();
    if (!found.wanted || !one_part) return state.run(schedule, probabilities, options, control);
    const std::uint64_t active = passes.growth ? 0 : low_bits(qubits);
    auto made = std::make_shared<KeptRun<T>>(std::move(schedule.parts[0]), qubits, active, control);
    if (!made->stages.ends_part()) {
        schedule.parts[0] = std::move(made->part);
        return state.run(schedule, probabilities, options, control);
    }
    const bool finished = state.run_first(made->stages, probabilities, options, control);
    made->part = {};
    const std::size_t bytes = made->stages.bytes();
    kept_plans().keep(key, std::move(made), bytes);
    return finished;
}

}  // namespace

template <class T>
Statevector<T> simulate(const Program& program, const RunOptions& options, RunControl& control) {
    EvolvingState<T> state(QubitMap(program).size());
    (void)simulate_on(state, program, false, options, control);
    (void)state.whole(options, control);
    return std::move(state).release();
}

template <class T>
AlignedBuffer<double> simulate_probabilities(const Program& program, const RunOptions& options,
                                             RunControl& control) {
    EvolvingState<T> evolving(QubitMap(program).size());
    const bool finished = simulate_on(evolving, program, true, options, control);
    (void)evolving.whole(options, control);
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
