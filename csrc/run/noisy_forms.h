#pragma once

#include <memory>

#include "base/control.h"
#include "compile/rotations.h"
#include "program/program.h"
#include "run/frame.h"
#include "run/pauli_vector.h"

namespace ionsim {

// A mixed state of this many qubits has 4^13 components, half a gigabyte.
inline constexpr int kMaxExactQubits = 13;

// A noisy circuit in the forms that modes need; null where a form does not exist (see
// rotation_circuit and plan_frame), or was not made yet. A function of the program alone.
struct NoisyForms : Program::Attachment {
    std::shared_ptr<const RotationCircuit> circuit;
    std::shared_ptr<const VectorJob> vector;  // of at most kMaxExactQubits qubits
    std::shared_ptr<const FrameJob> frame;
    bool with_frame = false;  // whether that was made, or tried
};

// Kept with the program, so that estimates and runs need it once. The form of the mode `frame`,
// which takes longest, is made only on request.
std::shared_ptr<const NoisyForms> noisy_forms(const Program& program, bool with_frame,
                                              RunControl& control);

}  // namespace ionsim
