#pragma once

#include <cstddef>
#include <memory>

#include "base/control.h"
#include "compile/rotations.h"
#include "program/program.h"
#include "run/frame.h"
#include "run/kept_plans.h"
#include "run/pauli_vector.h"

namespace ionsim {

// A mixed state of this many qubits has 4^13 components, half a gigabyte.
inline constexpr int kMaxExactQubits = 13;

// A noisy circuit in the forms that modes need; null where a form does not exist (see
// rotation_circuit and plan_frame), or was not made yet. A function of the circuit alone.
struct NoisyForms final : KeptPlan {
    std::shared_ptr<const RotationCircuit> circuit;
    std::shared_ptr<const VectorJob> vector;  // of at most kMaxExactQubits qubits
    std::shared_ptr<const FrameJob> frame;
    bool with_frame = false;  // whether that was made, or tried

    std::size_t bytes() const;
};

// The form of the mode `frame`, which takes longest, is made only on request, and added to `before`
// where there is one. With `reuse`, those of earlier runs are taken, and these are kept for later
// ones: estimates, other rates and other seeds need the same.
std::shared_ptr<const NoisyForms> noisy_forms(
    const Program& program, bool with_frame, bool reuse, RunControl& control,
    const std::shared_ptr<const NoisyForms>& before = nullptr);

}  // namespace ionsim
