#pragma once

// Reads a text with tight limits and looks whether what comes back is sound.

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "program/flow.h"
#include "program/program.h"
#include "read/program_text.h"

namespace text_check {

enum class Language { kOpenQasm, kOpenQasm2, kOpenQasm3, kQuipper };

struct Outcome {
    bool accepted = false;
    std::string wrong;  // what is wrong with the reader; empty: nothing
};

inline Outcome read_checked(std::string_view text, Language language) {
    ionsim::TextOptions options;
    options.limits.gates = 2000;
    options.limits.bits = 5000;
    options.limits.qubits = 2000;
    options.inputs = {{"theta", 0.5}};
    options.version = language == Language::kOpenQasm2   ? 2
                      : language == Language::kOpenQasm3 ? 3
                                                         : 0;
    ionsim::TextReading reading = language == Language::kQuipper
                                      ? ionsim::read_quipper(text, options)
                                      : ionsim::read_qasm(text, options);
    if (reading.flow.has_value() != reading.problems.empty()) return {false, "neither or both"};
    if (reading.problems.size() > options.problems) return {false, "too many problems"};
    for (const ionsim::Problem& problem : reading.problems) {
        if (problem.message.empty() || problem.path.find("line ") == std::string::npos) {
            return {false, "a problem without a place or a message"};
        }
    }
    if (!reading.flow) return {};
    ionsim::Flow& flow = *reading.flow;
    if (flow.gates.gates.size() > options.limits.gates) return {true, "too many gates"};
    try {
        ionsim::check_flow(flow, flow.gates.gates.size());
        const ionsim::Program program(flow.set, flow.qubits, std::move(flow.gates));
        if (program.qubits() != flow.qubits) return {true, "another width"};
    } catch (const std::exception& error) {
        return {true, error.what()};
    }
    return {true, {}};
}

}  // namespace text_check
