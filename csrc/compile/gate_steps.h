#pragma once

#include <array>
#include <span>
#include <vector>

#include "program/program.h"
#include "program/step.h"

namespace ionsim {

// Row-major 2 x 2 unitary.
using Matrix2 = std::array<Complex, 4>;

// One target with any controls. The elements outside `xor_offsets` are zero.
Step one_target_step(const Matrix2& matrix, int target, Control control);
Step two_target_step(const GateMatrix& matrix, unsigned xor_offsets, int first, int second,
                     Control control);

// Terms of a pauliexp as bit masks; `places[j]` is the simulated qubit of target j.
std::vector<PauliTerm> pauli_terms(const GateView& gate, std::span<const int> places);
bool all_commute(std::span<const PauliTerm> terms);

// exp(-i time sum of terms): rotations one after the other when the terms commute, else a matrix on
// few qubits, else a PauliSumStep.
void append_pauli_exponential(std::span<const PauliTerm> terms, double time, Control control,
                              std::vector<Step>& steps);

}  // namespace ionsim
