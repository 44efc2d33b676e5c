#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gates/gate.h"
#include "read/qasm_tree.h"

namespace ionsim::qasm {

struct GateDefinition;

// One line in the body of a gate.
struct GateCall {
    const GateDefinition* gate = nullptr;
    std::vector<Index> arguments;        // expressions over the parameters of the outer gate
    std::vector<std::uint32_t> qubits;   // places among those of the outer gate, controls first
    std::vector<std::uint8_t> negative;  // of each control: acts when it is 0
    bool inverse = false;
    Index exponent = kNone;  // an expression; kNone: 1
    std::uint32_t offset = 0;
};

// A gate of a program text.
struct GateDefinition {
    enum class Kind : std::uint8_t {
        kCore,     // a gate of the table, the first qubits being controls
        kEuler,    // rz(l), ry(t), rz(p) for the parameters t, p, l
        kUnitary,  // the same with the phase e^{i (t + p + l) / 2}: the U of OpenQASM 3
        kPhase,    // e^{i parameter}
        kBody,
    };

    std::string_view name;
    Kind kind = Kind::kBody;
    std::uint32_t parameters = 0;
    std::uint32_t qubits = 0;
    std::uint8_t code = 0;       // kCore
    std::uint8_t controls = 0;   // kCore
    std::vector<GateCall> body;  // kBody
    const Tree* tree = nullptr;  // of the body's expressions
    std::uint64_t cost = 1;      // gates after expansion, at most; all ones: more than can be said
    std::uint32_t depth = 1;     // of definitions within definitions
    const GateDefinition* next = nullptr;  // of the same name with other numbers
    bool library = false;
};

inline constexpr std::uint64_t kEndless = ~std::uint64_t{0};

constexpr std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
    return a > kEndless - b ? kEndless : a + b;
}
constexpr std::uint64_t saturating_multiply(std::uint64_t a, std::uint64_t b) {
    return a != 0 && b > kEndless / a ? kEndless : a * b;
}

}  // namespace ionsim::qasm
