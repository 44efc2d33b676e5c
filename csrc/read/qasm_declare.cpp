#include <cmath>

#include "read/qasm_expander.h"
#include "read/qasm_functions.h"

namespace ionsim::qasm {

Symbol* Expander::find(std::string_view name) {
    for (std::size_t place = scopes_.size(); place-- > 0;) {
        if (place != 0 && place < function_scope_) continue;
        const auto found = scopes_[place].find(name);
        if (found != scopes_[place].end()) return &found->second;
    }
    return nullptr;
}

Symbol& Expander::declare(const Node& node, Symbol symbol) {
    symbol.depth = depth_;
    const auto [place, fresh] = scopes_.back().emplace(node.text, std::move(symbol));
    if (!fresh) {
        throw Refusal{node.offset, "this name is declared already", "another name",
                      quoted(node.text)};
    }
    return place->second;
}

Symbol& Expander::variable(const Node& name) {
    if (Symbol* const found = find(name.text)) return *found;
    if (refused_.contains(name.text)) pass_over();
    throw Refusal{name.offset, "this name is not declared", "a declared name", quoted(name.text)};
}

void Expander::include(const Node& node) {
    const bool known = node.text == "qelib1.inc" || node.text == "stdgates.inc" ||
                       node.text == "stdgates.qasm" || node.text == "qelib1.qasm";
    if (!known) {
        throw Refusal{node.offset, "this file is not built in, and no other is opened",
                      "\"qelib1.inc\" or \"stdgates.inc\"; paste the text of another one"};
    }
}

std::int64_t Expander::size_of(Index expression, std::int64_t most, std::string_view what) {
    const std::int64_t size = whole(expression);
    if (size < 1 || size > most) {
        throw Refusal{tree_[expression].offset, "not a size of " + std::string(what),
                      "a whole number from 1 to " + std::to_string(most), std::to_string(size)};
    }
    return size;
}

void Expander::declare_qubits(const Node& node) {
    if (!function_depths_.empty() || depth_ != 0 || !loops_.empty()) {
        throw Refusal{node.offset, "qubits are declared inside a function, loop or branch",
                      "declarations at the beginning"};
    }
    if (find(node.text) != nullptr) declare(node, {});
    Symbol symbol;
    symbol.kind = Symbol::Kind::kQubits;
    symbol.single = node.a == kNone;
    constexpr std::int64_t kMost = 2'000'000'000;
    symbol.size = symbol.single ? 1 : size_of(node.a, kMost, "a register");
    symbol.first = builder_.add_qubits(node.text, symbol.size);
    declare(node, std::move(symbol));
}

void Expander::declare_bits(const Node& node) {
    Symbol symbol;
    symbol.kind = Symbol::Kind::kBits;
    symbol.single = node.a == kNone;
    constexpr std::int64_t kMost = 2'000'000'000;
    symbol.size = symbol.single ? 1 : size_of(node.a, kMost, "a register");
    const bool global = scopes_.size() == 1;
    if (global && find(node.text) != nullptr) declare(node, {});
    symbol.first = builder_.add_bits(global ? node.text : std::string_view(), symbol.size);
    const Symbol& added = declare(node, std::move(symbol));
    if (static_cast<Storage>(node.value.integer) == Storage::kInput) {
        store_bits({static_cast<std::int32_t>(added.first)},
                   Value::of_bool(input_value(node) != 0.0), node.offset);
    } else if (node.b != kNone) {
        std::vector<std::int32_t> bits;
        for (std::int64_t i = 0; i < added.size; ++i) {
            bits.push_back(static_cast<std::int32_t>(added.first + i));
        }
        assign_bits(node, bits);
    }
}

double Expander::input_value(const Node& node) const {
    for (const auto& [name, value] : inputs_) {
        if (name == node.text) return value;
    }
    throw Refusal{node.offset, "this input has no value", "a number for every input",
                  quoted(node.text)};
}

void Expander::declare_variable(const Node& node) {
    const auto type = static_cast<Type>(node.op);
    const auto storage = static_cast<Storage>(node.value.integer);
    int width = type == Type::kBool ? 1 : 0;
    if (node.a != kNone)
        width = static_cast<int>(size_of(node.a, 64, "a value (64 bits are most)"));
    if (type == Type::kBit && width == 0) width = 1;
    Symbol symbol;
    symbol.constant = storage == Storage::kConst;
    symbol.value.type = type;
    symbol.value.width = width;
    if (storage == Storage::kInput) {
        symbol.value = converted(Value::of_real(input_value(node)), type, width, node.offset);
    } else if (node.b != kNone) {
        const bool real = type == Type::kFloat || type == Type::kAngle;
        symbol.value = converted(evaluate(node.b, !real), type, width, node.offset);
        if (symbol.value.runtime) {
            if (symbol.constant) {
                throw Refusal{node.offset, "a constant cannot depend on a measurement",
                              "a known value"};
            }
            symbol.slot = builder_.add_variable();
            builder_.set(symbol.slot, symbol.value.code);
            symbol.value.code = {{CodeOp::kVariable, symbol.slot}};
        }
    } else if (symbol.constant) {
        throw Refusal{node.offset, "a constant has no value", "= and a value"};
    }
    declare(node, std::move(symbol));
}

void Expander::declare_gate(Index statement) {
    const Node node = tree_[statement];
    if (scopes_.size() != 1) {
        throw Refusal{node.offset, "a definition inside a block", "definitions outside of blocks"};
    }
    Symbol symbol;
    if (node.kind == NodeKind::kFunction) {
        symbol.kind = Symbol::Kind::kFunction;
        symbol.function = statement;
        declare(node, std::move(symbol));
        return;
    }
    symbol.kind = Symbol::Kind::kGate;
    if (node.kind == NodeKind::kGate) {
        gates_.push_back(GateCompiler(tree_, names_).compile(statement));
        symbol.gate = gates_.back().get();
    }
    declare(node, std::move(symbol));
}

void Expander::declare_alias(const Node& node) {
    Places found;
    places(node.a, Symbol::Kind::kQubits, found);
    Symbol symbol;
    symbol.kind = Symbol::Kind::kQubitList;
    symbol.single = found.single;
    symbol.size = static_cast<std::int64_t>(found.items.size());
    symbol.list = std::move(found.items);
    declare(node, std::move(symbol));
}

}  // namespace ionsim::qasm
