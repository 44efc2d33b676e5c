#include "compile/site_gates.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

namespace ionsim {
namespace {

constexpr double kSame = 1e-9;

using Vector4 = std::array<Complex, 4>;
using Matrix4 = std::array<Vector4, 4>;  // rows

// The amplitudes of the two qubits of a gate; bit 0 of an index is the first one.
class SmallState {
  public:
    SmallState(int first, int second, std::size_t basis) : first_(first), second_(second) {
        values[basis] = 1.0;
    }

    void operator()(const DiagonalStep& step) {
        for (std::size_t j = 0; j < 4; ++j) {
            if (holds(step.control, j)) values[j] *= step.factors[pattern(step.selectors, j)];
        }
    }
    void operator()(const PairStep& step) {
        const Vector4 old = values;
        for (std::size_t j = 0; j < 4; ++j) {
            if (!holds(step.control, j)) continue;
            const std::size_t p = pattern(step.selectors, j);
            values[j] = step.keep[p] * old[j] + step.swap[p] * old[place(index(j) ^ step.flip)];
        }
    }
    void operator()(const DenseStep& step) {
        const Vector4 old = values;
        const std::size_t n = std::size_t{1} << step.qubits.size();
        const auto number = [&](std::uint64_t at) {
            std::size_t result = 0;
            for (std::size_t k = 0; k < step.qubits.size(); ++k) {
                result |= static_cast<std::size_t>(at >> step.qubits[k] & 1) << k;
            }
            return result;
        };
        std::uint64_t own = 0;
        for (const int qubit : step.qubits) own |= bit(qubit);
        for (std::size_t j = 0; j < 4; ++j) {
            if (!holds(step.control, j)) continue;
            values[j] = 0.0;
            for (std::size_t k = 0; k < 4; ++k) {
                if (((index(j) ^ index(k)) & ~own) != 0) continue;
                values[j] += step.matrix[number(index(j)) * n + number(index(k))] * old[k];
            }
        }
    }
    void operator()(const PauliSumStep&) {}  // more than two qubits

    Vector4 values{};

  private:
    std::uint64_t index(std::size_t j) const {
        const std::uint64_t low = (j & 1) != 0 ? bit(first_) : 0;
        return low | ((j & 2) != 0 ? bit(second_) : 0);
    }
    std::size_t place(std::uint64_t at) const {
        return (at >> first_ & 1) | (at >> second_ & 1) << 1;
    }
    bool holds(const Control& control, std::size_t j) const {
        return (index(j) & control.mask) == control.value;
    }
    template <class Masks>
    std::size_t pattern(const Masks& selectors, std::size_t j) const {
        std::size_t result = 0;
        for (std::size_t k = 0; k < selectors.size(); ++k) {
            result |= static_cast<std::size_t>(parity(index(j) & selectors[k])) << k;
        }
        return result;
    }

    int first_;
    int second_;
};

// The part that goes with a Pauli matrix (0 for the identity) on one side, on the other side.
Matrix2 part_of(const Matrix4& matrix, int side, int pauli) {
    const Complex i{0.0, 1.0};
    const std::array<Matrix2, 4> paulis{Matrix2{1, 0, 0, 1}, Matrix2{0, 1, 1, 0},
                                        Matrix2{0, -i, i, 0}, Matrix2{1, 0, 0, -1}};
    const Matrix2& p = paulis[static_cast<std::size_t>(pauli)];
    Matrix2 result{};
    const auto at = [&](std::size_t own, std::size_t other) {
        return side == 0 ? own | other << 1 : own << 1 | other;
    };
    for (std::size_t r = 0; r < 2; ++r) {
        for (std::size_t c = 0; c < 2; ++c) {
            for (std::size_t a = 0; a < 2; ++a) {
                for (std::size_t b = 0; b < 2; ++b) {
                    result[2 * r + c] += 0.5 * p[2 * b + a] * matrix[at(a, r)][at(b, c)];
                }
            }
        }
    }
    return result;
}

// a . conj(b), real part
double overlap(const Matrix2& a, const Matrix2& b) {
    double sum = 0.0;
    for (std::size_t k = 0; k < 4; ++k) sum += (a[k] * std::conj(b[k])).real();
    return sum;
}

Matrix2 mixed(const Matrix2& a, double factor, const Matrix2& b) {
    Matrix2 result = a;
    for (std::size_t k = 0; k < 4; ++k) result[k] += factor * b[k];
    return result;
}

GateSide side_of(const Matrix4& matrix, int side) {
    GateSide result;
    std::array<Matrix2, 3> parts{};
    std::size_t largest = 0;
    for (std::size_t k = 0; k < 3; ++k) {
        parts[k] = part_of(matrix, side, static_cast<int>(k) + 1);
        if (overlap(parts[k], parts[k]) > overlap(parts[largest], parts[largest])) largest = k;
    }
    const Matrix2 identity = part_of(matrix, side, 0);
    const double size = std::sqrt(overlap(parts[largest], parts[largest]));
    Matrix2 along{};
    result.axis = {0.0, 0.0, 1.0};
    if (size > kSame) {
        // All parts are real multiples of one matrix, the components of the axis.
        double norm = 0.0;
        for (std::size_t k = 0; k < 3; ++k) {
            result.axis[k] = overlap(parts[k], parts[largest]) / (size * size);
            norm += result.axis[k] * result.axis[k];
        }
        for (double& each : result.axis) each /= std::sqrt(norm);
        for (std::size_t k = 0; k < 3; ++k) along = mixed(along, result.axis[k], parts[k]);
    }
    double rest = 0.0;
    for (std::size_t k = 0; k < 3; ++k) {
        const Matrix2 off = mixed(parts[k], -result.axis[k], along);
        rest += overlap(off, off);
    }
    result.splits = std::sqrt(rest) < 1e-11;
    result.branches = {mixed(identity, 1.0, along), mixed(identity, -1.0, along)};
    return result;
}

}  // namespace

std::vector<SiteGate> site_gates(const NoisySteps& noisy) {
    std::vector<SiteGate> gates;
    std::uint32_t begin = 0;
    for (const NoiseSite& site : noisy.sites) {
        SiteGate gate{site.first, site.second, begin, site.steps, {}, {}};
        begin = site.steps;
        const bool pair = site.second >= 0;
        Matrix4 matrix{};
        for (std::size_t column = 0; column < (pair ? 4U : 2U); ++column) {
            // The place of a second qubit that is not there never differs.
            SmallState state(site.first, pair ? site.second : 63, column);
            for (std::uint32_t k = gate.begin; k < gate.end; ++k) std::visit(state, noisy.steps[k]);
            for (std::size_t row = 0; row < 4; ++row) matrix[row][column] = state.values[row];
        }
        gate.matrix = {matrix[0][0], matrix[0][1], matrix[1][0], matrix[1][1]};
        if (pair) gate.sides = {side_of(matrix, 0), side_of(matrix, 1)};
        gates.push_back(gate);
    }
    return gates;
}

Step placed(const Step& step, const SiteGate& gate, int first, int second) {
    const auto moved = [&](std::uint64_t mask) {
        std::uint64_t result = (mask & bit(gate.first)) != 0 ? bit(first) : 0;
        if (gate.second >= 0 && (mask & bit(gate.second)) != 0) result |= bit(second);
        return result;
    };
    Step result = step;
    std::visit(
        [&](auto& own) {
            using Shape = std::decay_t<decltype(own)>;
            own.control = {moved(own.control.mask), moved(own.control.value)};
            if constexpr (std::is_same_v<Shape, DenseStep>) {
                for (int& qubit : own.qubits) qubit = qubit == gate.first ? first : second;
            } else if constexpr (!std::is_same_v<Shape, PauliSumStep>) {
                for (std::uint64_t& selector : own.selectors) selector = moved(selector);
                if constexpr (std::is_same_v<Shape, PairStep>) own.flip = moved(own.flip);
            }
        },
        result);
    return result;
}

double dot(const Axis& a, const Axis& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

bool parallel(const Axis& a, const Axis& b) {
    const Axis cross{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                     a[0] * b[1] - a[1] * b[0]};
    return dot(cross, cross) < kSame * kSame;
}

Axis axis_of(const Spinor& state) {
    const Complex flip = std::conj(state[0]) * state[1];
    return {2.0 * flip.real(), 2.0 * flip.imag(), std::norm(state[0]) - std::norm(state[1])};
}

Spinor spinor_along(const Axis& axis) {
    // The larger component is the one to divide by.
    const double larger = std::sqrt(0.5 * (1.0 + std::abs(axis[2])));
    const Complex smaller = Complex{axis[0], axis[1]} / (2.0 * larger);
    if (axis[2] < 0.0) return {std::conj(smaller), Complex{larger}};
    return {Complex{larger}, smaller};
}

Matrix2 adjoint(const Matrix2& matrix) {
    return {std::conj(matrix[0]), std::conj(matrix[2]), std::conj(matrix[1]), std::conj(matrix[3])};
}

Spinor turned(const Matrix2& matrix, const Spinor& state) {
    return {matrix[0] * state[0] + matrix[1] * state[1],
            matrix[2] * state[0] + matrix[3] * state[1]};
}

}  // namespace ionsim
