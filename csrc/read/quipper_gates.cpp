#include <algorithm>
#include <array>
#include <numbers>

#include "read/quipper_expander.h"

namespace ionsim::quipper {
namespace {

constexpr double kPi = std::numbers::pi;

struct KnownGate {
    std::string_view name;
    std::string_view gate;  // in the library of OpenQASM
    std::string_view inverse;
    std::size_t wires = 1;
};
constexpr std::array<KnownGate, 11> kGates = {{{"not", "x", "x"},
                                               {"X", "x", "x"},
                                               {"x", "x", "x"},
                                               {"Y", "y", "y"},
                                               {"Z", "z", "z"},
                                               {"H", "h", "h"},
                                               {"S", "s", "sdg"},
                                               {"T", "t", "tdg"},
                                               {"V", "sxdg", "sx"},
                                               {"swap", "swap", "swap", 2},
                                               {"iX", "x", "x"}}};

}  // namespace

const qasm::GateDefinition& Expander::gate(std::string_view name, std::size_t parameters) {
    return *qasm::library_gate(name, parameters);
}

void Expander::controlled(const GateDefinition& definition, std::span<const double> parameters,
                          std::span<const std::int32_t> targets, bool inverse) {
    for (const std::int32_t target : targets) {
        if (std::count(controls_.begin(), controls_.end(), target) > 0 ||
            std::count(targets.begin(), targets.end(), target) > 1) {
            throw Refusal{builder_.offset(), "a gate uses a wire twice", "different wires"};
        }
    }
    applier_.apply_controlled(controls_, negative_, definition, parameters, targets, inverse, 1);
}

void Expander::rotate(std::string_view name, std::int32_t target, double angle) {
    controlled(gate(name, 1), {&angle, 1}, {&target, 1});
}

std::size_t Expander::push_controls(Frame& frame, const Line& line) {
    const std::size_t before = controls_.size();
    for (const Control& control : line.controls) {
        const std::int32_t qubit = at(frame, control.wire).qubit;
        const auto found = std::find(controls_.begin(), controls_.end(), qubit);
        if (found != controls_.end()) {
            // The same condition twice is one; the two opposite ones never hold together.
            const auto place = static_cast<std::size_t>(found - controls_.begin());
            if ((negative_[place] != 0) == control.negative) continue;
            throw Refusal{line.offset, "a wire controls with both signs", "one of them",
                          "wire " + std::to_string(control.wire)};
        }
        controls_.push_back(qubit);
        negative_.push_back(control.negative ? 1 : 0);
    }
    return before;
}

void Expander::pop_controls(std::size_t before) {
    controls_.resize(before);
    negative_.resize(before);
}

std::vector<std::int32_t> Expander::targets(Frame& frame, const Line& line, bool classical) {
    std::vector<std::int32_t> found;
    for (const std::int64_t wire : line.wires) {
        const Place& place = at(frame, wire);
        if (place.classical != classical) {
            refuse_wire(classical ? "a classical gate on a quantum wire"
                                  : "a quantum gate on a classical wire",
                        wire, classical ? "a Cbit" : "a Qbit");
        }
        found.push_back(place.qubit);
    }
    return found;
}

void Expander::need_wires(const Line& line, std::size_t count) {
    if (line.wires.size() == count) return;
    throw Refusal{line.offset,
                  quoted(line.name) + " came with " + std::to_string(line.wires.size()) + " wires",
                  std::to_string(count) + (count == 1 ? " wire" : " wires")};
}

void Expander::apply_gate(Frame& frame, const Line& line, bool inverse) {
    if (line.name == "trace") return;
    const std::vector<std::int32_t> on = targets(frame, line, false);
    const std::span<const std::int32_t> all(on);
    if (line.name == "multinot") {
        for (std::size_t i = 0; i < on.size(); ++i) controlled(gate("x"), {}, all.subspan(i, 1));
        return;
    }
    if (line.name == "W") {
        need_wires(line, 2);
        const std::array<std::int32_t, 2> turned{on[1], on[0]};
        applier_.apply(gate("cx"), {}, all);
        controlled(gate("ch"), {}, turned);
        applier_.apply(gate("cx"), {}, all);
        return;
    }
    for (const KnownGate& each : kGates) {
        if (each.name != line.name) continue;
        need_wires(line, each.wires);
        controlled(gate(inverse ? each.inverse : each.gate), {}, all);
        if (each.name == "iX") phase(inverse ? -0.5 * kPi : 0.5 * kPi);
        return;
    }
    need_wires(line, 1);
    if (line.name == "omega") {
        phase(inverse ? -0.25 * kPi : 0.25 * kPi);
    } else if (line.name == "YY") {
        rotate("rx", on[0], inverse ? 0.5 * kPi : -0.5 * kPi);
    } else if (line.name == "E") {
        // E = H S^3 omega^3
        if (inverse) controlled(gate("h"), {}, all);
        controlled(gate(inverse ? "s" : "sdg"), {}, all);
        if (!inverse) controlled(gate("h"), {}, all);
        phase(inverse ? -0.75 * kPi : 0.75 * kPi);
    } else {
        throw Refusal{line.offset, "no gate of this name is known",
                      "not X Y Z H S T V E W YY iX omega swap multinot", quoted(line.name),
                      kUnsupportedGate};
    }
}

void Expander::apply_rotation(Frame& frame, const Line& line, bool inverse) {
    const std::vector<std::int32_t> on = targets(frame, line, false);
    need_wires(line, 1);
    const double t = line.number;
    const double sign = inverse ? -1.0 : 1.0;
    if (line.name == "exp(-i%Z)") {
        rotate("rz", on[0], sign * 2.0 * t);
    } else if (line.name == "R(2pi/%)") {
        if (t == 0.0) throw Refusal{line.offset, "R(2pi/%) of 0", "another number"};
        rotate("p", on[0], sign * 2.0 * kPi / t);
    } else if (line.name == "Rz(%)") {
        rotate("rz", on[0], sign * t);
    } else if (line.name == "T(%)") {
        rotate("p", on[0], -sign * t);
    } else if (line.name == "exp(% pi i)") {
        phase(sign * kPi * t);
    } else if (line.name == "G(%)") {
        phase(-sign * t);
    } else {
        throw Refusal{line.offset, "no rotation of this name is known",
                      "exp(-i%Z), R(2pi/%), Rz(%), T(%), exp(% pi i), G(%)", quoted(line.name),
                      kUnsupportedGate};
    }
}

void Expander::add_function(const Line& line, std::int32_t out, std::span<const std::int32_t> in) {
    const auto flip_if = [&](std::span<const std::int32_t> conditions, bool negative) {
        const std::vector<std::uint8_t> signs(conditions.size(), negative ? 1 : 0);
        applier_.apply_controlled(conditions, signs, gate("x"), {}, {&out, 1}, false, 1);
    };
    const auto each_input = [&] {
        for (std::size_t i = 0; i < in.size(); ++i) flip_if(in.subspan(i, 1), false);
    };
    if (line.name == "not" && in.size() == 1) {
        flip_if(in, true);
    } else if (line.name == "xor") {
        each_input();
    } else if (line.name == "eq" && in.size() == 2) {
        flip(out);
        each_input();
    } else if (line.name == "and") {
        flip_if(in, false);
    } else if (line.name == "or") {
        flip(out);
        flip_if(in, true);
    } else if (line.name == "if" && in.size() == 3) {
        const std::array<std::int32_t, 2> then{in[0], in[1]};
        const std::array<std::int32_t, 2> otherwise{in[0], in[2]};
        const std::array<std::uint8_t, 2> signs{1, 0};
        flip_if(then, false);
        applier_.apply_controlled(otherwise, signs, gate("x"), {}, {&out, 1}, false, 1);
    } else {
        throw Refusal{line.offset, "no classical gate of this name and number of wires is known",
                      "not, and, or, xor, eq, if", quoted(line.name), kUnsupportedGate};
    }
}

void Expander::apply_classical_gate(Frame& frame, const Line& line, bool inverse) {
    if (line.wires.size() < 2) need_wires(line, 2);
    Line inputs = line;
    inputs.wires.erase(inputs.wires.begin());
    const std::vector<std::int32_t> in = targets(frame, inputs, true);
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (std::count(in.begin(), in.end(), in[i]) > 1) {
            throw Refusal{line.offset, "a gate uses a wire twice", "different wires"};
        }
    }
    if (inverse) {
        const Place out = leave(frame, line.wires[0]);
        add_function(line, out.qubit, in);
        release(out.qubit, false, line);
    } else {
        const std::int32_t out = allocate(-1, false);
        add_function(line, out, in);
        enter(frame, {line.wires[0], true}, out);
    }
}

void Expander::no_inverse(const Line& line, bool inverse) {
    if (!inverse) return;
    throw Refusal{line.offset, "a subroutine that measures or discards has no inverse",
                  "reversible gates"};
}

void Expander::one_wire(const Line& line) {
    if (line.wires.size() != 1) throw Refusal{line.offset, "one wire is needed", "(w)"};
}

}  // namespace ionsim::quipper
