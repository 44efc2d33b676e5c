#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "read/qasm_tree.h"

namespace ionsim::qasm {

// The value of an expression of numbers, parameters, operators and functions. Throws Refusal (at
// `offset`) for what has no real value.
double real_value(const Tree& tree, Index node, std::span<const double> parameters,
                  std::size_t offset);

// One operation.
double real_operation(std::uint32_t sign, double left, double right, std::size_t offset);

struct Function {
    std::string_view name;
    double (*one)(double);  // null: two arguments
    double (*two)(double, double);
};
// Null when there is none.
const Function* find_function(std::string_view name);
// The list of their names, for messages.
std::string_view function_names();

// pi, tau, euler and their Greek letters: true when the name is one.
bool find_constant(std::string_view name, double& value);

}  // namespace ionsim::qasm
