#pragma once

#include <cstdint>
#include <utility>

#include "base/control.h"
#include "base/statevector.h"
#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/run.h"

namespace ionsim {

// A state that starts as |0...0> and runs schedules one after the other. It grows as steps flip its
// index bits: the amplitudes outside of what it has grown to are zero, and where tiles leave them
// out their memory holds anything.
template <class T>
class EvolvingState {
  public:
    // The content starts uninitialised.
    explicit EvolvingState(int qubits) : state_(qubits) {}

    void reset(const RunOptions& options, RunControl& control);
    // Qubits that are all |0> come at the top, or go. `qubits` is at most what the state was made
    // for.
    void resize(int qubits, const RunOptions& options, RunControl& control);
    // The other one has at most as many qubits as the state was made for.
    void copy(const EvolvingState& from, const RunOptions& options, RunControl& control);
    // The same, which waits for the first run, since that may need no copy: the other one must not
    // change before.
    void borrow(const EvolvingState& from);
    void settle(const RunOptions& options, RunControl& control) {
        if (lender_ != nullptr) copy(*std::exchange(lender_, nullptr), options, control);
    }

    // Returns whether the memory now holds probabilities, as double, which can only be where they
    // are asked for.
    bool run(const Schedule& schedule, bool probabilities, const RunOptions& options,
             RunControl& control, std::vector<TileMemory<T>>* tiles = nullptr);

    // The same with stages that are all of a schedule, which are prepared while they run, or were
    // when they ran before.
    bool run_first(PreparedStages<T>& stages, bool probabilities, const RunOptions& options,
                   RunControl& control);
    bool run_again(const PreparedStages<T>& stages, bool probabilities, const RunOptions& options,
                   RunControl& control);

    // Index bits that some amplitude may have. Where one outside of them is set, the memory may
    // hold anything, save in the first row of kRowQubits.
    std::uint64_t active() const { return active_; }
    // For a measurement, which leaves qubits in |0>: only that row has their zeros.
    Statevector<T>& amplitudes() { return state_; }
    void set_zero(std::uint64_t qubits, const RunOptions& options, RunControl& control);

    // The state with all its zeros.
    const Statevector<T>& whole(const RunOptions& options, RunControl& control);
    Statevector<T> release() && { return std::move(state_); }

  private:
    void end(const PreparedStages<T>& stages, const RunOptions& options, RunControl& control);

    Statevector<T> state_;
    std::uint64_t active_ = 0;  // index bits that some amplitude may have
    bool has_zeros_ = true;     // the memory outside of `active_` is zero
    const EvolvingState* lender_ = nullptr;
};

}  // namespace ionsim
