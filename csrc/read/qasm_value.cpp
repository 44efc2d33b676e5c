#include "read/qasm_value.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "read/qasm_functions.h"
#include "read/qasm_lexer.h"
#include "read/text_problem.h"

namespace ionsim::qasm {
namespace {

constexpr std::int64_t low_mask(int width) {
    return width >= 64 || width <= 0 ? -1 : (std::int64_t{1} << width) - 1;
}

std::int64_t wrapped(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

struct Runtime {
    std::uint32_t sign;
    CodeOp op;
    bool truth;  // the result is a bool
};

std::optional<Runtime> runtime_operation(std::uint32_t op) {
    switch (op) {
        case sign("+"):
            return Runtime{op, CodeOp::kAdd, false};
        case sign("-"):
            return Runtime{op, CodeOp::kSubtract, false};
        case sign("*"):
            return Runtime{op, CodeOp::kMultiply, false};
        case sign("&"):
            return Runtime{op, CodeOp::kAnd, false};
        case sign("|"):
            return Runtime{op, CodeOp::kOr, false};
        case sign("^"):
            return Runtime{op, CodeOp::kXor, false};
        case sign("<<"):
            return Runtime{op, CodeOp::kShiftLeft, false};
        case sign(">>"):
            return Runtime{op, CodeOp::kShiftRight, false};
        case sign("=="):
            return Runtime{op, CodeOp::kEqual, true};
        case sign("!="):
            return Runtime{op, CodeOp::kUnequal, true};
        case sign("<"):
            return Runtime{op, CodeOp::kLess, true};
        case sign("<="):
            return Runtime{op, CodeOp::kLessEqual, true};
        case sign(">"):
            return Runtime{op, CodeOp::kGreater, true};
        case sign(">="):
            return Runtime{op, CodeOp::kGreaterEqual, true};
        case sign("&&"):
            return Runtime{op, CodeOp::kAnd, true};
        case sign("||"):
            return Runtime{op, CodeOp::kOr, true};
        default:
            return std::nullopt;
    }
}

void append(std::vector<Code>& code, const std::vector<Code>& more) {
    code.insert(code.end(), more.begin(), more.end());
}

// 0 or 1 on the stack.
std::vector<Code> truth_code(const Value& value) {
    std::vector<Code> code = value.pushed();
    if (value.type == Type::kBool || (value.type == Type::kBit && value.width == 1)) return code;
    code.push_back({CodeOp::kConstant, 0});
    code.push_back({CodeOp::kUnequal, 0});
    return code;
}

// Numbers beyond their width lose their high bits; of signed ones the top bit is the sign.
std::int64_t cut(std::int64_t value, Type type, int width) {
    if (width <= 0 || width >= 64) return value;
    value &= low_mask(width);
    const bool negative = type == Type::kInt && (value >> (width - 1) & 1) != 0;
    return negative ? value | ~low_mask(width) : value;
}

Value runtime_value(std::uint32_t op, const Value& left, const Value& right, std::size_t offset) {
    const auto found = runtime_operation(op);
    if (!found || left.is_real() || right.is_real()) {
        throw Refusal{offset, "this operation is not supported on measured values",
                      "+ - * & | ^ ~ << >> == != < <= > >= && || ! of bits and whole numbers"};
    }
    Value value;
    value.runtime = true;
    value.type = found->truth ? Type::kBool : left.type == Type::kBit ? left.type : right.type;
    value.width = std::max(left.width, right.width);
    const bool logical = op == sign("&&") || op == sign("||");
    value.code = logical ? truth_code(left) : left.pushed();
    append(value.code, logical ? truth_code(right) : right.pushed());
    value.code.push_back({found->op, 0});
    if (value.type == Type::kBit && found->op == CodeOp::kShiftLeft && value.width < 64) {
        value.width = left.width;
        value.code.push_back({CodeOp::kConstant, low_mask(value.width)});
        value.code.push_back({CodeOp::kAnd, 0});
    }
    if (value.type == Type::kBool) value.width = 1;
    return value;
}

std::int64_t whole_power(std::int64_t base, std::int64_t exponent) {
    std::uint64_t result = 1;
    auto factor = static_cast<std::uint64_t>(base);
    for (auto left = static_cast<std::uint64_t>(exponent); left != 0; left >>= 1) {
        if (left & 1) result *= factor;
        factor *= factor;
    }
    return wrapped(result);
}

std::optional<bool> comparison(std::uint32_t op, double a, double b) {
    switch (op) {
        case sign("=="):
            return a == b;
        case sign("!="):
            return a != b;
        case sign("<"):
            return a < b;
        case sign("<="):
            return a <= b;
        case sign(">"):
            return a > b;
        case sign(">="):
            return a >= b;
        default:
            return std::nullopt;
    }
}

std::int64_t shifted(std::int64_t value, std::int64_t by, bool left) {
    if (by < 0 || by >= 64) return 0;
    const auto bits = static_cast<std::uint64_t>(value);
    return wrapped(left ? bits << by : bits >> by);
}

Value whole_operation(std::uint32_t op, const Value& left, const Value& right, bool whole_division,
                      std::size_t offset) {
    const auto a = static_cast<std::uint64_t>(left.integer);
    const auto b = static_cast<std::uint64_t>(right.integer);
    Value value;
    value.type = left.type == Type::kBit ? Type::kBit : Type::kInt;
    value.width = std::max(left.width, right.width);
    if (const auto truth =
            comparison(op, static_cast<double>(left.integer), static_cast<double>(right.integer))) {
        // Beyond 2^53 doubles do not tell neighbours apart.
        if (op == sign("==")) return Value::of_bool(left.integer == right.integer);
        if (op == sign("!=")) return Value::of_bool(left.integer != right.integer);
        return Value::of_bool(*truth);
    }
    switch (op) {
        case sign("+"):
            value.integer = wrapped(a + b);
            break;
        case sign("-"):
            value.integer = wrapped(a - b);
            break;
        case sign("*"):
            value.integer = wrapped(a * b);
            break;
        case sign("/"):
        case sign("%"): {
            if (b == 0) throw Refusal{offset, "division by zero", "a divisor other than 0"};
            const bool minus_one = right.integer == -1;  // the least number over -1 has no value
            const std::int64_t rest = minus_one ? 0 : left.integer % right.integer;
            if (op == sign("%")) {
                value.integer = rest;
            } else if (rest != 0 && !whole_division) {
                return Value::of_real(left.as_real() / right.as_real());
            } else {
                value.integer = minus_one ? wrapped(0 - a) : left.integer / right.integer;
            }
            break;
        }
        case sign("**"):
            if (right.integer < 0) {
                return Value::of_real(real_operation(op, left.as_real(), right.as_real(), offset));
            }
            value.integer = whole_power(left.integer, right.integer);
            break;
        case sign("&"):
            value.integer = wrapped(a & b);
            break;
        case sign("|"):
            value.integer = wrapped(a | b);
            break;
        case sign("^"):
            value.integer = wrapped(a ^ b);
            break;
        case sign("<<"):
            value.integer = shifted(left.integer, right.integer, true);
            break;
        case sign(">>"):
            value.integer = shifted(left.integer, right.integer, false);
            break;
        default:
            throw Refusal{offset, "unknown operation", ""};
    }
    if (value.type == Type::kBit) value.integer &= low_mask(value.width);
    return value;
}

}  // namespace

Value operation(std::uint32_t op, const Value& left, const Value& right, bool whole_division,
                std::size_t offset) {
    if (left.runtime || right.runtime) return runtime_value(op, left, right, offset);
    if (op == sign("&&") || op == sign("||")) {
        const bool a = left.as_real() != 0.0;
        const bool b = right.as_real() != 0.0;
        return Value::of_bool(op == sign("&&") ? a && b : a || b);
    }
    if (!left.is_real() && !right.is_real()) {
        return whole_operation(op, left, right, whole_division, offset);
    }
    if (const auto truth = comparison(op, left.as_real(), right.as_real())) {
        return Value::of_bool(*truth);
    }
    return Value::of_real(real_operation(op, left.as_real(), right.as_real(), offset));
}

Value unary_operation(std::uint32_t op, const Value& inner, std::size_t offset) {
    Value value = inner;
    if (op == sign("+")) return value;
    if (op == sign("!")) {
        if (!inner.runtime) return Value::of_bool(inner.as_real() == 0.0);
        value.type = Type::kBool;
        value.width = 1;
        value.code.push_back({CodeOp::kNot, 0});
        return value;
    }
    if (op == sign("~")) {
        if (inner.is_real()) throw Refusal{offset, "~ needs bits or a whole number", "bits"};
        const int width = inner.type == Type::kBool ? 1 : inner.width;
        const bool bits = inner.type == Type::kBit || inner.type == Type::kBool;
        value.integer = ~inner.integer;
        if (bits) value.integer &= low_mask(width);
        if (!inner.runtime) return value;
        value.code.push_back({CodeOp::kInvert, 0});
        if (bits) {
            value.code.push_back({CodeOp::kConstant, low_mask(width)});
            value.code.push_back({CodeOp::kAnd, 0});
        }
        return value;
    }
    if (inner.is_real()) return Value::of_real(-inner.real);
    value.type = Type::kInt;
    value.integer = wrapped(0 - static_cast<std::uint64_t>(inner.integer));
    if (inner.runtime) value.code.push_back({CodeOp::kNegate, 0});
    return value;
}

Value converted(const Value& value, Type type, int width, std::size_t offset) {
    Value out;
    out.type = type;
    out.width = width;
    if (type == Type::kFloat || type == Type::kAngle) {
        if (value.runtime) {
            throw Refusal{offset,
                          "angles and floats that depend on a measurement are not supported",
                          "bits and whole numbers"};
        }
        out.real = value.as_real();
        return out;
    }
    if (value.runtime) {
        out.runtime = true;
        out.code = type == Type::kBool ? truth_code(value) : value.code;
        const bool narrows = type != Type::kBool && width > 0 && width < 64 &&
                             (value.width == 0 || value.width > width);
        if (narrows && type != Type::kInt) {
            out.code.push_back({CodeOp::kConstant, low_mask(width)});
            out.code.push_back({CodeOp::kAnd, 0});
        }
        if (type == Type::kBool) out.width = 1;
        return out;
    }
    if (type == Type::kBool) return Value::of_bool(value.as_real() != 0.0);
    if (value.is_real()) {
        const double whole = std::trunc(value.real);
        if (!(std::abs(whole) < 9.2e18)) {
            throw Refusal{offset, "too large for a whole number", "magnitudes below 2^63"};
        }
        out.integer = static_cast<std::int64_t>(whole);
    } else {
        out.integer = value.integer;
    }
    out.integer = cut(out.integer, type, width);
    return out;
}

}  // namespace ionsim::qasm
