#include "read/flow_builder.h"

#include <algorithm>

#include "gates/gate.h"
#include "read/native_gates.h"
#include "read/text_problem.h"

namespace ionsim {
namespace {

constexpr std::uint8_t kUsed = 1;
constexpr std::uint8_t kMeasured = 2;

std::string number_text(std::uint64_t number) {
    return std::to_string(number);
}

}  // namespace

std::int64_t FlowBuilder::add_qubits(std::string_view name, std::int64_t size) {
    const std::int64_t first = flow_.qubits;
    if (size > limits_.qubits - first) {
        throw Refusal{offset_, "too many qubits",
                      "at most " + std::to_string(limits_.qubits) + " qubits in all",
                      std::to_string(size), "NotEnoughQubits"};
    }
    flow_.qubits += size;
    qubit_states_.resize(index(flow_.qubits));
    if (!name.empty()) flow_.qubit_registers.push_back({std::string(name), first, size});
    return first;
}

std::int64_t FlowBuilder::add_bits(std::string_view name, std::int64_t size) {
    const std::int64_t first = flow_.bits;
    if (size > limits_.bits - first) {
        throw Refusal{offset_, "too many classical bits",
                      "at most " + std::to_string(limits_.bits) + " bits in all",
                      std::to_string(size), kCircuitTooLarge};
    }
    flow_.bits += size;
    bit_sources_.resize(index(flow_.bits), -1);
    if (!name.empty()) flow_.bit_registers.push_back({std::string(name), first, size});
    return first;
}

void FlowBuilder::require(std::uint64_t more) const {
    const std::uint64_t there = gates();
    if (more <= limits_.gates && there <= limits_.gates - more) return;
    const bool countable = more < (std::uint64_t{1} << 63);
    throw Refusal{offset_,
                  "this expands to " + (countable ? number_text(there + more) : "more than 9e18") +
                      " gates; nothing was expanded",
                  "at most " + number_text(limits_.gates) + " gates (raise the limit on gates)",
                  {},
                  kCircuitTooLarge};
}

void FlowBuilder::refuse_steps() const {
    throw Refusal{offset_,
                  "the program takes too many steps before it runs",
                  "fewer rounds of loops (or raise the limit on gates)",
                  {},
                  kCircuitTooLarge};
}

void FlowBuilder::use(std::int32_t qubit) {
    std::uint8_t& state = qubit_states_[static_cast<std::size_t>(qubit)];
    if (state & kMeasured) make_dynamic("a qubit is used again after its measurement");
    state |= kUsed;
}

void FlowBuilder::gate(std::uint8_t code, std::span<const std::int32_t> controls,
                       std::span<const std::int32_t> targets, std::span<const double> parameters) {
    if (gates() >= limits_.gates) require(1);
    const bool native = gate_table()[code].set == GateSet::kNative;
    (native && controls.empty() ? has_native_ : has_qis_) = true;
    if (native) has_native_ = true;
    for (const std::int32_t qubit : controls) use(qubit);
    for (const std::int32_t qubit : targets) use(qubit);
    ProgramArrays& arrays = flow_.gates;
    arrays.gates.push_back(code);
    arrays.control_counts.push_back(static_cast<std::uint8_t>(controls.size()));
    arrays.qubits.insert(arrays.qubits.end(), controls.begin(), controls.end());
    arrays.qubits.insert(arrays.qubits.end(), targets.begin(), targets.end());
    arrays.qubit_starts.push_back(static_cast<std::int64_t>(arrays.qubits.size()));
    arrays.parameters.insert(arrays.parameters.end(), parameters.begin(), parameters.end());
    arrays.parameter_starts.push_back(static_cast<std::int64_t>(arrays.parameters.size()));
    arrays.letter_starts.push_back(0);
}

void FlowBuilder::measure(std::int32_t qubit, std::int64_t bit) {
    measures_ = true;
    qubit_states_[static_cast<std::size_t>(qubit)] |= kUsed | kMeasured;
    if (bit >= 0) bit_sources_[index(bit)] = qubit;
    add({FlowOp::kMeasure, qubit, bit});
}

void FlowBuilder::reset(std::int32_t qubit) {
    // A qubit that nothing has touched is |0> already.
    if (!flow_.dynamic && qubit_states_[static_cast<std::size_t>(qubit)] == 0) return;
    make_dynamic("a qubit is reset after it was used");
    add({FlowOp::kReset, qubit, 0});
}

void FlowBuilder::set(std::int64_t variable, const std::vector<Code>& code) {
    make_dynamic("a classical value is set while the program runs");
    add({FlowOp::kSet, variable, expression(code)});
}

void FlowBuilder::set_bits(std::int64_t first, std::int64_t count, const std::vector<Code>& code) {
    make_dynamic("a classical value is set while the program runs");
    add({FlowOp::kSetBits, first << 8 | count, expression(code)});
}

std::int64_t FlowBuilder::jump(std::int64_t target) {
    add({FlowOp::kJump, target, 0});
    return static_cast<std::int64_t>(flow_.instructions.size()) - 1;
}

std::int64_t FlowBuilder::jump_unless(const std::vector<Code>& condition) {
    make_dynamic("what happens depends on a measurement");
    add({FlowOp::kJumpUnless, -1, expression(condition)});
    return static_cast<std::int64_t>(flow_.instructions.size()) - 1;
}

std::int64_t FlowBuilder::here() {
    close_gates();
    return static_cast<std::int64_t>(flow_.instructions.size());
}

void FlowBuilder::assert_value(std::int32_t qubit, bool value) {
    flow_.assertions.push_back({qubit, value, text_place(text_, offset_)});
}

void FlowBuilder::read_as(std::vector<std::int32_t> sources, std::vector<Register> registers) {
    flow_.measured = true;
    flow_.sources = std::move(sources);
    flow_.bit_registers = std::move(registers);
}

void FlowBuilder::add(FlowInstruction instruction) {
    close_gates();
    flow_.instructions.push_back(instruction);
}

void FlowBuilder::close_gates() {
    const std::size_t now = flow_.gates.gates.size();
    if (now == open_) return;
    flow_.instructions.push_back(
        {FlowOp::kGates, static_cast<std::int64_t>(open_), static_cast<std::int64_t>(now)});
    open_ = now;
}

std::int64_t FlowBuilder::expression(const std::vector<Code>& code) {
    flow_.code.insert(flow_.code.end(), code.begin(), code.end());
    flow_.code_starts.push_back(static_cast<std::int64_t>(flow_.code.size()));
    return static_cast<std::int64_t>(flow_.code_starts.size()) - 2;
}

void FlowBuilder::make_dynamic(std::string_view reason) {
    if (flow_.dynamic) return;
    flow_.dynamic = true;
    flow_.dynamic_reason = text_place(text_, offset_) + ": " + std::string(reason);
}

void FlowBuilder::number_variables() {
    const auto numbered = [&](std::int64_t variable) {
        return variable >= 0 ? variable : flow_.bits - 1 - variable;
    };
    for (FlowInstruction& each : flow_.instructions) {
        if (each.op == FlowOp::kSet) each.first = numbered(each.first);
    }
    for (Code& each : flow_.code) {
        if (each.op == CodeOp::kVariable) each.operand = numbered(each.operand);
    }
    flow_.variables = flow_.bits + variables_;
}

// A program has one gate set: where others occur too, native gates are written with those.
void FlowBuilder::one_gate_set() {
    if (!has_native_) return;
    if (!has_qis_) {
        flow_.set = GateSet::kNative;
        return;
    }
    std::vector<std::int64_t> moved;
    flow_.gates = without_native_gates(flow_.gates, moved);
    for (FlowInstruction& each : flow_.instructions) {
        if (each.op != FlowOp::kGates) continue;
        each.first = moved[index(each.first)];
        each.second = moved[index(each.second)];
    }
}

Flow FlowBuilder::finish() {
    if (flow_.dynamic && flow_.bit_registers.empty()) {
        // Nothing says what the result is: all qubits, as for a circuit.
        const std::int64_t first = add_bits("qubits", flow_.qubits);
        for (std::int64_t qubit = 0; qubit < flow_.qubits; ++qubit) {
            measure(static_cast<std::int32_t>(qubit), first + qubit);
        }
    }
    close_gates();
    one_gate_set();
    number_variables();
    if (flow_.dynamic) {
        flow_.sources.clear();
    } else if (measures_ && !flow_.bit_registers.empty()) {
        flow_.measured = true;
        for (const Register& each : flow_.bit_registers) {
            const auto first = bit_sources_.begin() + each.first;
            flow_.sources.insert(flow_.sources.end(), first, first + each.size);
        }
    }
    return std::move(flow_);
}

}  // namespace ionsim
