#include "compile/transfer.h"

#include <bit>
#include <optional>
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

TransferMatrix product(const TransferMatrix& later, const TransferMatrix& earlier) {
    TransferMatrix result;
    result.first = later.first;
    result.second = later.second;
    const auto size = static_cast<std::size_t>(later.size());
    for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t k = 0; k < size; ++k) {
            if (later.rows[i][k] == 0.0) continue;
            for (std::size_t j = 0; j < size; ++j) {
                result.rows[i][j] += later.rows[i][k] * earlier.rows[k][j];
            }
        }
    }
    return result;
}

// The matrix on the qubits of `place`, which has that of `matrix` among them, in any order.
TransferMatrix placed(const TransferMatrix& matrix, const TransferMatrix& place) {
    TransferMatrix result;
    result.first = place.first;
    result.second = place.second;
    const auto size = static_cast<std::size_t>(place.size());
    const bool turned = matrix.first != place.first;  // its first qubit is the other's second
    const bool alone = matrix.second < 0;
    for (std::size_t row = 0; row < size; ++row) {
        for (std::size_t column = 0; column < size; ++column) {
            const auto at = [&](std::size_t index) {
                const std::size_t low = index & 3, high = index >> 2;
                const std::size_t own = turned ? high : low, rest = turned ? low : high;
                return std::pair(alone ? own : own | rest << 2, alone ? rest : 0);
            };
            const auto [r, other_r] = at(row);
            const auto [c, other_c] = at(column);
            if (other_r == other_c) result.rows[row][column] = matrix.rows[r][c];
        }
    }
    return result;
}

bool same_qubits(const TransferMatrix& a, const TransferMatrix& b) {
    return (a.first == b.first && a.second == b.second) ||
           (a.first == b.second && a.second == b.first);
}

}  // namespace

std::vector<TransferMatrix> merged(const std::vector<TransferMatrix>& matrices, int qubits) {
    std::vector<TransferMatrix> result;
    std::vector<std::optional<TransferMatrix>> waiting(static_cast<std::size_t>(qubits));
    std::vector<std::ptrdiff_t> last(static_cast<std::size_t>(qubits), -1);  // in the result
    for (const TransferMatrix& matrix : matrices) {
        auto& first = waiting[static_cast<std::size_t>(matrix.first)];
        if (matrix.second < 0) {
            first = first ? product(matrix, *first) : matrix;
            continue;
        }
        TransferMatrix own = matrix;
        for (const int qubit : {matrix.first, matrix.second}) {
            auto& before = waiting[static_cast<std::size_t>(qubit)];
            if (before) own = product(own, placed(*before, own));
            before.reset();
        }
        const std::ptrdiff_t previous = last[static_cast<std::size_t>(matrix.first)];
        if (previous >= 0 && previous == last[static_cast<std::size_t>(matrix.second)] &&
            same_qubits(result[static_cast<std::size_t>(previous)], own)) {
            auto& earlier = result[static_cast<std::size_t>(previous)];
            earlier = product(own, placed(earlier, own));
            continue;
        }
        for (const int qubit : {matrix.first, matrix.second}) {
            last[static_cast<std::size_t>(qubit)] = static_cast<std::ptrdiff_t>(result.size());
        }
        result.push_back(own);
    }
    for (const auto& rest : waiting) {
        if (rest) result.push_back(*rest);
    }
    return result;
}

std::vector<QubitPair> merged_pairs(std::span<const NoiseSite> sites, int qubits) {
    std::vector<QubitPair> result;
    std::vector<bool> waiting(static_cast<std::size_t>(qubits));
    std::vector<std::ptrdiff_t> last(static_cast<std::size_t>(qubits), -1);
    for (const NoiseSite& site : sites) {
        const auto first = static_cast<std::size_t>(site.first);
        if (site.second < 0) {
            waiting[first] = true;
            continue;
        }
        const auto second = static_cast<std::size_t>(site.second);
        waiting[first] = waiting[second] = false;
        // The last matrix on both qubits, if it is one, is on these two.
        if (last[first] >= 0 && last[first] == last[second]) continue;
        last[first] = last[second] = static_cast<std::ptrdiff_t>(result.size());
        result.push_back({site.first, site.second});
    }
    for (int qubit = 0; qubit < qubits; ++qubit) {
        if (waiting[static_cast<std::size_t>(qubit)]) result.push_back({qubit, -1});
    }
    return result;
}

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
