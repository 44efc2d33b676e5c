#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "base/statevector.h"
#include "program/step.h"
#include "run/executor.h"
#include "run/run.h"

namespace ionsim {

// A statevector of which only some qubits hold something; the others are |0>, and the amplitudes
// where they are set are neither stored as zeros nor computed.
template <class T>
class PartState {
  public:
    PartState(int qubits, const RunOptions& options, int threads, RunControl& control);

    int qubits() const { return state_.qubits(); }
    void clear();
    // Steps wait until something must be known.
    void add(Step step) { waiting_.push_back(std::move(step)); }
    void flush();

    // Measures a qubit: its outcome for a number in [0, 1). It is |0> afterwards.
    bool measure(int qubit, double uniform);
    // All qubits, for sampling: stored in full.
    Statevector<T>& whole();

  private:
    // Sums of |amplitude|^2 where the qubit is 0 and where it is 1.
    std::pair<double, double> weights(int qubit);
    // Keeps one half, in the place of |0>.
    void project(int qubit, bool outcome);
    template <class Body>
    void for_blocks(std::uint64_t mask, Body&& body);

    const RunOptions& options_;
    int threads_;
    RunControl& control_;
    StepExecutor<T> executor_;
    Statevector<T> state_;
    bool lazy_;  // zeros need not be stored, save in rows that hold something
    std::uint64_t active_ = 0;
    std::vector<Step> waiting_;
};

}  // namespace ionsim
