#include <cmath>
#include <optional>

#include "base/bits.h"
#include "compile/gate_steps.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

// In a smaller state the products saved take less time than the tables of one more diagonal.
constexpr int kBothSidesQubits = 14;

struct OneQubit {
    int qubit;
    Matrix2 matrix;
};

// The matrix of a step that acts on one qubit only.
std::optional<OneQubit> one_qubit(const Step& step) {
    if (const auto* diagonal = std::get_if<DiagonalStep>(&step)) {
        const std::uint64_t mask = support(step);
        if (count_bits(mask) != 1) return std::nullopt;
        const int qubit = std::countr_zero(mask);
        if (diagonal->selectors.empty()) {
            const Complex factor = diagonal->factors[0];
            return diagonal->control.value != 0 ? OneQubit{qubit, {1, 0, 0, factor}}
                                                : OneQubit{qubit, {factor, 0, 0, 1}};
        }
        if (diagonal->selectors.size() != 1 || diagonal->control.mask != 0) return std::nullopt;
        return OneQubit{qubit, {diagonal->factors[0], 0, 0, diagonal->factors[1]}};
    }
    if (const auto* pair = std::get_if<PairStep>(&step)) {
        const std::uint64_t mask = support(step);
        if (count_bits(mask) != 1) return std::nullopt;
        // Without a selector both rows share their factors.
        const std::size_t one = pair->selectors[0] != 0 ? 1 : 0;
        return OneQubit{std::countr_zero(mask),
                        {pair->keep[0], pair->swap[0], pair->swap[one], pair->keep[one]}};
    }
    return std::nullopt;
}

Matrix2 after(const Matrix2& later, const Matrix2& earlier) {
    return {later[0] * earlier[0] + later[1] * earlier[2],
            later[0] * earlier[1] + later[1] * earlier[3],
            later[2] * earlier[0] + later[3] * earlier[2],
            later[2] * earlier[1] + later[3] * earlier[3]};
}

bool is_diagonal(const Matrix2& m) {
    return m[1] == Complex{} && m[2] == Complex{};
}

bool is_pure(Complex z) {
    return z.real() == 0.0 || z.imag() == 0.0;
}

// matrix = diagonal * rotation * before, where the rotation has the same real factor on both sides
// of its diagonal, or nothing but ones beside it: these take half the products of a general matrix.
struct Split {
    Matrix2 rotation;
    Matrix2 diagonal;
    Matrix2 before{1, 0, 0, 1};
};

// With `both`, the rotation is real, or imaginary, beside its diagonal, which halves the products
// again, and there may be a diagonal before it: the Z, Y and Z rotations of Euler's angles. The
// matrix is unitary.
Split split_matrix(const Matrix2& m, bool both) {
    // Below this the phase of an element is rounding.
    constexpr double kNothing = 1e-14;
    const double keep = std::abs(m[0]);
    const double swap = std::abs(m[2]);
    if (keep < kNothing) return {{0, 1, 1, 0}, {m[1], 0, 0, m[2]}};
    const Complex first = m[0] / keep;
    const Complex second = m[3] / std::abs(m[3]);
    const double same = std::sqrt(keep * std::abs(m[3]));
    const Matrix2 rotation{same, m[1] / first, m[2] / second, same};
    if (!both || swap < kNothing || (is_pure(rotation[1]) && is_pure(rotation[2]))) {
        return {rotation, {first, 0, 0, second}};
    }
    // m = diag(f, g) [[c, -s], [s, c]] diag(1, h) has the elements f c, -f s h, g s and g c h: g
    // comes from a number that may be small, and h makes up for its rounding where it matters.
    const Complex after_swap = m[2] / swap;
    const Complex before = second * std::conj(after_swap);
    return {{same, -swap, swap, same}, {first, 0, 0, after_swap}, {1, 0, 0, before}};
}

bool is_identity(const Matrix2& diagonal) {
    return diagonal[0] == Complex{1.0} && diagonal[3] == Complex{1.0};
}

}  // namespace

std::vector<Step> merge_one_qubit_steps(std::vector<Step> steps, int qubits, bool split) {
    std::vector<Step> merged;
    merged.reserve(steps.size());
    std::vector<std::optional<Matrix2>> waiting(static_cast<std::size_t>(qubits));
    const bool both_sides = qubits >= kBothSidesQubits;
    // Qubits where a further diagonal becomes part of one that is there.
    std::uint64_t after_diagonal = 0;
    const auto add = [&](Step&& step) {
        const std::uint64_t changed = flipped(step);
        if (std::holds_alternative<DiagonalStep>(step)) after_diagonal |= support(step);
        after_diagonal &= ~changed;
        merged.push_back(std::move(step));
    };
    // A diagonal may go on waiting where what follows commutes with it.
    const auto release = [&](int qubit, bool diagonal_too) {
        auto& matrix = waiting[static_cast<std::size_t>(qubit)];
        if (!matrix) return;
        Matrix2 diagonal = *matrix;
        if (!is_diagonal(diagonal)) {
            if (!split) {
                add(one_target_step(diagonal, qubit, {}));
                return matrix.reset();
            }
            const Split parts =
                split_matrix(diagonal, both_sides && (after_diagonal & bit(qubit)) != 0);
            if (!is_identity(parts.before)) add(one_target_step(parts.before, qubit, {}));
            add(one_target_step(parts.rotation, qubit, {}));
            diagonal = parts.diagonal;
        }
        if (is_identity(diagonal)) {
            matrix.reset();
        } else if (diagonal_too) {
            add(one_target_step(diagonal, qubit, {}));
            matrix.reset();
        } else {
            matrix = diagonal;
        }
    };
    for (Step& step : steps) {
        if (const auto single = one_qubit(step)) {
            auto& matrix = waiting[static_cast<std::size_t>(single->qubit)];
            matrix = matrix ? after(single->matrix, *matrix) : single->matrix;
            continue;
        }
        const std::uint64_t touched = support(step);
        const std::uint64_t changed = flipped(step);
        for (std::uint64_t rest = touched; rest != 0; rest &= rest - 1) {
            const int qubit = std::countr_zero(rest);
            release(qubit, (changed & bit(qubit)) != 0);
        }
        add(std::move(step));
    }
    for (int qubit = 0; qubit < qubits; ++qubit) release(qubit, true);
    return merged;
}

}  // namespace ionsim
