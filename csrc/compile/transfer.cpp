#include "compile/transfer.h"

#include <bit>
#include <utility>

namespace ionsim {
namespace {

// Letters as bits x, z of two qubits (see Letters).
bool anticommute(unsigned a, unsigned b) {
    const unsigned swapped = ((b & 5U) << 1) | ((b & 10U) >> 1);
    return std::popcount(a & swapped) & 1;
}

// P Q = i^e times the letters P ^ Q.
int product_phase(unsigned p, unsigned q) {
    const auto y = [](unsigned letters) { return std::popcount(letters & (letters >> 1) & 5U); };
    return (y(p) + y(q) + 2 * std::popcount((p >> 1) & q & 5U) - y(p ^ q)) & 3;
}

// matrix = (the rotation's) * matrix: exp(-i h P) Q exp(i h P) = cos 2h Q - i sin 2h P Q for a
// string Q that anticommutes with P.
void rotate(TransferMatrix& matrix, unsigned axis, const Turn& angle) {
    const Turn twice = angle + angle;
    const auto size = static_cast<unsigned>(matrix.size());
    for (unsigned q = 0; q < size; ++q) {
        const unsigned other = q ^ axis;
        if (q > other || !anticommute(q, axis)) continue;
        // -i P Q = -i i^e (P ^ Q), a real sign.
        const double to_other = product_phase(axis, q) == 1 ? twice.sin : -twice.sin;
        const double to_own = product_phase(axis, other) == 1 ? twice.sin : -twice.sin;
        for (unsigned column = 0; column < size; ++column) {
            const double a = matrix.rows[q][column];
            const double b = matrix.rows[other][column];
            matrix.rows[q][column] = twice.cos * a + to_own * b;
            matrix.rows[other][column] = twice.cos * b + to_other * a;
        }
    }
}

// The letters of the rotation on the qubits of the matrix, in its order.
unsigned letters_on(const TransferMatrix& matrix, const PauliRotation& rotation) {
    unsigned letters = 0;
    for (int side = 0; side < 2; ++side) {
        const unsigned letter = (rotation.letters >> (2 * side)) & 3U;
        const int qubit = side == 0 ? rotation.first : rotation.second;
        if (letter != 0) letters |= letter << (qubit == matrix.first ? 0 : 2);
    }
    return letters;
}

}  // namespace

std::vector<TransferMatrix> transfer_matrices(const RotationCircuit& circuit, double r1,
                                              double r2) {
    std::vector<TransferMatrix> result;
    std::size_t next = 0;
    for (const NoiseSite& site : circuit.sites) {
        TransferMatrix matrix;
        matrix.first = site.first;
        matrix.second = site.second;
        const auto size = static_cast<std::size_t>(matrix.size());
        for (std::size_t k = 0; k < size; ++k) matrix.rows[k][k] = 1.0;
        for (; next < site.steps; ++next) {
            const PauliRotation& rotation = circuit.rotations[next];
            rotate(matrix, letters_on(matrix, rotation), rotation.angle);
        }
        const double kept = 1.0 - (site.second < 0 ? r1 : r2);
        for (std::size_t row = 1; row < size; ++row) {
            for (std::size_t column = 0; column < size; ++column) matrix.rows[row][column] *= kept;
        }
        result.push_back(matrix);
    }
    return result;
}

}  // namespace ionsim
