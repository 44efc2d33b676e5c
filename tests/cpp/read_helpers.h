#pragma once

// Short ways to read a gate list and to say what came of it.

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "read/circuit_json.h"
#include "read/json.h"

namespace read_test {

using ionsim::GateSet;
using ionsim::ReadResult;

inline ReadResult read(std::string_view json, GateSet set = GateSet::kQis,
                       std::optional<std::int64_t> qubits = {}, std::size_t limit = 20) {
    return ionsim::read_gates(json, set, qubits, "input.circuit", limit);
}

// One gate object as a list.
inline std::string list_of(std::string_view gate) {
    return std::string("[").append(gate) + "]";
}

template <class Values>
std::string joined(const Values& values) {
    std::ostringstream text;
    text.precision(17);
    const char* separator = "";
    for (const auto value : values) {
        text << separator << value;
        separator = ",";
    }
    return text.str();
}

// "name controls|targets|parameters|letters", the letters as they act on the targets in order.
inline std::string gate_text(const ionsim::Program& program, std::size_t index) {
    const ionsim::GateView gate = program[index];
    std::string letters;
    for (const std::uint8_t letter : gate.letters) letters += "IXYZ"[letter];
    std::string text(gate.info.name);
    text += ' ';
    text += joined(gate.controls);
    text += '|';
    text += joined(gate.targets);
    text += '|';
    text += joined(gate.parameters);
    text += '|';
    return text + letters;
}

inline std::string problem_text(const ionsim::Problem& problem) {
    std::string text = problem.code;
    for (const std::string* part :
         {&problem.path, &problem.value, &problem.message, &problem.allowed}) {
        text += " ; ";
        text += *part;
    }
    return text;
}

inline std::string text_of(const ReadResult& result) {
    std::string text;
    for (const ionsim::Problem& problem : result.problems) text += problem_text(problem) + "\n";
    if (!result.program) return text;
    for (std::size_t i = 0; i < result.program->size(); ++i) {
        if (i > 0) text += "; ";
        text += gate_text(*result.program, i);
    }
    return text;
}

// What one gate becomes, or its problems.
inline std::string lowered(std::string_view gate, GateSet set = GateSet::kQis) {
    return text_of(read(list_of(gate), set));
}

struct Expected {
    std::string_view path;     // behind input.circuit[0]
    std::string_view value;    // exactly
    std::string_view message;  // a part of it
    std::string_view allowed = {};
    std::string_view code = "InvalidInput";
};

// Checks that a gate has exactly these problems, and that there is no program.
inline void check_problems(std::string_view gate, GateSet set, std::optional<std::int64_t> qubits,
                           const std::vector<Expected>& expected) {
    const ReadResult result = read(list_of(gate), set, qubits);
    const std::string came = std::string(gate) + "\n" + text_of(result);
    check::report(!result.program, __FILE__, __LINE__, "a program came from " + came);
    if (!check::report(result.problems.size() == expected.size(), __FILE__, __LINE__,
                       "wrong number of problems: " + came)) {
        return;
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const ionsim::Problem& problem = result.problems[i];
        const Expected& wanted = expected[i];
        const bool fits = problem.path == std::string("input.circuit[0]").append(wanted.path) &&
                          problem.value == wanted.value && problem.code == wanted.code &&
                          problem.message.find(wanted.message) != std::string::npos &&
                          problem.allowed.find(wanted.allowed) != std::string::npos;
        std::string wish = "not as expected (";
        for (const std::string_view part :
             {wanted.code, wanted.path, wanted.value, wanted.message, wanted.allowed}) {
            wish.append(part).append(" ; ");
        }
        check::report(fits, __FILE__, __LINE__, wish + "): " + came);
    }
}

inline void check_problem(std::string_view gate, const Expected& expected,
                          GateSet set = GateSet::kQis, std::optional<std::int64_t> qubits = {}) {
    check_problems(gate, set, qubits, {expected});
}

}  // namespace read_test
