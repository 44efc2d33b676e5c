#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/kept_plans.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

// Writes |0...0>, or so much of it as tiles need that take care of what is empty themselves.
template <class T>
void start(Statevector<T>& state, bool lazy, StepExecutor<T>& executor) {
    if (!lazy) return executor.set_zero_state(state);
    std::fill_n(state.data(), 2 * bit(kRowQubits), T{0});
    state.data()[0] = T{1};
}

// A run whose stages are all in one piece.
template <class T>
struct KeptRun final : KeptPlan {
    KeptRun(Part&& given, int qubits, std::uint64_t active, RunControl& control)
        : part(std::move(given)), stages(part, 0, active, qubits, control) {}

    Part part;
    PreparedStages<T> stages;
    bool lazy = false;
};

template <class T>
class IdealRun {
  public:
    IdealRun(Statevector<T>& state, bool probabilities, const RunOptions& options,
             RunControl& control)
        : state_(state),
          options_(options),
          blocked_{options.passes.tangent, probabilities, options.threads},
          control_(control),
          executor_(options.threads, control) {}

    bool run(const Program& program) {
        const Passes& passes = options_.passes;
        constexpr bool kSingle = sizeof(T) == sizeof(float);
        const PlanKey key{program.gate_set(), program.qubits(), &program.arrays(), kSingle, passes};
        const bool reuse = passes.reuse && runs_in_tiles(state_.qubits(), passes);
        const auto found = reuse ? kept_plans().find(key) : KeptPlans::Found{};
        if (found.plan) return run_again(static_cast<const KeptRun<T>&>(*found.plan));
        Schedule schedule = compile(program, {passes, kSingle}, control_);
        const bool one_part = schedule.parts.size() == 1 && !schedule.parts[0].stages.empty();
        if (!found.wanted || !one_part) return run_parts(schedule);
        auto made = std::make_shared<KeptRun<T>>(std::move(schedule.parts[0]), state_.qubits(),
                                                 first_active(), control_);
        made->lazy = is_lazy(schedule.sizes);
        if (!made->stages.ends_part()) {
            schedule.parts[0] = std::move(made->part);
            return run_parts(schedule);
        }
        start(state_, made->lazy, executor_);
        Lacking lacking{1.0};
        const bool finished = made->stages.first_run(state_, lacking, blocked_, control_);
        finish(made->stages, made->lazy);
        made->part = {};
        const std::size_t bytes = made->stages.bytes();
        kept_plans().keep(key, std::move(made), bytes);
        return finished;
    }

  private:
    std::uint64_t first_active() const {
        return options_.passes.growth ? 0 : low_bits(state_.qubits());
    }

    // Tiles take care of what is empty themselves, unless the state is one tile.
    bool is_lazy(const TileSizes& sizes) const {
        return options_.passes.growth && state_.qubits() > sizes.outer_qubits;
    }

    bool run_again(const KeptRun<T>& kept) {
        start(state_, kept.lazy, executor_);
        const bool finished = kept.stages.run(state_, blocked_, control_);
        finish(kept.stages, kept.lazy);
        return finished;
    }

    void finish(const PreparedStages<T>& stages, bool lazy) {
        if (lazy) zero_empty(state_, stages.active_after(), options_.threads, control_);
        const Lacking lacking = stages.lacking_after();
        if (lacking != Complex{1.0}) executor_.apply(state_, DiagonalStep{{}, {}, {lacking}});
    }

    bool run_parts(const Schedule& schedule) {
        const bool lazy = !schedule.parts.empty() && !schedule.parts.front().stages.empty() &&
                          is_lazy(schedule.sizes);
        start(state_, lazy, executor_);
        std::uint64_t active = first_active();
        bool finished = false;
        for (const Part& part : schedule.parts) {
            if (part.stages.empty()) {
                executor_.apply(state_, part.steps);
                for (const Step& step : part.steps) active |= flipped(step);
                continue;
            }
            BlockedOptions options = blocked_;
            options.probabilities = options.probabilities && &part == &schedule.parts.back();
            const BlockedResult result = run_blocked(state_, part, active, options, control_);
            active = result.active;
            finished = result.probabilities;
            if (lazy && &part == &schedule.parts.front()) {
                zero_empty(state_, active, options.threads, control_);
            }
        }
        return finished;
    }

    Statevector<T>& state_;
    const RunOptions& options_;
    BlockedOptions blocked_;
    RunControl& control_;
    StepExecutor<T> executor_;
};

// Runs the program on a state that holds anything. Returns whether it now holds probabilities, as
// double, which can only be where they are asked for.
template <class T>
bool simulate_on(Statevector<T>& state, const Program& program, bool probabilities,
                 const RunOptions& options, RunControl& control) {
    return IdealRun<T>(state, probabilities, options, control).run(program);
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
