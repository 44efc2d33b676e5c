#include "read/quipper_expander.h"

#include <algorithm>
#include <numbers>

namespace ionsim::quipper {
namespace {

using qasm::saturating_add;
using qasm::saturating_multiply;

constexpr double kPi = std::numbers::pi;
constexpr int kMostDeep = 200;  // subroutines within subroutines
constexpr std::int64_t kMostBits = 10'000;

}  // namespace

Expander::Expander(const std::vector<Circuit>& circuits, FlowBuilder& builder)
    : circuits_(circuits), builder_(builder), applier_(builder), costs_(circuits.size()) {
    for (std::size_t place = 1; place < circuits.size(); ++place) {
        const Circuit& each = circuits[place];
        if (!by_name_.emplace(std::pair(each.name, each.shape), place).second) {
            throw Refusal{each.offset, "a subroutine of this name and shape came already",
                          "one of each name and shape"};
        }
    }
}

void Expander::run() {
    const Circuit& main = circuits_.front();
    builder_.require(cost_of(0, 0));
    Frame frame;
    for (const Wire& wire : main.inputs) enter(frame, wire, allocate(wire.number, 0));
    carry_out(main, frame, false, true);
    finish(main, frame);
}

std::size_t Expander::find(const Line& call) const {
    const auto found = by_name_.find(std::pair(call.name, call.shape));
    if (found != by_name_.end()) return found->second;
    throw Refusal{call.offset, "no subroutine of this name and shape", "a defined subroutine",
                  quoted(call.name) + ", shape " + quoted(call.shape)};
}

std::uint64_t Expander::cost_of(std::size_t place, int depth) {
    Cost& cost = costs_[place];
    if (cost.state == Cost::State::kKnown) return cost.gates;
    const Circuit& circuit = circuits_[place];
    if (cost.state == Cost::State::kCounting || depth > kMostDeep) {
        throw Refusal{circuit.offset, "subroutines call each other in a circle, or too deeply",
                      "at most " + std::to_string(kMostDeep) + " levels"};
    }
    cost.state = Cost::State::kCounting;
    std::uint64_t sum = 1;
    for (const Line& line : circuit.lines) {
        std::uint64_t own = std::max<std::uint64_t>(line.wires.size(), 1);
        if (line.kind == LineKind::kCall) {
            own = saturating_multiply(line.repeat, cost_of(find(line), depth + 1));
        }
        for (const Control& control : line.controls) own += control.negative ? 2 : 0;
        sum = saturating_add(sum, own);
    }
    cost.state = Cost::State::kKnown;
    cost.gates = sum;
    return sum;
}

std::int32_t Expander::allocate(std::int64_t preferred, bool value) {
    std::int64_t qubit = -1;
    if (preferred >= 0) {
        if (preferred >= builder_.qubits()) {
            const std::int64_t first = builder_.qubits();
            builder_.add_qubits({}, preferred + 1 - first);
            for (std::int64_t each = first; each <= preferred; ++each) free_.insert(each);
        }
        if (free_.contains(preferred)) qubit = preferred;
    }
    if (qubit < 0 && free_.empty()) free_.insert(builder_.add_qubits({}, 1));
    if (qubit < 0) qubit = *free_.begin();
    free_.erase(qubit);
    const auto known = ended_.find(static_cast<std::int32_t>(qubit));
    const bool before = known != ended_.end() && known->second.value;
    if (known != ended_.end()) ended_.erase(known);
    if (before != value) flip(static_cast<std::int32_t>(qubit));
    return static_cast<std::int32_t>(qubit);
}

void Expander::release(std::int32_t qubit, bool value, const Line& line) {
    ended_[qubit] = {value, line.offset, line.asserted};
    free_.insert(qubit);
}

void Expander::enter(Frame& frame, const Wire& wire, std::int32_t qubit) {
    if (!frame.emplace(wire.number, Place{qubit, wire.classical}).second) {
        refuse_wire("a wire is given twice", wire.number, "a wire that is not in use");
    }
}

void Expander::refuse_wire(std::string message, std::int64_t wire, std::string allowed) {
    throw Refusal{builder_.offset(), std::move(message), std::move(allowed),
                  "wire " + std::to_string(wire)};
}

Place& Expander::at(Frame& frame, std::int64_t wire) {
    const auto found = frame.find(wire);
    if (found != frame.end()) return found->second;
    refuse_wire("this wire is not in use here", wire, "an input, or a wire that was initialised");
}

Place Expander::leave(Frame& frame, std::int64_t wire) {
    const Place place = at(frame, wire);
    frame.erase(wire);
    return place;
}

void Expander::carry_out(const Circuit& circuit, Frame& frame, bool inverse, bool main) {
    const std::size_t count = circuit.lines.size();
    for (std::size_t i = 0; i < count; ++i) {
        step(circuit.lines[inverse ? count - 1 - i : i], frame, inverse, main);
    }
}

void Expander::step(const Line& line, Frame& frame, bool outer_inverse, bool main) {
    builder_.step();
    builder_.set_offset(line.offset);
    const bool inverse = line.inverse != outer_inverse;
    // What is marked so is not controlled from outside.
    std::vector<std::int32_t> outer_controls;
    std::vector<std::uint8_t> outer_negative;
    if (line.no_control) {
        outer_controls.swap(controls_);
        outer_negative.swap(negative_);
    }
    const std::size_t before = push_controls(frame, line);
    switch (line.kind) {
        case LineKind::kGate:
            apply_gate(frame, line, inverse);
            break;
        case LineKind::kRotation:
            apply_rotation(frame, line, inverse);
            break;
        case LineKind::kPhase:
            phase((inverse ? -kPi : kPi) * line.number);
            break;
        case LineKind::kClassicalNot:
            one_wire(line);
            controlled(gate("x"), {}, targets(frame, line, true));
            break;
        case LineKind::kClassicalSwap:
            if (line.wires.size() != 2)
                throw Refusal{line.offset, "two wires are needed", "(w, w)"};
            controlled(gate("swap"), {}, targets(frame, line, true));
            break;
        case LineKind::kClassicalGate:
            apply_classical_gate(frame, line, inverse);
            break;
        case LineKind::kInit:
        case LineKind::kTerm:
            one_wire(line);
            if ((line.kind == LineKind::kInit) != inverse) {
                enter(frame, {line.wires[0], line.classical},
                      allocate(main ? line.wires[0] : -1, line.value));
            } else {
                release(leave(frame, line.wires[0]).qubit, line.value, line);
            }
            break;
        case LineKind::kDiscard:
            no_inverse(line, inverse);
            one_wire(line);
            // Never used again: what it is entangled with must stay so.
            leave(frame, line.wires[0]);
            discards_ = true;
            break;
        case LineKind::kMeasure:
            no_inverse(line, inverse);
            one_wire(line);
            // The outcome stays where it is: gates on classical wires keep it apart.
            at(frame, line.wires[0]).classical = true;
            break;
        case LineKind::kConvert:
            one_wire(line);
            at(frame, line.wires[0]).classical = line.classical != inverse;
            break;
        case LineKind::kCall:
            for (std::uint64_t round = 0; round < line.repeat; ++round) {
                call(line, frame, inverse, round == 0);
            }
            break;
        case LineKind::kNothing:
            break;
    }
    pop_controls(before);
    if (line.no_control) {
        outer_controls.swap(controls_);
        outer_negative.swap(negative_);
    }
}

void Expander::call(const Line& line, Frame& frame, bool inverse, bool first) {
    builder_.set_offset(line.offset);
    const Circuit& circuit = circuits_[find(line)];
    // Backwards outside, the wires behind the call are those before it.
    const bool outer_inverse = inverse != line.inverse;
    const auto& given = outer_inverse ? line.outputs : line.wires;
    const auto& left = outer_inverse ? line.wires : line.outputs;
    const auto& formal_in = inverse ? circuit.outputs : circuit.inputs;
    const auto& formal_out = inverse ? circuit.inputs : circuit.outputs;
    if (given.size() != formal_in.size() || left.size() != formal_out.size()) {
        throw Refusal{line.offset, "the call and the subroutine differ in their wires",
                      std::to_string(formal_in.size()) + " wires before and " +
                          std::to_string(formal_out.size()) + " behind"};
    }
    Frame inner;
    const auto& from = first ? given : left;
    if (from.size() != formal_in.size()) {
        throw Refusal{line.offset, "a repeated subroutine changes its wires",
                      "as many wires before as behind"};
    }
    for (std::size_t i = 0; i < from.size(); ++i) {
        enter(inner, {formal_in[i].number, formal_in[i].classical}, leave(frame, from[i]).qubit);
    }
    carry_out(circuit, inner, inverse, false);
    builder_.set_offset(line.offset);
    for (std::size_t i = 0; i < left.size(); ++i) {
        const Place place = leave(inner, formal_out[i].number);
        enter(frame, {left[i], place.classical}, place.qubit);
    }
    if (!inner.empty()) {
        refuse_wire("a subroutine leaves a wire behind that is no output", inner.begin()->first,
                    "outputs, or wires that are terminated or discarded");
    }
}

void Expander::finish(const Circuit& main, Frame& frame) {
    std::vector<std::int32_t> sources;
    bool as_written = !discards_;
    std::int64_t highest = 0;
    for (const Wire& wire : main.outputs) {
        const Place place = leave(frame, wire.number);
        as_written = as_written && place.qubit == wire.number;
        highest = std::max(highest, wire.number);
        if (highest >= kMostBits) refuse_wire("too high a wire to be read", highest, "below 10000");
        if (static_cast<std::int64_t>(sources.size()) <= highest) {
            sources.resize(static_cast<std::size_t>(highest) + 1, -1);
        }
        sources[static_cast<std::size_t>(wire.number)] = place.qubit;
    }
    if (!frame.empty()) {
        refuse_wire("a wire is left that is no output", frame.begin()->first,
                    "outputs, or wires that are terminated or discarded");
    }
    for (const auto& [qubit, end] : ended_) {
        if (!end.asserted) continue;
        builder_.set_offset(end.offset);
        builder_.assert_value(qubit, end.value);
    }
    const bool all = static_cast<std::int64_t>(main.outputs.size()) == builder_.qubits();
    if (as_written && all && !sources.empty()) return;
    if (sources.empty()) sources.push_back(-1);
    const auto width = static_cast<std::int64_t>(sources.size());
    builder_.read_as(std::move(sources), {{"wires", 0, width}});
}

void expand(const std::vector<Circuit>& circuits, FlowBuilder& builder) {
    Expander(circuits, builder).run();
}

}  // namespace ionsim::quipper
