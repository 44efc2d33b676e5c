#include "run/evolving.h"

#include <algorithm>

#include "compile/block.h"
#include "run/blocked.h"
#include "run/executor.h"

namespace ionsim {

template <class T>
void EvolvingState<T>::reset(const RunOptions& options, RunControl& control) {
    const Passes& passes = options.passes;
    active_ = passes.growth ? 0 : low_bits(state_.qubits());
    // Tiles take care of what is empty themselves, unless the state is one tile.
    has_zeros_ = !passes.growth || !passes.tiles ||
                 state_.qubits() <= tile_sizes(sizeof(T) == sizeof(float)).outer_qubits;
    if (has_zeros_) {
        StepExecutor<T>(options.threads, control).set_zero_state(state_);
    } else {
        std::fill_n(state_.data(), 2 * bit(kRowQubits), T{0});
        state_.data()[0] = T{1};
    }
}

template <class T>
void EvolvingState<T>::copy(const EvolvingState& from, const RunOptions& options,
                            RunControl& control) {
    active_ = from.active_;
    has_zeros_ = from.has_zeros_;
    if (has_zeros_) {
        StepExecutor<T>(options.threads, control).copy(from.state_, state_);
    } else {
        copy_grown(from.state_, active_, state_, options.threads, control);
    }
}

template <class T>
bool EvolvingState<T>::run(const Schedule& schedule, bool probabilities, const RunOptions& options,
                           RunControl& control) {
    bool finished = false;
    for (const Part& part : schedule.parts) {
        if (part.stages.empty()) {
            (void)whole(options, control);
            StepExecutor<T>(options.threads, control).apply(state_, part.steps);
            for (const Step& step : part.steps) active_ |= flipped(step);
            continue;
        }
        const bool last = &part == &schedule.parts.back();
        const BlockedResult result =
            run_blocked(state_, part, active_,
                        {options.passes.tangent, probabilities && last, options.threads}, control);
        active_ = result.active;
        finished = result.probabilities;
    }
    return finished;
}

template <class T>
bool EvolvingState<T>::run_first(PreparedStages<T>& stages, bool probabilities,
                                 const RunOptions& options, RunControl& control) {
    Lacking lacking{1.0};
    const bool finished = stages.first_run(
        state_, lacking, {options.passes.tangent, probabilities, options.threads}, control);
    end(stages, options, control);
    return finished;
}

template <class T>
bool EvolvingState<T>::run_again(const PreparedStages<T>& stages, bool probabilities,
                                 const RunOptions& options, RunControl& control) {
    const bool finished =
        stages.run(state_, {options.passes.tangent, probabilities, options.threads}, control);
    end(stages, options, control);
    return finished;
}

template <class T>
void EvolvingState<T>::end(const PreparedStages<T>& stages, const RunOptions& options,
                           RunControl& control) {
    active_ = stages.active_after();
    const Lacking lacking = stages.lacking_after();
    if (lacking == Complex{1.0}) return;
    StepExecutor<T>(options.threads, control).apply(state_, DiagonalStep{{}, {}, {lacking}});
}

template <class T>
const Statevector<T>& EvolvingState<T>::whole(const RunOptions& options, RunControl& control) {
    if (!has_zeros_) zero_empty(state_, active_, options.threads, control);
    has_zeros_ = true;
    return state_;
}

template class EvolvingState<float>;
template class EvolvingState<double>;

}  // namespace ionsim
