#include <algorithm>
#include <bit>
#include <cmath>

#include "read/qasm_expander.h"
#include "read/qasm_functions.h"

namespace ionsim::qasm {
namespace {

bool is_symbol_free(NodeKind kind) {
    return kind == NodeKind::kReal || kind == NodeKind::kInteger;
}

Value bit_string(const Node& node) {
    Value value;
    value.type = Type::kBit;
    for (const char c : node.text) {
        if (c == '_') continue;
        if ((c != '0' && c != '1') || value.width >= 64) {
            throw Refusal{node.offset, "not a bit string", "up to 64 digits 0 and 1"};
        }
        value.integer = static_cast<std::int64_t>(static_cast<std::uint64_t>(value.integer) << 1 |
                                                  static_cast<std::uint64_t>(c - '0'));
        ++value.width;
    }
    return value;
}

}  // namespace

// The ways most angles are written, without a Value for every part.
double Expander::real(Index expression) {
    const Node& node = tree_[expression];
    if (is_symbol_free(node.kind)) {
        return node.kind == NodeKind::kReal ? node.value.real
                                            : static_cast<double>(node.value.integer);
    }
    if (node.kind == NodeKind::kUnary && node.sign == sign("-")) return -real(node.a);
    const bool arithmetic =
        node.kind == NodeKind::kBinary && (node.sign == sign("*") || node.sign == sign("/") ||
                                           node.sign == sign("+") || node.sign == sign("-"));
    if (arithmetic) {
        const double left = real(node.a);
        return real_operation(node.sign, left, real(node.b), node.offset);
    }
    if (node.kind == NodeKind::kName) {
        double value = 0.0;
        if (find(node.text) == nullptr && find_constant(node.text, value)) return value;
    }
    const Value value = evaluate(expression, false);
    if (value.runtime) {
        throw Refusal{node.offset, "an angle that depends on a measurement is not supported",
                      "known numbers"};
    }
    if (value.type == Type::kNothing) throw Refusal{node.offset, "this has no value", "a number"};
    const double number = value.as_real();
    if (!std::isfinite(number)) throw Refusal{node.offset, "not a finite number", "finite numbers"};
    return number;
}

std::int64_t Expander::whole(Index expression) {
    const Node& node = tree_[expression];
    if (node.kind == NodeKind::kInteger && node.value.integer < std::uint64_t{1} << 63) {
        return static_cast<std::int64_t>(node.value.integer);
    }
    const Value value = evaluate(expression);
    if (value.runtime) {
        throw Refusal{node.offset, "a place or size that depends on a measurement is not supported",
                      "known whole numbers"};
    }
    if (!value.is_real() && value.type != Type::kNothing) return value.integer;
    const bool whole_number =
        std::abs(value.real) < 9e15 && value.real == std::nearbyint(value.real);
    if (value.type == Type::kNothing || !whole_number) {
        throw Refusal{node.offset, "not a whole number", "a whole number"};
    }
    return static_cast<std::int64_t>(value.real);
}

Value Expander::bits_value(const std::vector<std::int32_t>& bits, std::size_t offset) const {
    if (bits.size() > 64) {
        throw Refusal{offset, "a register of more than 64 bits in an expression is not supported",
                      "parts of up to 64 bits", std::to_string(bits.size()) + " bits"};
    }
    Value value;
    value.type = Type::kBit;
    value.runtime = true;
    value.width = static_cast<int>(bits.size());
    bool together = !bits.empty();
    for (std::size_t i = 0; i < bits.size(); ++i) {
        together = together && bits[i] == bits[0] + static_cast<std::int32_t>(i);
    }
    if (bits.size() == 1) {
        value.code = {{CodeOp::kVariable, bits[0]}};
    } else if (together) {
        const auto count = static_cast<std::int64_t>(bits.size());
        value.code = {{CodeOp::kBits, static_cast<std::int64_t>(bits[0]) << 8 | count}};
    } else {
        value.code = {{CodeOp::kConstant, 0}};
        for (std::size_t i = 0; i < bits.size(); ++i) {
            value.code.push_back({CodeOp::kVariable, bits[i]});
            value.code.push_back({CodeOp::kConstant, static_cast<std::int64_t>(i)});
            value.code.push_back({CodeOp::kShiftLeft, 0});
            value.code.push_back({CodeOp::kOr, 0});
        }
    }
    return value;
}

Value Expander::evaluate_name(const Node& node) {
    const Symbol* const symbol = find(node.text);
    if (symbol == nullptr) {
        double constant = 0.0;
        if (find_constant(node.text, constant)) return Value::of_real(constant);
        if (refused_.contains(node.text)) pass_over();
        throw Refusal{node.offset, "this name is not declared", "a declared name, or pi",
                      quoted(node.text)};
    }
    if (symbol->kind == Symbol::Kind::kVariable) return symbol->value;
    if (symbol->kind == Symbol::Kind::kBits) {
        std::vector<std::int32_t> bits;
        for (std::int64_t i = 0; i < std::min<std::int64_t>(symbol->size, 65); ++i) {
            bits.push_back(static_cast<std::int32_t>(symbol->first + i));
        }
        return bits_value(bits, node.offset);
    }
    throw Refusal{node.offset, "this name has no value", "a bit or a number", quoted(node.text)};
}

Value Expander::evaluate_index(const Node& node) {
    const Node& base = tree_[node.a];
    const Symbol* const symbol = base.kind == NodeKind::kName ? find(base.text) : nullptr;
    if (symbol != nullptr && symbol->kind == Symbol::Kind::kVariable) {
        // A bit of a number.
        if (symbol->value.is_real() || node.count != 1) {
            throw Refusal{node.offset, "this has no such index", "one index of bits"};
        }
        const int width = symbol->value.width > 0 ? symbol->value.width : 64;
        std::vector<std::int64_t> chosen;
        add_index(tree_.item(node, 0), width, chosen);
        if (chosen.size() != 1) throw Refusal{node.offset, "one bit can be read at a time", "[i]"};
        Value bit =
            operation(sign(">>"), symbol->value, Value::of_integer(chosen[0]), true, node.offset);
        bit = operation(sign("&"), bit, Value::of_integer(1), true, node.offset);
        bit.type = Type::kBit;
        bit.width = 1;
        return bit;
    }
    Places bits;
    places(static_cast<Index>(&node - &tree_[0]), Symbol::Kind::kBits, bits);
    return bits_value(bits.items, node.offset);
}

Value Expander::evaluate_call(const Node& node, bool whole_division) {
    const Symbol* const symbol = find(node.text);
    if (symbol != nullptr && symbol->kind == Symbol::Kind::kFunction) {
        return call_function(*symbol, node, 0);
    }
    if (node.text == "popcount" && node.count == 1) {
        const Value inner = evaluate(tree_.item(node, 0));
        if (inner.is_real()) throw Refusal{node.offset, "popcount needs bits", "bits"};
        Value value = Value::of_integer(std::popcount(static_cast<std::uint64_t>(inner.integer)));
        value.runtime = inner.runtime;
        if (value.runtime) {
            value.code = inner.code;
            value.code.push_back({CodeOp::kPopcount, 0});
        }
        return value;
    }
    const Function* const function = find_function(node.text);
    if (function == nullptr) {
        throw Refusal{node.offset, "no such function", std::string(function_names()) + " popcount",
                      quoted(node.text)};
    }
    const std::size_t wanted = function->one != nullptr ? 1 : 2;
    if (node.count != wanted) {
        throw Refusal{node.offset, "wrong number of arguments", std::to_string(wanted)};
    }
    const bool of_integers = node.text == "mod" || node.text == "pow";
    if (of_integers) {
        const Value left = evaluate(tree_.item(node, 0), whole_division);
        const Value right = evaluate(tree_.item(node, 1), whole_division);
        return operation(node.text == "mod" ? sign("%") : sign("**"), left, right, whole_division,
                         node.offset);
    }
    const double first = real(tree_.item(node, 0));
    const double value = function->one != nullptr ? function->one(first)
                                                  : function->two(first, real(tree_.item(node, 1)));
    if (!std::isfinite(value)) {
        throw Refusal{node.offset, "the value of this function is not a finite number",
                      "arguments where it has a value"};
    }
    return Value::of_real(value);
}

int Expander::width_of(Index expression) {
    return expression == kNone ? 0 : static_cast<int>(size_of(expression, 64, "a value"));
}

Value Expander::evaluate(Index expression, bool whole_division) {
    const Node& node = tree_[expression];
    switch (node.kind) {
        case NodeKind::kInteger: {
            Value value = Value::of_integer(static_cast<std::int64_t>(node.value.integer));
            if (node.value.integer >> 63) value.type = Type::kUint;
            return value;
        }
        case NodeKind::kReal:
            return Value::of_real(node.value.real);
        case NodeKind::kBoolean:
            return Value::of_bool(node.value.integer != 0);
        case NodeKind::kString:
            return bit_string(node);
        case NodeKind::kName:
            return evaluate_name(node);
        case NodeKind::kUnary:
            return unary_operation(node.sign, evaluate(node.a, whole_division), node.offset);
        case NodeKind::kBinary: {
            const Value left = evaluate(node.a, whole_division);
            const Value right = evaluate(node.b, whole_division);
            if (left.type == Type::kNothing || right.type == Type::kNothing) break;
            return operation(node.sign, left, right, whole_division, node.offset);
        }
        case NodeKind::kCall:
            return evaluate_call(node, whole_division);
        case NodeKind::kCast: {
            const auto type = static_cast<Type>(node.op);
            int width = width_of(node.c);
            if (width == 0 && (type == Type::kBit || type == Type::kBool)) width = 1;
            const bool real_type = type == Type::kFloat || type == Type::kAngle;
            return converted(evaluate(node.a, !real_type), type, width, node.offset);
        }
        case NodeKind::kIndex:
            return evaluate_index(node);
        case NodeKind::kMeasurement: {
            Places qubits;
            places(node.a, Symbol::Kind::kQubits, qubits);
            const auto count = static_cast<std::int64_t>(qubits.items.size());
            const std::int64_t first = builder_.add_bits({}, count);
            std::vector<std::int32_t> bits;
            for (std::int64_t i = 0; i < count; ++i) {
                bits.push_back(static_cast<std::int32_t>(first + i));
                builder_.measure(qubits.items[static_cast<std::size_t>(i)], first + i);
            }
            return bits_value(bits, node.offset);
        }
        case NodeKind::kDuration:
            throw Refusal{node.offset, "durations are not supported in expressions", "numbers"};
        default:
            break;
    }
    throw Refusal{node.offset, "this has no value", "an expression"};
}

}  // namespace ionsim::qasm
