#include <algorithm>
#include <cmath>

#include "base/trig.h"
#include "gates/gate.h"

namespace ionsim {
namespace {

using Params = std::span<const double>;

constexpr Complex kI{0.0, 1.0};
constexpr double kHalfSqrt = 0x1.6a09e667f3bcdp-1;  // 1 / sqrt(2)

GateMatrix one(Complex m00, Complex m01, Complex m10, Complex m11) {
    return {1, {m00, m01, m10, m11}};
}

// e^{i angle}
Complex unit_radians(double angle_radians) {
    const auto [sine, cosine] = sincos_radians(angle_radians);
    return {cosine, sine};
}
Complex unit_turns(double angle_turns) {
    const auto [sine, cosine] = sincos_turns(angle_turns);
    return {cosine, sine};
}

GateMatrix pauli_x(Params) {
    return one(0, 1, 1, 0);
}
GateMatrix pauli_y(Params) {
    return one(0, -kI, kI, 0);
}
// With a rotation, z is the phase gate diag(1, e^{i rotation}).
GateMatrix pauli_z(Params p) {
    return one(1, 0, 0, p.empty() ? Complex{-1.0} : unit_radians(p[0]));
}
GateMatrix hadamard(Params) {
    return one(kHalfSqrt, kHalfSqrt, kHalfSqrt, -kHalfSqrt);
}
GateMatrix phase_s(Params) {
    return one(1, 0, 0, kI);
}
GateMatrix phase_si(Params) {
    return one(1, 0, 0, -kI);
}
GateMatrix phase_t(Params) {
    return one(1, 0, 0, {kHalfSqrt, kHalfSqrt});
}
GateMatrix phase_ti(Params) {
    return one(1, 0, 0, {kHalfSqrt, -kHalfSqrt});
}
GateMatrix root_v(Params) {
    return one({0.5, 0.5}, {0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5});
}
GateMatrix root_vi(Params) {
    return one({0.5, -0.5}, {0.5, 0.5}, {0.5, 0.5}, {0.5, -0.5});
}

GateMatrix rotation_x(Params p) {
    const auto [sine, cosine] = sincos_radians(0.5 * p[0]);
    return one(cosine, {0.0, -sine}, {0.0, -sine}, cosine);
}
GateMatrix rotation_y(Params p) {
    const auto [sine, cosine] = sincos_radians(0.5 * p[0]);
    return one(cosine, -sine, sine, cosine);
}
GateMatrix rotation_z(Params p) {
    const Complex phase = unit_radians(0.5 * p[0]);
    return one(std::conj(phase), 0, 0, phase);
}

// cos I - i sin P x Q for anti-diagonal P x Q with elements `flip[row]` in column row XOR 3.
GateMatrix flip_both(SinCos angle, const std::array<Complex, 4>& flip) {
    GateMatrix matrix{2, {}};
    for (int row = 0; row < 4; ++row) {
        matrix(row, row) = angle.cos;
        const Complex element = flip[static_cast<std::size_t>(row)];
        // -i sin * element without a complex product, so that real and imaginary factors stay so.
        matrix(row, row ^ 3) = {angle.sin * element.imag(), -angle.sin * element.real()};
    }
    return matrix;
}

GateMatrix rotation_xx(Params p) {
    return flip_both(sincos_radians(0.5 * p[0]), {1, 1, 1, 1});
}
GateMatrix rotation_yy(Params p) {
    return flip_both(sincos_radians(0.5 * p[0]), {-1, 1, 1, -1});
}

GateMatrix diagonal_zz(Complex even, Complex odd) {
    GateMatrix matrix{2, {}};
    for (int row = 0; row < 4; ++row) matrix(row, row) = (row == 0 || row == 3) ? even : odd;
    return matrix;
}
GateMatrix rotation_zz(Params p) {
    const Complex phase = unit_radians(0.5 * p[0]);
    return diagonal_zz(std::conj(phase), phase);
}
GateMatrix swap_gate(Params) {
    GateMatrix matrix{2, {}};
    matrix(0, 0) = matrix(1, 2) = matrix(2, 1) = matrix(3, 3) = 1;
    return matrix;
}

GateMatrix native_gpi(Params p) {
    const Complex phase = unit_turns(p[0]);
    return one(0, std::conj(phase), phase, 0);
}
GateMatrix native_gpi2(Params p) {
    const Complex phase = unit_turns(p[0]);
    const Complex lower = kHalfSqrt * Complex{phase.imag(), -phase.real()};  // -i e^{2 pi i f}
    return one(kHalfSqrt, {-lower.real(), lower.imag()}, lower, kHalfSqrt);
}
// phases f0 (target 0), f1 (target 1), then the angle.
GateMatrix native_ms(Params p) {
    // Whole turns are taken off first, exactly, so that large phases lose nothing in the sum.
    const double first = p[0] - std::nearbyint(p[0]);
    const double second = p[1] - std::nearbyint(p[1]);
    const Complex sum = unit_turns(first + second);
    const Complex difference = unit_turns(first - second);
    // GPI(f) maps |0> to e^{2 pi i f}|1> and |1> to e^{-2 pi i f}|0>.
    return flip_both(sincos_turns(0.5 * p[2]),
                     {std::conj(sum), difference, std::conj(difference), sum});
}
GateMatrix native_zz(Params p) {
    const Complex phase = unit_turns(0.5 * p[0]);
    return diagonal_zz(std::conj(phase), phase);
}

constexpr unsigned kDiagonal = 0b0001;
constexpr unsigned kAntiDiagonal = 0b0010;
constexpr unsigned kDense = 0b0011;
constexpr unsigned kFlipBoth = 0b1001;

constexpr GateParameter kNone{};
constexpr GateParameter kRotation{"rotation", "radians"};
constexpr GateParameter kPhase{"phase", "turns"};

GateInfo plain(std::string_view name, unsigned offsets, GateMatrix (*matrix)(Params),
               std::string_view formula, std::string_view summary) {
    return {name, GateSet::kQis, 1,      0,       kMaxControls, {kNone, kNone},
            0,    offsets,       matrix, formula, summary};
}
GateInfo rotated(std::string_view name, int targets, unsigned offsets, GateMatrix (*matrix)(Params),
                 std::string_view formula, std::string_view summary) {
    return {name, GateSet::kQis, targets, 0,       kMaxControls, {kRotation, kNone},
            1,    offsets,       matrix,  formula, summary};
}
GateInfo native(std::string_view name, int targets, GateParameter first, GateParameter second,
                int fields, unsigned offsets, GateMatrix (*matrix)(Params),
                std::string_view formula, std::string_view summary) {
    return {name,   GateSet::kNative, targets, 0,       0,      {first, second},
            fields, offsets,          matrix,  formula, summary};
}

const std::array kTable = {
    plain("x", kAntiDiagonal, pauli_x, "[[0, 1], [1, 0]]", "Pauli X"),
    plain("not", kAntiDiagonal, pauli_x, "[[0, 1], [1, 0]]", "another name of x"),
    GateInfo{"cnot",
             GateSet::kQis,
             1,
             1,
             kMaxControls,
             {kNone, kNone},
             0,
             kAntiDiagonal,
             pauli_x,
             "[[0, 1], [1, 0]]",
             "x with one or more controls"},
    plain("y", kAntiDiagonal, pauli_y, "[[0, -i], [i, 0]]", "Pauli Y"),
    GateInfo{"z",
             GateSet::kQis,
             1,
             0,
             kMaxControls,
             {GateParameter{"rotation", "radians", 1, true}, kNone},
             1,
             kDiagonal,
             pauli_z,
             "diag(1, -1); with a rotation diag(1, e^{i rotation})",
             "Pauli Z; with a rotation the phase gate"},
    plain("h", kDense, hadamard, "[[1, 1], [1, -1]] / sqrt(2)", "Hadamard"),
    plain("s", kDiagonal, phase_s, "diag(1, i)", "square root of z"),
    plain("si", kDiagonal, phase_si, "diag(1, -i)", "inverse of s"),
    plain("t", kDiagonal, phase_t, "diag(1, e^{i pi/4})", "fourth root of z"),
    plain("ti", kDiagonal, phase_ti, "diag(1, e^{-i pi/4})", "inverse of t"),
    plain("v", kDense, root_v, "[[1+i, 1-i], [1-i, 1+i]] / 2", "square root of x, v v = x exactly"),
    plain("vi", kDense, root_vi, "[[1-i, 1+i], [1+i, 1-i]] / 2", "inverse of v"),
    rotated("rx", 1, kDense, rotation_x, "exp(-i rotation X / 2)", "rotation about X"),
    rotated("ry", 1, kDense, rotation_y, "exp(-i rotation Y / 2)", "rotation about Y"),
    rotated("rz", 1, kDiagonal, rotation_z, "exp(-i rotation Z / 2)", "rotation about Z"),
    GateInfo{"swap",
             GateSet::kQis,
             2,
             0,
             kMaxControls,
             {kNone, kNone},
             0,
             kFlipBoth,
             swap_gate,
             "|ab> -> |ba>",
             "exchanges the two targets"},
    rotated("xx", 2, kFlipBoth, rotation_xx, "exp(-i rotation X x X / 2)", "Ising XX rotation"),
    rotated("yy", 2, kFlipBoth, rotation_yy, "exp(-i rotation Y x Y / 2)", "Ising YY rotation"),
    rotated("zz", 2, kDiagonal, rotation_zz, "exp(-i rotation Z x Z / 2)", "Ising ZZ rotation"),
    GateInfo{"pauliexp",
             GateSet::kQis,
             0,
             0,
             kMaxControls,
             {kNone, kNone},
             0,
             0,
             nullptr,
             "exp(-i time sum_j coefficients[j] terms[j])",
             "exponential of a sum of Pauli strings; the leftmost letter acts on the last target"},
    native("gpi", 1, kPhase, kNone, 1, kAntiDiagonal, native_gpi,
           "[[0, e^{-2 pi i phase}], [e^{2 pi i phase}, 0]]",
           "half turn about an axis in the XY plane"),
    native("gpi2", 1, kPhase, kNone, 1, kDense, native_gpi2,
           "[[1, -i e^{-2 pi i phase}], [-i e^{2 pi i phase}, 1]] / sqrt(2)",
           "quarter turn about an axis in the XY plane"),
    native("ms", 2, GateParameter{"phases", "turns", 2},
           GateParameter{"angle", "turns", 1, true, 0.25}, 2, kFlipBoth, native_ms,
           "cos(pi angle) I - i sin(pi angle) GPI(phases[0]) x GPI(phases[1])",
           "Molmer-Sorensen gate; angle 0.25 entangles fully"),
    native("zz", 2, GateParameter{"angle", "turns", 1, true, 0.25, "phase"}, kNone, 1, kDiagonal,
           native_zz, "exp(-i pi angle Z x Z)", "native ZZ; angle 0.25 entangles fully"),
    GateInfo{"nop",
             GateSet::kNative,
             0,
             0,
             0,
             {kNone, kNone},
             0,
             kDiagonal,
             nullptr,
             "I",
             "does nothing, without noise"},
};

}  // namespace

std::span<const GateInfo> gate_table() {
    return kTable;
}

std::optional<GateSet> find_gate_set(std::string_view name) {
    for (const GateSet set : {GateSet::kQis, GateSet::kNative}) {
        if (gate_set_name(set) == name) return set;
    }
    return std::nullopt;
}

const GateInfo* find_gate(GateSet set, std::string_view name) {
    const auto found = std::find_if(kTable.begin(), kTable.end(), [&](const GateInfo& row) {
        return row.set == set && row.name == name;
    });
    return found == kTable.end() ? nullptr : &*found;
}

std::uint8_t gate_code(const GateInfo& info) {
    return static_cast<std::uint8_t>(&info - kTable.data());
}

}  // namespace ionsim
