#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/flow.h"
#include "read/flow_builder.h"
#include "read/problem.h"

namespace ionsim {

// What a program text says, or at least one problem.
struct TextReading {
    std::optional<Flow> flow;
    std::vector<Problem> problems;
};

struct TextOptions {
    std::string path;           // goes before the line and column of every problem
    std::size_t problems = 20;  // at most
    TextLimits limits;
    int version = 0;  // OpenQASM: of texts that do not say it; 0 guesses
    std::vector<std::pair<std::string, double>> inputs;  // OpenQASM 3: of its input declarations
};

// OpenQASM 2 or 3.
TextReading read_qasm(std::string_view text, const TextOptions& options);

// Quipper's ASCII circuits.
TextReading read_quipper(std::string_view text, const TextOptions& options);

}  // namespace ionsim
