#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/philox.h"
#include "compile/site_gates.h"
#include "program/step.h"

namespace ionsim {

// One operation of a shot. A qubit is in the state from the first operation on it until it is
// measured, where it may enter anew.
struct WireOp {
    enum class Kind : std::uint8_t {
        kGate,    // the steps of `gate`
        kTurn,    // matrices[0] on `qubit`
        kSwitch,  // matrices[outcome of wire `wire`] on `qubit`
        kMeasure  // `qubit` as the end of wire `wire`, in the basis 0, 1
    };
    Kind kind = Kind::kTurn;
    int qubit = 0;
    int second = -1;                       // of a gate on two
    std::array<std::uint8_t, 2> places{};  // of these qubits in the state
    std::uint32_t gate = 0;
    std::uint32_t wire = 0;
    std::array<Matrix2, 2> matrices{};
};

// What is left of a circuit when some gates are replaced by erasures of their qubits.
//
// Depolarizing noise of rate r after a gate leaves the state alone or, with probability r, throws
// the gate's qubits away and puts maximally mixed ones in their place; the gate itself then does
// not matter. A wire is a qubit between two such events. A wire that begins mixed may begin along
// or against any axis, at random: if the gate that follows does not change such states, it becomes
// a gate on its other qubit. A wire that is thrown away may be measured along any axis, so that the
// same holds for the gate before. What reaches no outcome is left out.
struct WirePlan {
    std::vector<WireOp> ops;      // in an order in which few places hold something at a time
    std::vector<int> final_wire;  // of each qubit: -1 where the outcome is known
    std::uint64_t outcome = 0;    // of the others
    std::size_t wires = 0;
    double work = 0.0;  // amplitudes that the gates on two qubits update
    int width = 0;      // qubits in the state at a time, at most
};

// For each of the `erased` sites (ascending), the qubits are erased after its gate. Random numbers
// decide what can be decided before the run; uniform(random, shot, wire, end) decides the ends of
// the other wires. If the gates before `begin` have run already, where it is not 0, all qubits are
// in the state at the start, and each stays at the place of its number.
WirePlan plan_wires(std::span<const SiteGate> gates, int qubits,
                    std::span<const std::uint32_t> erased, const Philox& random, std::uint64_t shot,
                    std::uint32_t begin = 0);
double wire_uniform(const Philox& random, std::uint64_t shot, std::uint32_t wire, bool end);

// The same operations in an order that keeps the state small, with their places in it, and their
// work. Operations on a qubit keep their order; so do a wire's end and what depends on it. Wires
// that may as well be measured together follow each other. `all_inside`: see `begin` of plan_wires.
void order_wires(WirePlan& plan, int qubits, bool all_inside = false);

}  // namespace ionsim
