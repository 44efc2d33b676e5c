#include <algorithm>

#include "read/qasm_expander.h"

namespace ionsim::qasm {

void Expander::store_bits(const std::vector<std::int32_t>& bits, const Value& value,
                          std::size_t offset) {
    if (value.is_real()) throw Refusal{offset, "a number is no bit value", "bits or whole numbers"};
    const auto count = static_cast<std::int64_t>(bits.size());
    if (count > 64) {
        // Wider than a number: only zeros can be meant.
        if (value.runtime || value.integer != 0) {
            throw Refusal{offset, "at most 64 bits can be set at once", "parts of the register"};
        }
        for (const std::int32_t bit : bits) builder_.set_bits(bit, 1, {{CodeOp::kConstant, 0}});
        return;
    }
    bool together = true;
    for (std::int64_t i = 0; i < count; ++i) {
        together = together && bits[static_cast<std::size_t>(i)] == bits[0] + i;
    }
    if (together) {
        builder_.set_bits(bits[0], count, value.pushed());
        return;
    }
    // The value may read the bits that are being set.
    const std::int64_t copy = builder_.add_variable();
    builder_.set(copy, value.pushed());
    for (std::int64_t i = 0; i < count; ++i) {
        builder_.set_bits(bits[static_cast<std::size_t>(i)], 1,
                          {{CodeOp::kVariable, copy},
                           {CodeOp::kConstant, i},
                           {CodeOp::kShiftRight, 0},
                           {CodeOp::kConstant, 1},
                           {CodeOp::kAnd, 0}});
    }
}

void Expander::assign_bits(const Node& node, const std::vector<std::int32_t>& bits) {
    const Node& given = tree_[node.b];
    if (given.kind == NodeKind::kMeasurement) {
        measure_into(given.a, &bits, node.offset);
        return;
    }
    if (given.kind == NodeKind::kString && bits.size() > 64) {
        std::vector<std::int32_t> part;
        std::size_t digits = 0;
        for (const char c : given.text) digits += c == '0' || c == '1' ? 1 : 0;
        if (digits != bits.size()) {
            throw Refusal{given.offset, "a bit string of another length",
                          std::to_string(bits.size()) + " digits"};
        }
        std::size_t place = bits.size();
        for (const char c : given.text) {
            if (c != '0' && c != '1') continue;
            builder_.set_bits(bits[--place], 1, {{CodeOp::kConstant, c - '0'}});
        }
        return;
    }
    const Value value = evaluate(node.b);
    if (value.type == Type::kBit && value.width != static_cast<int>(bits.size()) &&
        given.kind == NodeKind::kString) {
        throw Refusal{given.offset, "a bit string of another length",
                      std::to_string(bits.size()) + " digits"};
    }
    const bool fresh = node.kind == NodeKind::kBits && depth_ == 0;
    if (fresh && !value.runtime && value.integer == 0 && !value.is_real()) return;
    store_bits(bits, value, node.offset);
}

void Expander::assign(const Node& node) {
    const Node& target = tree_[node.a];
    const Node& base = target.kind == NodeKind::kIndex ? tree_[target.a] : target;
    if (base.kind != NodeKind::kName) {
        throw Refusal{base.offset, "not a place to assign to", "a bit or a variable"};
    }
    Symbol& symbol = variable(base);
    if (symbol.kind == Symbol::Kind::kBits) {
        Places bits;
        places(node.a, Symbol::Kind::kBits, bits);
        if (node.sign == sign("=")) {
            assign_bits(node, bits.items);
            return;
        }
        const std::uint32_t op = node.sign >> 8;  // without its =
        const Value value =
            operation(op, bits_value(bits.items, node.offset), evaluate(node.b), true, node.offset);
        store_bits(bits.items, value, node.offset);
        return;
    }
    if (symbol.kind != Symbol::Kind::kVariable || symbol.constant ||
        target.kind == NodeKind::kIndex) {
        throw Refusal{base.offset, "this cannot be assigned to", "bits and variables",
                      quoted(base.text)};
    }
    const bool whole_division = !symbol.value.is_real();
    Value value = evaluate(node.b, whole_division);
    if (node.sign != sign("=")) {
        value = operation(node.sign >> 8, symbol.value, value, whole_division, node.offset);
    }
    const Type type = symbol.value.type;
    const int width = symbol.value.width;
    value = converted(value, type, width, node.offset);
    if (!symbol.value.runtime && !value.runtime) {
        if (symbol.depth != depth_) {
            throw Refusal{node.offset,
                          "a variable from outside changes in a function that runs in a branch "
                          "that depends on a measurement",
                          "bits, or variables of the branch"};
        }
        symbol.value = value;
        return;
    }
    if (!symbol.value.runtime) symbol.slot = builder_.add_variable();
    builder_.set(symbol.slot, value.pushed());
    symbol.value.runtime = true;
    symbol.value.code = {{CodeOp::kVariable, symbol.slot}};
}

void Expander::bind_argument(const Node& formal, Index argument, Scope& scope) {
    const auto type = static_cast<Type>(formal.op);
    Symbol symbol;
    symbol.depth = depth_;
    if (type == Type::kQubit) {
        Places found;
        places(argument, Symbol::Kind::kQubits, found);
        const std::int64_t size = formal.a == kNone ? 1 : size_of(formal.a, 10'000, "a register");
        if (size != static_cast<std::int64_t>(found.items.size())) {
            throw Refusal{tree_[argument].offset, "a register of another size",
                          std::to_string(size) + " qubits"};
        }
        symbol.kind = Symbol::Kind::kQubitList;
        symbol.single = formal.a == kNone;
        symbol.size = size;
        symbol.list = std::move(found.items);
    } else {
        int width = type == Type::kBool || type == Type::kBit ? 1 : 0;
        if (formal.a != kNone) width = static_cast<int>(size_of(formal.a, 64, "a value"));
        const bool real = type == Type::kFloat || type == Type::kAngle;
        symbol.value = converted(evaluate(argument, !real), type, width, tree_[argument].offset);
        symbol.value.width = width;
        if (symbol.value.runtime) {
            symbol.slot = builder_.add_variable();
            builder_.set(symbol.slot, symbol.value.code);
            symbol.value.code = {{CodeOp::kVariable, symbol.slot}};
        }
    }
    if (!scope.emplace(formal.text, std::move(symbol)).second) {
        throw Refusal{formal.offset, "two parameters have one name", "other names"};
    }
}

Value Expander::call_function(const Symbol& function, const Node& node, std::size_t skip) {
    const Index index = function.function;
    const Node& definition = tree_[index];
    const std::size_t formals = definition.count - 1;
    const std::size_t arguments = node.count - skip;
    if (arguments != formals) {
        throw Refusal{node.offset,
                      quoted(node.text) + " came with " + std::to_string(arguments) + " arguments",
                      std::to_string(formals) + " arguments"};
    }
    if (std::find(active_.begin(), active_.end(), index) != active_.end()) {
        throw Refusal{node.offset, "recursion is not supported",
                      "functions that do not call themselves"};
    }
    constexpr std::size_t kMostCalls = 64;
    if (active_.size() >= kMostCalls) {
        throw Refusal{node.offset, "functions call each other too deeply",
                      "at most " + std::to_string(kMostCalls) + " levels"};
    }
    Scope scope;
    for (std::size_t i = 0; i < formals; ++i) {
        bind_argument(tree_[tree_.item(definition, i)], tree_.item(node, skip + i), scope);
    }
    const std::size_t outer_scope = function_scope_;
    std::vector<Loop> outer_loops = std::move(loops_);
    loops_.clear();
    function_scope_ = scopes_.size();
    scopes_.push_back(std::move(scope));
    active_.push_back(index);
    function_depths_.push_back(depth_);
    returned_.reset();
    const Signal signal = execute_all(tree_[tree_.item(definition, formals)]);
    function_depths_.pop_back();
    active_.pop_back();
    scopes_.pop_back();
    function_scope_ = outer_scope;
    loops_ = std::move(outer_loops);
    Value result;
    result.type = Type::kNothing;
    const auto type = static_cast<Type>(definition.op);
    if (signal == Signal::kStop) {
        throw Refusal{node.offset, "end inside a function is not supported", "end outside"};
    }
    if (type != Type::kNothing) {
        if (!returned_) {
            throw Refusal{definition.offset, "this function returns nothing", "return at its end"};
        }
        int width = type == Type::kBool || type == Type::kBit ? 1 : 0;
        if (definition.a != kNone) width = static_cast<int>(size_of(definition.a, 64, "a value"));
        result = converted(*returned_, type, width, node.offset);
        result.width = width;
    }
    returned_.reset();
    return result;
}

}  // namespace ionsim::qasm
