#include "read/qasm_functions.h"

#include <array>
#include <cmath>
#include <numbers>

#include "read/qasm_lexer.h"
#include "read/text_problem.h"

namespace ionsim::qasm {
namespace {

double modulo(double a, double b) {
    return std::fmod(a, b);
}

constexpr std::array<Function, 18> kFunctions = {{
    {"sin", [](double x) { return std::sin(x); }, nullptr},
    {"cos", [](double x) { return std::cos(x); }, nullptr},
    {"tan", [](double x) { return std::tan(x); }, nullptr},
    {"arcsin", [](double x) { return std::asin(x); }, nullptr},
    {"arccos", [](double x) { return std::acos(x); }, nullptr},
    {"arctan", [](double x) { return std::atan(x); }, nullptr},
    {"asin", [](double x) { return std::asin(x); }, nullptr},
    {"acos", [](double x) { return std::acos(x); }, nullptr},
    {"atan", [](double x) { return std::atan(x); }, nullptr},
    {"exp", [](double x) { return std::exp(x); }, nullptr},
    {"ln", [](double x) { return std::log(x); }, nullptr},
    {"log", [](double x) { return std::log(x); }, nullptr},
    {"sqrt", [](double x) { return std::sqrt(x); }, nullptr},
    {"floor", [](double x) { return std::floor(x); }, nullptr},
    {"ceiling", [](double x) { return std::ceil(x); }, nullptr},
    {"mod", nullptr, modulo},
    {"pow", nullptr, [](double a, double b) { return std::pow(a, b); }},
    {"atan2", nullptr, [](double a, double b) { return std::atan2(a, b); }},
}};

double finite(double value, std::size_t offset) {
    if (std::isfinite(value)) return value;
    throw Refusal{offset, "the value of this expression is not a finite number", "finite numbers"};
}

}  // namespace

const Function* find_function(std::string_view name) {
    for (const Function& each : kFunctions) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

std::string_view function_names() {
    return "sin cos tan arcsin arccos arctan exp ln log sqrt floor ceiling mod pow";
}

bool find_constant(std::string_view name, double& value) {
    if (name == "pi" || name == "\xCF\x80") {
        value = std::numbers::pi;
    } else if (name == "tau" || name == "\xCF\x84") {
        value = 2.0 * std::numbers::pi;
    } else if (name == "euler" || name == "\xE2\x84\x87") {
        value = std::numbers::e;
    } else {
        return false;
    }
    return true;
}

double real_operation(std::uint32_t op, double left, double right, std::size_t offset) {
    switch (op) {
        case sign("+"):
            return finite(left + right, offset);
        case sign("-"):
            return finite(left - right, offset);
        case sign("*"):
            return finite(left * right, offset);
        case sign("/"):
            if (right == 0.0) throw Refusal{offset, "division by zero", "a divisor other than 0"};
            return finite(left / right, offset);
        case sign("%"):
            if (right == 0.0) throw Refusal{offset, "division by zero", "a divisor other than 0"};
            return finite(modulo(left, right), offset);
        case sign("**"):
            return finite(std::pow(left, right), offset);
        default:
            throw Refusal{offset, "this operation has no real value", "+ - * / % and powers"};
    }
}

double real_value(const Tree& tree, Index index, std::span<const double> parameters,
                  std::size_t offset) {
    const Node& node = tree[index];
    switch (node.kind) {
        case NodeKind::kReal:
            return node.value.real;
        case NodeKind::kInteger:
            return static_cast<double>(node.value.integer);
        case NodeKind::kParameter:
            return parameters[node.a];
        case NodeKind::kUnary: {
            const double inner = real_value(tree, node.a, parameters, offset);
            if (node.sign == sign("-")) return -inner;
            if (node.sign == sign("+")) return inner;
            break;
        }
        case NodeKind::kBinary:
            return real_operation(node.sign, real_value(tree, node.a, parameters, offset),
                                  real_value(tree, node.b, parameters, offset), offset);
        case NodeKind::kCall: {
            const Function* const function = find_function(node.text);
            if (function == nullptr) break;
            const double first = real_value(tree, tree.item(node, 0), parameters, offset);
            if (function->one != nullptr) return finite(function->one(first), offset);
            return finite(
                function->two(first, real_value(tree, tree.item(node, 1), parameters, offset)),
                offset);
        }
        default:
            break;
    }
    throw Refusal{offset, "this expression has no real value", "numbers, parameters, functions"};
}

}  // namespace ionsim::qasm
