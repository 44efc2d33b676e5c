#include "compile/gate_steps.h"

#include <algorithm>
#include <cmath>

#include "base/trig.h"

namespace ionsim {
namespace {

constexpr int kMaxMatrixQubits = 4;

// i^power
Complex imaginary_power(int power) {
    constexpr std::array<Complex, 4> kPowers{Complex{1, 0}, Complex{0, 1}, Complex{-1, 0},
                                             Complex{0, -1}};
    return kPowers[static_cast<std::size_t>(power & 3)];
}

// A diagonal on one or two qubits. A factor of exactly one on the unset half becomes a control,
// which halves the memory touched; factors that depend on the parity only need one selector.
Step diagonal_step(std::span<const Complex> factors, int first, int second, Control control) {
    const Complex one{1.0};
    if (factors.size() == 2) {
        const std::uint64_t target = bit(first);
        if (factors[0] == one) {
            return DiagonalStep{{control.mask | target, control.value | target}, {}, {factors[1]}};
        }
        return DiagonalStep{control, {target}, {factors.begin(), factors.end()}};
    }
    if (factors[0] == factors[3] && factors[1] == factors[2]) {
        return DiagonalStep{control, {bit(first) | bit(second)}, {factors[0], factors[1]}};
    }
    return DiagonalStep{control, {bit(first), bit(second)}, {factors.begin(), factors.end()}};
}

// exp(-i angle P) with angle = time * coefficient.
Step pauli_rotation(const PauliTerm& term, double angle_radians, Control control) {
    const auto [sine, cosine] = sincos_radians(angle_radians);
    if (term.x == 0) {
        const Complex even{cosine, -sine};
        const Complex odd{cosine, sine};
        if (term.z == 0) return DiagonalStep{control, {}, {even}};
        return DiagonalStep{control, {term.z}, {even, odd}};
    }
    // (P a)[i] = i^|x & z| (-1)^parity((i ^ x) & z) a[i ^ x]
    const int letters_y = std::popcount(term.x & term.z);
    const Complex phase = imaginary_power(letters_y + 2 * (letters_y & 1));
    const Complex swap{sine * phase.imag(), -sine * phase.real()};  // -i sin * phase
    PairStep step{control, term.x, {term.z, 0}, {}, {}};
    step.keep.fill(cosine);
    step.swap = {swap, -swap, swap, -swap};
    return step;
}

using DenseMatrix = std::vector<Complex>;

DenseMatrix product(const DenseMatrix& a, const DenseMatrix& b, std::size_t n) {
    DenseMatrix c(n * n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < n; ++k) {
            for (std::size_t j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
        }
    }
    return c;
}

// exp of a small matrix: Taylor series of the matrix over 2^squarings, squared back.
DenseMatrix exponential(DenseMatrix a, std::size_t n, double norm) {
    const int squarings = std::max(0, std::ilogb(std::max(norm, 1e-300)) + 3);
    for (Complex& element : a) element *= std::ldexp(1.0, -squarings);
    DenseMatrix sum(n * n);
    DenseMatrix term(n * n);
    for (std::size_t i = 0; i < n; ++i) sum[i * n + i] = term[i * n + i] = 1.0;
    // The scaled norm is below 1/4, so the terms fall under 2^-60 before the 16th.
    for (int order = 1; order <= 16; ++order) {
        term = product(term, a, n);
        for (std::size_t i = 0; i < term.size(); ++i) {
            term[i] /= order;
            sum[i] += term[i];
        }
    }
    for (int i = 0; i < squarings; ++i) sum = product(sum, sum, n);
    return sum;
}

DenseStep exponential_matrix(std::span<const PauliTerm> terms, double time, Control control,
                             std::uint64_t qubits) {
    DenseStep step{control, {}, {}};
    for (int q = 0; q < kMaxMaskQubits; ++q) {
        if (qubits & bit(q)) step.qubits.push_back(q);
    }
    const auto gather = [&](std::uint64_t mask) {
        std::size_t packed = 0;
        for (std::size_t j = 0; j < step.qubits.size(); ++j) {
            if (mask & bit(step.qubits[j])) packed |= std::size_t{1} << j;
        }
        return packed;
    };
    const std::size_t n = std::size_t{1} << step.qubits.size();
    DenseMatrix a(n * n);
    double norm = 0.0;
    for (const PauliTerm& term : terms) {
        const std::size_t x = gather(term.x);
        const std::size_t z = gather(term.z);
        const Complex phase = imaginary_power(std::popcount(x & z));
        norm += std::abs(time * term.coefficient);
        for (std::size_t column = 0; column < n; ++column) {
            const double sign = parity(column & z) ? -1.0 : 1.0;
            a[(column ^ x) * n + column] += Complex{0.0, -time * term.coefficient} * phase * sign;
        }
    }
    step.matrix = exponential(std::move(a), n, norm);
    return step;
}

}  // namespace

Step one_target_step(const Matrix2& matrix, int target, Control control) {
    if (matrix[1] == Complex{} && matrix[2] == Complex{}) {
        const std::array<Complex, 2> factors{matrix[0], matrix[3]};
        return diagonal_step(factors, target, -1, control);
    }
    PairStep step{control, bit(target), {bit(target), 0}, {}, {}};
    step.keep = {matrix[0], matrix[3], matrix[0], matrix[3]};
    step.swap = {matrix[1], matrix[2], matrix[1], matrix[2]};
    return step;
}

Step two_target_step(const GateMatrix& matrix, unsigned xor_offsets, int first, int second,
                     Control control) {
    if (xor_offsets == 0b0001) {
        const std::array<Complex, 4> factors{matrix(0, 0), matrix(1, 1), matrix(2, 2),
                                             matrix(3, 3)};
        return diagonal_step(factors, first, second, control);
    }
    PairStep step{control, bit(first) | bit(second), {bit(first), bit(second)}, {}, {}};
    for (int row = 0; row < 4; ++row) {
        step.keep[static_cast<std::size_t>(row)] = matrix(row, row);
        step.swap[static_cast<std::size_t>(row)] = matrix(row, row ^ 3);
    }
    const auto by_parity = [](const std::array<Complex, 4>& f) {
        return f[0] == f[3] && f[1] == f[2];
    };
    if (by_parity(step.keep) && by_parity(step.swap)) {
        const bool constant = step.keep[0] == step.keep[1] && step.swap[0] == step.swap[1];
        step.selectors = {constant ? 0 : bit(first) | bit(second), 0};
        step.keep = {step.keep[0], step.keep[1], step.keep[0], step.keep[1]};
        step.swap = {step.swap[0], step.swap[1], step.swap[0], step.swap[1]};
    }
    return step;
}

std::vector<PauliTerm> pauli_terms(const GateView& gate, std::span<const int> places) {
    const std::size_t width = gate.targets.size();
    std::vector<PauliTerm> terms(gate.parameters.size() - 1);
    for (std::size_t j = 0; j < terms.size(); ++j) {
        terms[j].coefficient = gate.parameters[j + 1];
        for (std::size_t k = 0; k < width; ++k) {
            const std::uint8_t letter = gate.letters[j * width + k];
            if (letter == 1 || letter == 2) terms[j].x |= bit(places[k]);
            if (letter == 2 || letter == 3) terms[j].z |= bit(places[k]);
        }
    }
    return terms;
}

// Commuting is bilinear in (x, z): all terms commute when the vectors of a basis of their span do.
// A basis has at most two vectors a qubit, so this is linear in the number of terms.
bool all_commute(std::span<const PauliTerm> terms) {
    struct Reduced {
        std::uint64_t x, z;
        std::uint64_t leading_x, leading_z;  // one bit, absent from all later vectors
    };
    std::vector<Reduced> basis;
    for (const PauliTerm& term : terms) {
        std::uint64_t x = term.x;
        std::uint64_t z = term.z;
        for (const Reduced& vector : basis) {
            if ((x & vector.leading_x) | (z & vector.leading_z)) {
                x ^= vector.x;
                z ^= vector.z;
            }
        }
        if ((x | z) == 0) continue;
        for (const Reduced& vector : basis) {
            if (!commute({x, z, 0.0}, {vector.x, vector.z, 0.0})) return false;
        }
        const std::uint64_t leading_x = x & (~x + 1);
        basis.push_back({x, z, leading_x, leading_x != 0 ? 0 : z & (~z + 1)});
    }
    return true;
}

void append_pauli_exponential(std::span<const PauliTerm> terms, double time, Control control,
                              std::vector<Step>& steps) {
    if (all_commute(terms)) {
        for (const PauliTerm& term : terms) {
            steps.push_back(pauli_rotation(term, time * term.coefficient, control));
        }
        return;
    }
    std::uint64_t qubits = 0;
    for (const PauliTerm& term : terms) qubits |= term.x | term.z;
    if (std::popcount(qubits) <= kMaxMatrixQubits) {
        steps.push_back(exponential_matrix(terms, time, control, qubits));
    } else {
        steps.push_back(PauliSumStep{control, {terms.begin(), terms.end()}, time});
    }
}

}  // namespace ionsim
