#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compile/gate_steps.h"
#include "program/step.h"

namespace ionsim {

// A direction on the Bloch sphere.
using Axis = std::array<double, 3>;

// What a gate on two qubits is for one of them, if it does not change that qubit's states along
// some axis: `branches[m]` acts on the other qubit, m being 0 along the axis and 1 against it.
struct GateSide {
    bool splits = false;
    Axis axis{};
    std::array<Matrix2, 2> branches{};
};

// The gate before a noise site, as a matrix.
struct SiteGate {
    int first = 0;
    int second = -1;          // -1: on one qubit
    std::uint32_t begin = 0;  // its steps
    std::uint32_t end = 0;
    Matrix2 matrix{};                 // of a gate on one qubit
    std::array<GateSide, 2> sides{};  // of a gate on two
};

std::vector<SiteGate> site_gates(const NoisySteps& noisy);

// A step of a gate as it is when its qubits stand at other places.
Step placed(const Step& step, const SiteGate& gate, int first, int second);

// Along the same line, in either direction.
bool parallel(const Axis& a, const Axis& b);
double dot(const Axis& a, const Axis& b);

// A pure state of one qubit.
using Spinor = std::array<Complex, 2>;
Axis axis_of(const Spinor& state);
Spinor spinor_along(const Axis& axis);
Matrix2 adjoint(const Matrix2& matrix);
Spinor turned(const Matrix2& matrix, const Spinor& state);

}  // namespace ionsim
