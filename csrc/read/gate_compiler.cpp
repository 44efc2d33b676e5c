#include "read/gate_compiler.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "read/qasm_functions.h"
#include "read/qasm_lexer.h"
#include "read/text_problem.h"

namespace ionsim::qasm {
namespace {

std::string number_of(std::size_t number, std::string_view what) {
    return std::to_string(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

}  // namespace

const GateDefinition* overload(const GateDefinition* gate, std::size_t parameters) {
    for (const GateDefinition* each = gate; each != nullptr; each = each->next) {
        if (each->parameters == parameters) return each;
    }
    return gate;
}

void check_shape(const GateDefinition& gate, std::size_t parameters, std::size_t qubits,
                 std::size_t controls, std::size_t offset) {
    if (gate.parameters != parameters) {
        throw Refusal{offset,
                      quoted(gate.name) + " came with " + number_of(parameters, "parameter"),
                      number_of(gate.parameters, "parameter")};
    }
    if (gate.qubits + controls != qubits) {
        throw Refusal{offset, quoted(gate.name) + " came with " + number_of(qubits, "qubit"),
                      number_of(gate.qubits + controls, "qubit") +
                          (controls > 0 ? ", the controls of its modifiers first" : "")};
    }
}

std::unique_ptr<GateDefinition> GateCompiler::compile(Index index) {
    const Node node = tree_[index];
    auto gate = std::make_unique<GateDefinition>();
    gate->name = node.text;
    gate->parameters = node.a;
    gate->qubits = node.b;
    gate->tree = &tree_;
    parameters_.clear();
    qubits_.clear();
    for (std::uint32_t i = 0; i < node.a + node.b; ++i) {
        const Node& item = tree_[tree_.item(node, i)];
        const bool parameter = i < node.a;
        const bool fresh = parameter ? parameters_.emplace(item.text, i).second
                                     : qubits_.emplace(item.text, i - node.a).second;
        if (!fresh) {
            throw Refusal{item.offset, "this name occurs twice in the head of the gate",
                          "other names"};
        }
    }
    for (std::size_t i = node.a + node.b; i < node.count; ++i) add_call(*gate, tree_.item(node, i));
    std::uint64_t cost = 0;
    for (const GateCall& call : gate->body) {
        cost = saturating_add(cost, call_cost(call));
        gate->depth = std::max(gate->depth, call.gate->depth + 1);
    }
    if (gate->depth > kMostDeep) {
        throw Refusal{node.offset, "gates are defined by each other too deeply",
                      "at most " + std::to_string(kMostDeep) + " levels"};
    }
    // What becomes no gates takes time too.
    gate->cost = std::max<std::uint64_t>(cost, 1);
    return gate;
}

void GateCompiler::add_call(GateDefinition& gate, Index statement) {
    const Node node = tree_[statement];
    if (node.kind == NodeKind::kNothing) return;
    if (node.kind == NodeKind::kBarrier) {
        for (std::size_t i = 0; i < node.count; ++i) qubit(tree_[tree_.item(node, i)]);
        return;
    }
    if (node.kind != NodeKind::kApply) {
        throw Refusal{node.offset, "a gate's body holds something else than gates",
                      "gates, their modifiers, and barrier"};
    }
    GateCall call;
    call.offset = node.offset;
    std::size_t controls = 0;
    for (std::size_t i = 0; i < node.a; ++i)
        add_modifier(call, tree_[tree_.item(node, i)], controls);
    const std::size_t arguments = node.b;
    call.gate = names_.gate(node.text, arguments);
    if (call.gate == nullptr) {
        const bool itself = node.text == gate.name;
        throw Refusal{node.offset,
                      itself ? "a gate cannot be defined by itself"
                             : "no gate " + quoted(node.text) + " is defined before this one",
                      "gates that were defined before",
                      {},
                      kUnsupportedGate};
    }
    const std::size_t qubits = node.count - node.a - arguments;
    check_shape(*call.gate, arguments, qubits, controls, node.offset);
    for (std::size_t i = 0; i < arguments; ++i) {
        call.arguments.push_back(resolve(tree_.item(node, node.a + i)));
    }
    for (std::size_t i = 0; i < qubits; ++i) {
        const Node& item = tree_[tree_.item(node, node.a + arguments + i)];
        const std::uint32_t found = qubit(item);
        if (std::find(call.qubits.begin(), call.qubits.end(), found) != call.qubits.end()) {
            throw Refusal{item.offset, "this qubit occurs twice", "different qubits"};
        }
        call.qubits.push_back(found);
    }
    gate.body.push_back(std::move(call));
}

std::uint32_t GateCompiler::qubit(const Node& item) const {
    const auto found = qubits_.find(item.text);
    if (item.kind != NodeKind::kName || found == qubits_.end()) {
        throw Refusal{item.offset, "not a qubit of this gate", "the names in the gate's head"};
    }
    return found->second;
}

void GateCompiler::add_modifier(GateCall& call, const Node& modifier, std::size_t& controls) {
    switch (modifier.kind) {
        case NodeKind::kInverse:
            call.inverse = !call.inverse;
            return;
        case NodeKind::kPower:
            if (call.exponent != kNone) {
                throw Refusal{modifier.offset,
                              "two powers of one gate inside a gate are not supported", "one pow"};
            }
            call.exponent = resolve(modifier.a);
            return;
        default:
            break;
    }
    const double count = modifier.a == kNone ? 1.0 : constant(modifier.a);
    if (!(count >= 1.0 && count <= 64.0 && count == std::nearbyint(count))) {
        throw Refusal{modifier.offset, "not a number of controls", "a whole number from 1 to 64"};
    }
    controls += static_cast<std::size_t>(count);
    call.negative.resize(controls, modifier.kind == NodeKind::kNegativeControl ? 1 : 0);
}

double GateCompiler::constant(Index expression) {
    const Index found = resolve(expression);
    return real_value(tree_, found, {}, tree_[expression].offset);
}

// Looks the names of an expression up, in place.
Index GateCompiler::resolve(Index expression) {
    Node& node = tree_[expression];
    switch (node.kind) {
        case NodeKind::kReal:
        case NodeKind::kInteger:
        case NodeKind::kParameter:
            break;
        case NodeKind::kName: {
            const auto found = parameters_.find(node.text);
            double value = 0.0;
            if (found != parameters_.end()) {
                node.kind = NodeKind::kParameter;
                node.a = found->second;
            } else if (names_.constant(node.text, value)) {
                node.kind = NodeKind::kReal;
                node.value.real = value;
            } else {
                throw Refusal{node.offset, "no such parameter or constant",
                              "the gate's parameters, constants, pi"};
            }
            break;
        }
        case NodeKind::kUnary:
            resolve(node.a);
            break;
        case NodeKind::kBinary:
            resolve(node.a);
            resolve(node.b);
            break;
        case NodeKind::kCast:
            if (node.op != static_cast<std::uint8_t>(Type::kFloat) &&
                node.op != static_cast<std::uint8_t>(Type::kAngle)) {
                throw Refusal{node.offset, "this cast is not supported inside a gate",
                              "float, angle"};
            }
            return resolve(node.a);
        case NodeKind::kCall: {
            const Function* const function = find_function(node.text);
            const std::size_t wanted = function == nullptr || function->one != nullptr ? 1 : 2;
            if (function == nullptr || node.count != wanted) {
                throw Refusal{
                    node.offset,
                    function == nullptr ? "no such function" : "wrong number of arguments",
                    std::string(function_names())};
            }
            for (std::size_t i = 0; i < node.count; ++i) resolve(tree_.item(node, i));
            break;
        }
        default:
            throw Refusal{node.offset, "this has no place in a gate", "numbers and parameters"};
    }
    return expression;
}

std::uint64_t GateCompiler::call_cost(const GateCall& call) const {
    std::uint64_t rounds = 1;
    if (call.exponent != kNone && tree_[call.exponent].kind != NodeKind::kParameter) {
        double exponent = 1.0;
        try {
            exponent = std::abs(real_value(tree_, call.exponent, {}, call.offset));
        } catch (const Refusal&) {
            exponent = 1.0;
        }
        if (exponent == std::nearbyint(exponent)) {
            rounds = exponent < 1e18 ? static_cast<std::uint64_t>(exponent) : kEndless;
        }
    }
    std::uint64_t cost = saturating_multiply(rounds, call.gate->cost);
    for (const std::uint8_t negative : call.negative) {
        if (negative) cost = saturating_add(cost, 2);
    }
    return cost;
}

}  // namespace ionsim::qasm
