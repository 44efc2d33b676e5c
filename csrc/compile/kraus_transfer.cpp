#include "compile/kraus_transfer.h"

#include <array>
#include <bit>

namespace ionsim {
namespace {

using Rows = std::array<std::array<double, 16>, 16>;

// Letters are bits x, z of two qubits (xzxz from bit 0).
unsigned flips(unsigned letters) {
    return (letters & 1U) | (letters >> 1 & 2U);
}

// The element of a Pauli string in column `column`, which stands in row column ^ flips.
Complex element(unsigned letters, unsigned column) {
    constexpr Complex kPowers[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    const unsigned z = (letters >> 1 & 1U) | (letters >> 2 & 2U);
    return kPowers[(std::popcount(flips(letters) & z) + 2 * std::popcount(column & z)) & 3];
}

// rows[p][q] = tr(P sum_k K_k Q K_k^dagger) / n
Rows transfer(std::span<const std::vector<Complex>> operators, unsigned n) {
    Rows rows{};
    for (const auto& matrix : operators) {
        for (unsigned p = 0; p < n * n; ++p) {
            for (unsigned q = 0; q < n * n; ++q) {
                Complex sum{};
                for (unsigned a = 0; a < n; ++a) {      // column of P, row of K
                    for (unsigned b = 0; b < n; ++b) {  // column of Q, row of K^dagger
                        const unsigned row = a ^ flips(p);
                        sum += element(p, a) * matrix[a * n + (b ^ flips(q))] * element(q, b) *
                               std::conj(matrix[row * n + b]);
                    }
                }
                rows[p][q] += sum.real() / n;
            }
        }
    }
    return rows;
}

}  // namespace

TransferMatrix kraus_transfer(std::span<const std::vector<Complex>> operators, int first,
                              int second) {
    TransferMatrix result;
    result.first = first;
    result.second = second;
    const bool pair = operators.front().size() == 16;
    const Rows rows = transfer(operators, pair ? 4 : 2);
    if (pair || second < 0) {
        result.rows = rows;
        return result;
    }
    for (std::size_t p = 0; p < 16; ++p) {
        for (std::size_t q = 0; q < 16; ++q) {
            result.rows[p][q] = rows[p & 3][q & 3] * rows[p >> 2][q >> 2];
        }
    }
    return result;
}

void append(TransferMatrix& matrix, const TransferMatrix& later) {
    const Rows earlier = matrix.rows;
    matrix.rows = {};
    const auto size = static_cast<std::size_t>(matrix.size());
    for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t k = 0; k < size; ++k) {
            for (std::size_t j = 0; j < size; ++j) {
                matrix.rows[i][j] += later.rows[i][k] * earlier[k][j];
            }
        }
    }
}

}  // namespace ionsim
