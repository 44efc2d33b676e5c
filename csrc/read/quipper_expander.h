#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "read/flow_builder.h"
#include "read/gate_applier.h"
#include "read/gate_compiler.h"
#include "read/quipper.h"

namespace ionsim::quipper {

// What a wire of a circuit is at the moment.
struct Place {
    std::int32_t qubit = 0;
    bool classical = false;
};
using Frame = std::unordered_map<std::int64_t, Place>;

// Carries out a main circuit: subroutines are written out, wires become qubits.
class Expander {
  public:
    Expander(const std::vector<Circuit>& circuits, FlowBuilder& builder);

    void run();

  private:
    using GateDefinition = qasm::GateDefinition;

    struct Cost {
        enum class State : std::uint8_t { kUnknown, kCounting, kKnown } state = State::kUnknown;
        std::uint64_t gates = 0;
    };
    // How a qubit ended.
    struct End {
        bool value = false;
        std::size_t offset = 0;
        bool asserted = true;
    };

    std::size_t find(const Line& call) const;
    std::uint64_t cost_of(std::size_t place, int depth);
    // A qubit that is known to be 0 or 1, made to be `value`. The main circuit's wires keep their
    // numbers where that is possible.
    std::int32_t allocate(std::int64_t preferred, bool value);
    void release(std::int32_t qubit, bool value, const Line& line);
    void enter(Frame& frame, const Wire& wire, std::int32_t qubit);
    [[noreturn]] void refuse_wire(std::string message, std::int64_t wire, std::string allowed);
    Place& at(Frame& frame, std::int64_t wire);
    Place leave(Frame& frame, std::int64_t wire);

    // Gates (quipper_gates.cpp).
    static const GateDefinition& gate(std::string_view name, std::size_t parameters = 0);
    void flip(std::int32_t qubit) { applier_.apply(gate("x"), {}, {&qubit, 1}); }
    // The controls of the line and of the calls around it.
    void controlled(const GateDefinition& definition, std::span<const double> parameters,
                    std::span<const std::int32_t> targets, bool inverse = false);
    void phase(double radians) { controlled(gate("gphase", 1), {&radians, 1}, {}); }
    void rotate(std::string_view name, std::int32_t target, double angle);
    std::size_t push_controls(Frame& frame, const Line& line);
    void pop_controls(std::size_t before);
    std::vector<std::int32_t> targets(Frame& frame, const Line& line, bool classical);
    void need_wires(const Line& line, std::size_t count);
    void apply_gate(Frame& frame, const Line& line, bool inverse);
    void apply_rotation(Frame& frame, const Line& line, bool inverse);
    // Adds (exclusive or) the function of the classical inputs to `out`.
    void add_function(const Line& line, std::int32_t out, std::span<const std::int32_t> in);
    void apply_classical_gate(Frame& frame, const Line& line, bool inverse);
    void no_inverse(const Line& line, bool inverse);
    void one_wire(const Line& line);

    // Circuits.
    void carry_out(const Circuit& circuit, Frame& frame, bool inverse, bool main);
    void step(const Line& line, Frame& frame, bool outer_inverse, bool main);
    void call(const Line& line, Frame& frame, bool inverse, bool first);
    void finish(const Circuit& main, Frame& frame);

    const std::vector<Circuit>& circuits_;
    FlowBuilder& builder_;
    GateApplier applier_;
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> by_name_;
    std::vector<Cost> costs_;
    std::set<std::int64_t> free_;         // qubits in a known state
    std::map<std::int32_t, End> ended_;   // those of them that were used
    std::vector<std::int32_t> controls_;  // of the calls around, and of the line
    std::vector<std::uint8_t> negative_;
    bool discards_ = false;
};

}  // namespace ionsim::quipper
