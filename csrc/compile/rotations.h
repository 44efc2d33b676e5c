#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/control.h"
#include "base/turn.h"
#include "compile/lower.h"
#include "program/program.h"
#include "program/step.h"

namespace ionsim {

// A Pauli string on one or two qubits: bits x and z of the first qubit, then of the second (xzxz
// from bit 0). X, Y, Z are 1, 3, 2; Y has both bits.
using Letters = std::uint8_t;

// exp(-i angle P) for the Pauli string P of `letters` on `first` and `second`.
struct PauliRotation {
    int first = 0;
    int second = -1;  // -1: a rotation on one qubit
    Letters letters = 0;
    Turn angle;
};

// A noisy circuit written as Pauli rotations, the Clifford gates among them being rotations by
// multiples of pi/4. A site acts after `steps` rotations.
struct RotationCircuit {
    int qubits = 0;
    std::vector<PauliRotation> rotations;
    std::vector<NoiseSite> sites;
};

// Appends rotations whose product is the step up to a global phase; the step acts on at most two
// qubits. False, with nothing appended, for a matrix on two qubits that is neither diagonal, nor
// controlled, nor a mixture of the identity and a flip of both: only the exponential of a sum of
// Pauli strings that do not commute is one.
bool append_rotations(const Step& step, std::vector<PauliRotation>& rotations);

// The circuit that lower_noisy gives, over the touched qubits, of which there may be any number.
// Empty when a gate has no such form.
std::optional<RotationCircuit> rotation_circuit(const Program& program, RunControl& control);

}  // namespace ionsim
