#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gates/gate.h"

namespace ionsim {

// One gate of a program.
struct GateView {
    const GateInfo& info;
    std::span<const std::int32_t> controls;
    std::span<const std::int32_t> targets;
    // The numbers of the gate's fields in table order; empty for a gate without numbers and for z
    // without a rotation. pauliexp: time, then one coefficient a term.
    std::span<const double> parameters;
    // pauliexp: `targets.size()` letters a term, 0..3 for I, X, Y, Z, letter j acting on
    // targets[j].
    std::span<const std::uint8_t> letters;
};

// The flat form in which a circuit crosses the language border. Row r of a ragged array is
// values[starts[r] .. starts[r + 1]).
struct ProgramArrays {
    std::vector<std::uint8_t> gates;           // gate codes
    std::vector<std::uint8_t> control_counts;  // of each gate's qubits, how many are controls
    std::vector<std::int64_t> qubit_starts{0};
    std::vector<std::int32_t> qubits;  // controls first, then targets
    std::vector<std::int64_t> parameter_starts{0};
    std::vector<double> parameters;
    std::vector<std::int64_t> letter_starts{0};
    std::vector<std::uint8_t> letters;
};

// An immutable circuit. The constructor checks its structure once; nothing checks it again.
class Program {
  public:
    // Throws ProgramError when the arrays do not describe a circuit over `qubits` qubits.
    Program(GateSet set, std::int64_t qubits, ProgramArrays arrays);

    GateSet gate_set() const { return set_; }
    std::int64_t qubits() const { return qubits_; }
    std::size_t size() const { return arrays_.gates.size(); }
    const ProgramArrays& arrays() const { return arrays_; }
    GateView operator[](std::size_t index) const;

    // Qubits that a gate acts on, ascending. The others stay |0> and are not simulated.
    std::span<const std::int32_t> touched() const { return touched_; }

  private:
    GateSet set_;
    std::int64_t qubits_;
    ProgramArrays arrays_;
    std::vector<std::int32_t> touched_;
};

}  // namespace ionsim
