#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "read/flow_builder.h"
#include "read/text_problem.h"

namespace ionsim::quipper {

struct Wire {
    std::int64_t number = 0;
    bool classical = false;
};

struct Control {
    std::int64_t wire = 0;
    bool negative = false;
};

enum class LineKind : std::uint8_t {
    kGate,      // QGate, and the old spellings
    kRotation,  // QRot
    kPhase,     // GPhase
    kClassicalNot,
    kClassicalGate,
    kClassicalSwap,
    kInit,
    kTerm,
    kDiscard,
    kMeasure,
    kConvert,  // QPrep and QUnprep: a change of type
    kCall,     // Subroutine
    kNothing,  // comments
};

// One gate of a circuit.
struct Line {
    LineKind kind = LineKind::kNothing;
    bool inverse = false;
    bool classical = false;    // CInit, CTerm; kConvert: to a classical wire
    bool asserted = true;      // kTerm
    bool value = false;        // kInit, kTerm
    bool no_control = false;   // stays as it is in a controlled subroutine
    std::string_view name;     // of a gate or subroutine
    std::string_view shape;    // kCall
    double number = 0.0;       // kRotation, kPhase
    std::uint64_t repeat = 1;  // kCall
    std::vector<std::int64_t> wires;
    std::vector<std::int64_t> outputs;  // kCall
    std::vector<Control> controls;
    std::size_t offset = 0;
};

struct Circuit {
    std::vector<Wire> inputs;
    std::vector<Wire> outputs;
    std::vector<Line> lines;
    // Subroutines only.
    std::string_view name;
    std::string_view shape;
    std::size_t offset = 0;
};

// The first circuit is the main one. What is no Quipper goes to `problems`.
std::vector<Circuit> parse(std::string_view text, TextProblems& problems);

// Puts what the main circuit does into the builder. Throws Refusal.
void expand(const std::vector<Circuit>& circuits, FlowBuilder& builder);

// Both.
void read(std::string_view text, FlowBuilder& builder, TextProblems& problems);

}  // namespace ionsim::quipper
