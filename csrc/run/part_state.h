#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/statevector.h"
#include "program/step.h"
#include "run/evolving.h"
#include "run/run.h"

namespace ionsim {

// A statevector whose qubits come and go: those that hold nothing are |0>, and cost nothing where
// they are the highest. Its size follows from what it is asked for alone, and with it the last bits
// of its amplitudes.
template <class T>
class PartState {
  public:
    // Up to so many qubits at a time.
    PartState(int qubits, const RunOptions& options, RunControl& control);

    int most_qubits() const { return most_qubits_; }
    void clear();
    // The content of another state, which has no steps waiting and at most as many qubits. It may
    // be taken when steps run, until when the other one must not change.
    void copy(const PartState& from);
    void borrow(const PartState& from);
    // Runs the steps that wait.
    void flush();
    // Steps wait until something must be known.
    void add(Step step) { waiting_.push_back(std::move(step)); }

    // Measures qubits, each with a number in [0, 1), and writes the outcomes. They are |0>
    // afterwards.
    struct Measured {
        int qubit;
        double uniform;
        bool outcome = false;
    };
    void measure(std::span<Measured> qubits);
    // All qubits, for sampling: stored in full.
    const Statevector<T>& whole();

  private:
    void run(std::vector<Step> steps, std::uint64_t reached);
    void measure_some(std::span<Measured> qubits);
    // Sums of |amplitude|^2 for each value of the qubits of a mask, in ascending order.
    std::vector<double> weights(std::uint64_t mask);
    // Keeps the amplitudes where they have a value, in the place of |0>.
    void project(std::uint64_t mask, std::uint64_t value);
    template <class Body>
    void for_runs(std::uint64_t blocks, std::uint64_t apart, std::uint64_t piece_blocks,
                  Body&& body);

    struct alignas(64) LaneSums {
        std::array<double, kLanes> lanes{};
    };

    const RunOptions& options_;
    RunControl& control_;
    int most_qubits_;
    EvolvingState<T> state_;
    std::vector<Step> waiting_;
    // Memory that was touched before.
    std::vector<LaneSums> sums_;  // those of `weights`
    std::vector<TileMemory<T>> tiles_;
};

}  // namespace ionsim
