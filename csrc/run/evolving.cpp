#include "run/evolving.h"

#include <algorithm>

#include "compile/block.h"
#include "run/blocked.h"
#include "run/executor.h"

namespace ionsim {
namespace {

// Tiles take care of what is empty themselves, unless the state is one tile.
template <class T>
bool needs_zeros(int qubits, const Passes& passes) {
    return !passes.growth || !passes.tiles ||
           qubits <= tile_sizes(sizeof(T) == sizeof(float)).outer_qubits;
}

}  // namespace

template <class T>
void EvolvingState<T>::reset(const RunOptions& options, RunControl& control) {
    lender_ = nullptr;
    active_ = options.passes.growth ? 0 : low_bits(state_.qubits());
    has_zeros_ = needs_zeros<T>(state_.qubits(), options.passes);
    if (has_zeros_) {
        StepExecutor<T>(options.threads, control).set_zero_state(state_);
    } else {
        std::fill_n(state_.data(), 2 * bit(kRowQubits), T{0});
        state_.data()[0] = T{1};
    }
}

template <class T>
void EvolvingState<T>::resize(int qubits, const RunOptions& options, RunControl& control) {
    const bool zeros = needs_zeros<T>(qubits, options.passes);
    if (zeros || qubits > state_.qubits()) settle(options, control);
    const std::uint64_t before = Statevector<T>::block_count(state_.qubits());
    if (qubits <= state_.qubits()) {
        state_.resize(qubits);
        if (zeros) (void)whole(options, control);
        return;
    }
    if (zeros) (void)whole(options, control);
    state_.resize(qubits);
    has_zeros_ = zeros;
    constexpr std::uint64_t kReals = 2 * kLanes;
    const std::uint64_t written = zeros ? state_.blocks() : bit(kRowQubits - kLaneQubits);
    for (std::uint64_t block = before; block < written; ++block) {
        std::fill_n(state_.data() + kReals * block, kReals, T{0});
    }
}

template <class T>
void EvolvingState<T>::set_zero(std::uint64_t qubits, const RunOptions& options,
                                RunControl& control) {
    if (options.passes.growth) {
        active_ &= ~qubits;
        has_zeros_ = false;
    } else {
        zero_empty(state_, active_ & ~qubits, options.threads, control);
    }
}

template <class T>
void EvolvingState<T>::copy(const EvolvingState& from, const RunOptions& options,
                            RunControl& control) {
    lender_ = nullptr;
    active_ = from.active_;
    has_zeros_ = from.has_zeros_;
    state_.resize(from.state_.qubits());
    if (has_zeros_) {
        StepExecutor<T>(options.threads, control).copy(from.state_, state_);
    } else {
        copy_grown(from.state_, active_, state_, options.threads, control);
    }
}

template <class T>
void EvolvingState<T>::borrow(const EvolvingState& from) {
    lender_ = &from;
    active_ = from.active_;
    state_.resize(from.state_.qubits());
}

template <class T>
bool EvolvingState<T>::run(const Schedule& schedule, bool probabilities, const RunOptions& options,
                           RunControl& control, std::vector<TileMemory<T>>* tiles) {
    bool finished = false;
    const bool lent = lender_ != nullptr && !lender_->has_zeros_ && !schedule.parts.empty() &&
                      !schedule.parts.front().stages.empty();
    const Statevector<T>* source = nullptr;
    if (lent) {
        source = &std::exchange(lender_, nullptr)->state_;
        has_zeros_ = false;
    }
    settle(options, control);
    for (const Part& part : schedule.parts) {
        if (part.stages.empty()) {
            (void)whole(options, control);
            StepExecutor<T>(options.threads, control).apply(state_, part.steps);
            for (const Step& step : part.steps) active_ |= flipped(step);
            continue;
        }
        const bool last = &part == &schedule.parts.back();
        const BlockedResult result = run_blocked(
            state_, part, active_, {options.passes.tangent, probabilities && last, options.threads},
            control, {std::exchange(source, nullptr), tiles});
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
    settle(options, control);
    if (!has_zeros_) zero_empty(state_, active_, options.threads, control);
    has_zeros_ = true;
    return state_;
}

template class EvolvingState<float>;
template class EvolvingState<double>;

}  // namespace ionsim
