#pragma once

#include <array>
#include <span>
#include <vector>

#include "compile/rotations.h"

namespace ionsim {

// What a gate and its noise do to the expectation values of the Pauli strings on its qubits: digit
// 0..3 of an index is I, X, Z, Y on the first qubit, then on the second.
struct TransferMatrix {
    int first = 0;
    int second = -1;
    int size() const { return second < 0 ? 4 : 16; }
    std::array<std::array<double, 16>, 16> rows{};
};

// One matrix a site of the circuit, for depolarizing rates after gates on one and two qubits.
std::vector<TransferMatrix> transfer_matrices(const RotationCircuit& circuit, double r1, double r2);

// The same as fewer matrices: those on one qubit go into the next one on two, and neighbours on the
// same two qubits become one.
std::vector<TransferMatrix> merged(const std::vector<TransferMatrix>& matrices, int qubits);

// The qubits of the matrices that merged() leaves, in their order; second is -1 for one qubit.
struct QubitPair {
    int first;
    int second;
};
std::vector<QubitPair> merged_pairs(std::span<const NoiseSite> sites, int qubits);

}  // namespace ionsim
