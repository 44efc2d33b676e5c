#include "read/gate_applier.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "read/qasm_functions.h"
#include "read/text_problem.h"

namespace ionsim {
namespace {

using qasm::GateCall;
using qasm::GateDefinition;

constexpr double kPi = std::numbers::pi;

std::uint8_t code_of(std::string_view name) {
    return gate_code(*find_gate(GateSet::kQis, name));
}

// The gate that undoes the gate, and its numbers.
std::uint8_t inverse_of(std::uint8_t code, std::vector<double>& numbers) {
    const GateInfo& info = gate_table()[code];
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPairs = {
        {{"s", "si"}, {"si", "s"}, {"t", "ti"}, {"ti", "t"}, {"v", "vi"}, {"vi", "v"}}};
    if (info.set == GateSet::kQis) {
        for (const auto& [name, other] : kPairs) {
            if (info.name == name) return code_of(other);
        }
        for (double& each : numbers) each = -each;
        return code;
    }
    if (info.name == "gpi2") numbers[0] += 0.5;
    if (info.name == "ms") numbers[2] = -numbers[2];
    if (info.name == "zz") numbers[0] = -numbers[0];
    return code;
}

// The angle of the same direction in (-period/2, period/2].
double principal(double angle, double period) {
    const double rest = std::remainder(angle, period);
    return rest == -0.5 * period ? -rest : rest;
}

}  // namespace

void GateApplier::phase(double radians) {
    if (radians == 0.0) return;
    if (recorded_ != nullptr) {
        const Complex factor{std::cos(radians), std::sin(radians)};
        for (Complex& each : *recorded_) each *= factor;
        return;
    }
    if (controls_.empty()) return;
    // All but one stay controls.
    const std::int32_t target = controls_.back();
    controls_.pop_back();
    add_named("z", {&target, 1}, radians);
    controls_.push_back(target);
}

void GateApplier::add_named(std::string_view name, std::span<const std::int32_t> targets,
                            double parameter) {
    core(code_of(name), {}, targets, {&parameter, 1});
}

void GateApplier::flip(std::int32_t qubit) {
    builder_.gate(code_of("x"), {}, {&qubit, 1}, {});
}

void GateApplier::core(std::uint8_t code, std::span<const std::int32_t> controls,
                       std::span<const std::int32_t> targets, std::span<const double> parameters) {
    for (const double each : parameters) {
        if (!std::isfinite(each)) {
            throw Refusal{builder_.offset(), "an angle is not a finite number", "finite numbers"};
        }
    }
    if (recorded_ != nullptr) {
        const GateMatrix matrix = gate_table()[code].matrix(parameters);
        const Matrix old = *recorded_;
        for (std::size_t row = 0; row < 2; ++row) {
            for (std::size_t column = 0; column < 2; ++column) {
                (*recorded_)[2 * row + column] = matrix.elements[2 * row] * old[column] +
                                                 matrix.elements[2 * row + 1] * old[2 + column];
            }
        }
        return;
    }
    if (controls.size() + controls_.size() > kMaxControls) {
        throw Refusal{
            builder_.offset(),
            "a gate has " + std::to_string(controls.size() + controls_.size()) + " controls",
            "at most " + std::to_string(kMaxControls) + " controls",
            {},
            kTooManyControls};
    }
    if (controls_.empty()) {
        builder_.gate(code, controls, targets, parameters);
        return;
    }
    all_controls_.assign(controls_.begin(), controls_.end());
    all_controls_.insert(all_controls_.end(), controls.begin(), controls.end());
    builder_.gate(code, all_controls_, targets, parameters);
}

void GateApplier::apply(const GateDefinition& gate, std::span<const double> parameters,
                        std::span<const std::int32_t> qubits, bool inverse, double exponent) {
    if (exponent != 1.0) {
        if (exponent != std::nearbyint(exponent)) {
            apply_root(gate, parameters, qubits, inverse, exponent);
            return;
        }
        const double rounds = std::abs(exponent);
        const auto most = rounds < 1e18 ? static_cast<std::uint64_t>(rounds) : qasm::kEndless;
        // A gate that becomes no gates is not repeated endlessly.
        builder_.require(qasm::saturating_multiply(most, std::max<std::uint64_t>(gate.cost, 1)));
        for (std::uint64_t round = 0; round < most; ++round) {
            builder_.step();
            apply(gate, parameters, qubits, inverse != (exponent < 0.0));
        }
        return;
    }
    switch (gate.kind) {
        case GateDefinition::Kind::kCore:
            apply_core(gate, parameters, qubits, inverse);
            break;
        case GateDefinition::Kind::kEuler:
        case GateDefinition::Kind::kUnitary:
            apply_euler(gate, parameters, qubits[0], inverse);
            break;
        case GateDefinition::Kind::kPhase:
            phase(inverse ? -parameters[0] : parameters[0]);
            break;
        case GateDefinition::Kind::kBody:
            apply_body(gate, parameters, qubits, inverse);
            break;
    }
}

void GateApplier::apply_controlled(std::span<const std::int32_t> controls,
                                   std::span<const std::uint8_t> negative,
                                   const GateDefinition& gate, std::span<const double> parameters,
                                   std::span<const std::int32_t> qubits, bool inverse,
                                   double exponent) {
    for (std::size_t i = 0; i < controls.size(); ++i) {
        if (negative[i]) flip(controls[i]);
    }
    controls_.insert(controls_.end(), controls.begin(), controls.end());
    apply(gate, parameters, qubits, inverse, exponent);
    controls_.resize(controls_.size() - controls.size());
    for (std::size_t i = 0; i < controls.size(); ++i) {
        if (negative[i]) flip(controls[i]);
    }
}

void GateApplier::apply_core(const GateDefinition& gate, std::span<const double> parameters,
                             std::span<const std::int32_t> qubits, bool inverse) {
    const auto controls = qubits.first(gate.controls);
    const auto targets = qubits.subspan(gate.controls);
    const GateInfo& info = gate_table()[gate.code];
    const bool filled = info.set == GateSet::kNative && (info.name == "ms" || info.name == "zz");
    if (!inverse && !filled) {
        core(gate.code, controls, targets, parameters);
        return;
    }
    std::vector<double> numbers(parameters.begin(), parameters.end());
    if (filled && numbers.size() % 2 == 0) numbers.push_back(0.25);  // the angle that was left out
    const std::uint8_t code = inverse ? inverse_of(gate.code, numbers) : gate.code;
    core(code, controls, targets, numbers);
}

void GateApplier::apply_euler(const GateDefinition& gate, std::span<const double> parameters,
                              std::int32_t qubit, bool inverse) {
    double theta = parameters[0];
    double phi = parameters[1];
    double lambda = parameters[2];
    if (inverse) {
        std::swap(phi, lambda);
        theta = -theta;
        phi = -phi;
        lambda = -lambda;
    }
    const std::span<const std::int32_t> target(&qubit, 1);
    if (theta == 0.0) {
        // Between no turn, the two others are one.
        if (phi + lambda != 0.0) add_named("rz", target, phi + lambda);
    } else {
        if (lambda != 0.0) add_named("rz", target, lambda);
        add_named("ry", target, theta);
        if (phi != 0.0) add_named("rz", target, phi);
    }
    if (gate.kind == GateDefinition::Kind::kUnitary) phase(0.5 * (theta + phi + lambda));
}

void GateApplier::apply_body(const GateDefinition& gate, std::span<const double> parameters,
                             std::span<const std::int32_t> qubits, bool inverse) {
    if (!inverse) {
        for (const GateCall& call : gate.body) {
            apply_call(gate, call, parameters, qubits, false, 1.0);
        }
        return;
    }
    for (auto call = gate.body.rbegin(); call != gate.body.rend(); ++call) {
        apply_call(gate, *call, parameters, qubits, true, 1.0);
    }
}

void GateApplier::apply_call(const GateDefinition& gate, const GateCall& call,
                             std::span<const double> parameters,
                             std::span<const std::int32_t> qubits, bool inverse, double exponent) {
    constexpr std::size_t kFew = 8;
    std::array<double, kFew> few_values;
    std::array<std::int32_t, kFew> few_qubits;
    std::vector<double> many_values;
    std::vector<std::int32_t> many_qubits;
    std::span<double> values(few_values.data(), std::min(kFew, call.arguments.size()));
    std::span<std::int32_t> inner(few_qubits.data(), std::min(kFew, call.qubits.size()));
    if (call.arguments.size() > kFew) {
        many_values.resize(call.arguments.size());
        values = many_values;
    }
    if (call.qubits.size() > kFew) {
        many_qubits.resize(call.qubits.size());
        inner = many_qubits;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = qasm::real_value(*gate.tree, call.arguments[i], parameters, builder_.offset());
    }
    for (std::size_t i = 0; i < inner.size(); ++i) inner[i] = qubits[call.qubits[i]];
    if (call.exponent != qasm::kNone) {
        const double own =
            qasm::real_value(*gate.tree, call.exponent, parameters, builder_.offset());
        const bool whole = exponent == std::nearbyint(exponent);
        if (!whole && own != 1.0 && own != -1.0) refuse_power(gate);
        exponent *= own;
    }
    const std::size_t controls = call.negative.size();
    if (controls == 0) {
        apply(*call.gate, values, inner, call.inverse != inverse, exponent);
    } else {
        apply_controlled(inner.first(controls), call.negative, *call.gate, values,
                         inner.subspan(controls), call.inverse != inverse, exponent);
    }
}

void GateApplier::refuse_power(const GateDefinition& gate) const {
    throw Refusal{builder_.offset(), "a broken power of " + quoted(gate.name) + " is not supported",
                  "whole powers; broken ones of gates on one qubit, of two-qubit rotations, and of "
                  "controlled ones"};
}

// Each eigenvalue e^{i a} becomes e^{i k a}, with a in (-pi, pi].
void GateApplier::apply_root(const GateDefinition& gate, std::span<const double> parameters,
                             std::span<const std::int32_t> qubits, bool inverse, double exponent) {
    if (!std::isfinite(exponent)) refuse_power(gate);
    if (gate.kind == GateDefinition::Kind::kPhase) {
        phase(exponent * principal(inverse ? -parameters[0] : parameters[0], 2.0 * kPi));
        return;
    }
    const std::size_t own = gate.kind == GateDefinition::Kind::kCore ? gate.controls : 0;
    if (gate.qubits == own + 1) {
        Matrix product{1.0, 0.0, 0.0, 1.0};
        const GateDefinition* plain = &gate;
        GateDefinition uncontrolled;
        if (own > 0) {
            uncontrolled = gate;
            uncontrolled.controls = 0;
            plain = &uncontrolled;
        }
        Matrix* const outer = recorded_;
        recorded_ = &product;
        apply(*plain, parameters, qubits.subspan(own), inverse);
        recorded_ = outer;
        // U = e^{i a} (cos b - i sin b N) with N N = 1, so U^k = e^{i k a} (cos kb - i sin kb N).
        const Complex half_trace = 0.5 * (product[0] + product[3]);
        const Complex determinant = product[0] * product[3] - product[1] * product[2];
        const Complex root = std::sqrt(half_trace * half_trace - determinant);
        const double first = std::arg(half_trace + root);
        const double second = std::arg(half_trace - root);
        const Complex one = std::polar(1.0, exponent * first);
        const Complex two = std::polar(1.0, exponent * second);
        Matrix power{one, 0.0, 0.0, one};
        if (std::abs(root) > 1e-12) {
            // (U - second) / (first - second) projects on the first eigenvector.
            const Complex scale = (one - two) / (2.0 * root);
            const Complex other = half_trace - root;
            power = {two + scale * (product[0] - other), scale * product[1], scale * product[2],
                     two + scale * (product[3] - other)};
        }
        controls_.insert(controls_.end(), qubits.begin(),
                         qubits.begin() + static_cast<std::ptrdiff_t>(own));
        apply_matrix(power, qubits[own]);
        controls_.resize(controls_.size() - own);
    } else if (gate.kind == GateDefinition::Kind::kCore) {
        apply_two_target_root(gate, parameters, qubits, inverse, exponent);
    } else if (gate.body.size() == 1) {
        apply_call(gate, gate.body.front(), parameters, qubits, inverse, exponent);
    } else if (!gate.body.empty()) {
        refuse_power(gate);
    }
}

void GateApplier::apply_matrix(const Matrix& matrix, std::int32_t qubit) {
    const double theta = 2.0 * std::atan2(std::abs(matrix[2]), std::abs(matrix[0]));
    // [[c, -e^{il} s], [e^{ip} s, e^{i(p+l)} c]] e^{ia}
    constexpr double kSmall = 1e-14;
    double alpha = 0.0;
    double phi = 0.0;
    double lambda = 0.0;
    if (std::abs(matrix[0]) > kSmall) {
        alpha = std::arg(matrix[0]);
        phi = std::abs(matrix[2]) > kSmall ? std::arg(matrix[2]) - alpha : 0.0;
        lambda = std::arg(matrix[3]) - alpha - phi;
    } else {
        alpha = std::arg(-matrix[1]);
        phi = std::arg(matrix[2]) - alpha;
    }
    GateDefinition gate;
    gate.kind = GateDefinition::Kind::kEuler;
    const std::array<double, 3> angles{theta, phi, lambda};
    apply_euler(gate, angles, qubit, false);
    phase(alpha + 0.5 * (phi + lambda));
}

void GateApplier::apply_two_target_root(const GateDefinition& gate,
                                        std::span<const double> parameters,
                                        std::span<const std::int32_t> qubits, bool inverse,
                                        double exponent) {
    const GateInfo& info = gate_table()[gate.code];
    if (info.is_identity()) return;
    if (info.name == "swap") {
        // swap^k = e^{i pi k / 4} exp(-i pi k / 4 (XX + YY + ZZ))
        const auto own = static_cast<std::ptrdiff_t>(gate.controls);
        controls_.insert(controls_.end(), qubits.begin(), qubits.begin() + own);
        for (const std::string_view name : {"xx", "yy", "zz"}) {
            add_named(name, qubits.subspan(gate.controls), 0.5 * kPi * exponent);
        }
        phase(0.25 * kPi * exponent);
        controls_.resize(controls_.size() - gate.controls);
        return;
    }
    // The others are exp(-i angle P / 2) or, in turns, exp(-i pi angle P); the angle comes last.
    std::vector<double> numbers(parameters.begin(), parameters.end());
    const bool native = info.set == GateSet::kNative;
    if (native && numbers.size() % 2 == 0) numbers.push_back(0.25);
    if (numbers.empty()) refuse_power(gate);
    const double angle = inverse ? -numbers.back() : numbers.back();
    numbers.back() = exponent * principal(angle, native ? 2.0 : 4.0 * kPi);
    core(gate.code, qubits.first(gate.controls), qubits.subspan(gate.controls), numbers);
}

}  // namespace ionsim
