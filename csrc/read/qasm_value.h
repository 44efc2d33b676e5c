#pragma once

#include <cstdint>
#include <vector>

#include "program/flow.h"
#include "read/qasm_tree.h"

namespace ionsim::qasm {

// What an expression is worth: a number that is known, or code for when the program runs.
struct Value {
    Type type = Type::kInt;
    int width = 0;  // bits of kBit; of kInt and kUint where given
    bool runtime = false;
    std::int64_t integer = 0;  // kBool, kInt, kUint, kBit
    double real = 0.0;         // kFloat, kAngle
    std::vector<Code> code;    // runtime

    bool is_real() const { return type == Type::kFloat || type == Type::kAngle; }
    double as_real() const {
        if (is_real()) return real;
        // Above 2^63 an unsigned number does not show as a negative one.
        return type == Type::kUint ? static_cast<double>(static_cast<std::uint64_t>(integer))
                                   : static_cast<double>(integer);
    }
    // Code that leaves the value on the stack.
    std::vector<Code> pushed() const {
        return runtime ? code : std::vector<Code>{{CodeOp::kConstant, integer}};
    }

    static Value of_integer(std::int64_t number) {
        Value value;
        value.integer = number;
        return value;
    }
    static Value of_bool(bool truth) {
        Value value;
        value.type = Type::kBool;
        value.integer = truth ? 1 : 0;
        return value;
    }
    static Value of_real(double number) {
        Value value;
        value.type = Type::kFloat;
        value.real = number;
        return value;
    }
};

// The operation of two numbers, whole ones divided as whole numbers or not. Throws Refusal.
Value operation(std::uint32_t sign, const Value& left, const Value& right, bool whole_division,
                std::size_t offset);
Value unary_operation(std::uint32_t sign, const Value& inner, std::size_t offset);

// The value as another type. Throws Refusal where that has no meaning.
Value converted(const Value& value, Type type, int width, std::size_t offset);

}  // namespace ionsim::qasm
