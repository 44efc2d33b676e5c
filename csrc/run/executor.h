#pragma once

#include <span>
#include <vector>

#include "base/control.h"
#include "base/statevector.h"
#include "kernels/kernels.h"
#include "program/step.h"

namespace ionsim {

// Applies steps to a state. Keeps the scratch memory that the kernels' tables need, so one executor
// serves many steps of many runs on its thread.
template <class T>
class StepExecutor {
  public:
    StepExecutor(int threads, RunControl& control)
        : threads_(threads), control_(control), meter_(control) {}

    void set_zero_state(Statevector<T>& state);
    void copy(const Statevector<T>& from, Statevector<T>& to);
    void apply(Statevector<T>& state, const Step& step);
    // One team runs many steps: each waits for the one before, but nobody is woken for it.
    void apply(Statevector<T>& state, std::span<const Step> steps);

  private:
    void run(Statevector<T>& state, const PairStep& step);
    void run(Statevector<T>& state, const DiagonalStep& step);
    void run(Statevector<T>& state, const DenseStep& step);
    void run(Statevector<T>& state, const PauliSumStep& step);

    void run_together(Statevector<T>& state, std::span<const Step> steps);

    // Calls body(begin, end) over [0, groups) in pieces, each piece `blocks_per_group` blocks a
    // group; large loops run on the team.
    template <class Body>
    void in_pieces(std::uint64_t groups, std::uint64_t blocks_per_group, Body&& body);

    int threads_;
    RunControl& control_;
    WorkMeter meter_;
    kernels::PairPlan<T> pair_plan_;
    AlignedBuffer<T> table_;
    std::vector<std::size_t> dimensions_;
};

// Memory beside the state that the steps need, in bytes.
template <class T>
double scratch_bytes(std::span<const Step> steps, int qubits);

}  // namespace ionsim
