#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/turn.h"
#include "compile/rotations.h"

namespace ionsim {

// The expectation values of X, Z, Y, in the order of their letters 1, 2, 3, or a direction.
using Bloch = std::array<double, 3>;

// How often depolarizing channels have acted: on the first or second qubit alone, and on both.
struct ChannelCounts {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    std::uint32_t both = 0;
};

// Components of a Pauli vector are turned about the string of letters `axis` & 3 on the first qubit
// of a visit and `axis` >> 2 on the second; behind a turn about letters on both, channels act.
struct StringTurn {
    std::uint8_t axis = 0;
    Turn angle;
    ChannelCounts channels;
};

// Turns on two qubits that follow each other.
struct StringVisit {
    int first = 0;
    int second = 0;
    std::vector<StringTurn> turns;
};

// A noisy circuit as turns of the expectation values of its Pauli strings, in which no gate on one
// qubit is left: each qubit has axes of its own, which such gates turn instead of the vector. Only
// where a gate on two qubits has its axis between those of the vector, the vector is turned.
struct StringCircuit {
    struct Qubit {
        bool visited = false;        // whether any visit is about it
        Bloch start{};               // before its first visit,
        std::uint32_t channels = 0;  // and how often a channel on it acted by then
        Bloch measured{};            // the direction along which it is measured at the end
    };
    std::vector<Qubit> qubits;
    std::vector<StringVisit> visits;
};
StringCircuit string_circuit(const RotationCircuit& circuit);

// Where the components of a Pauli vector lie while the visits are made. A string has a digit, its
// letter, for each qubit; the qubits of a visit must stand above the lowest two digits, the lanes.
struct VectorStep {
    enum class Kind : std::uint8_t {
        kEnter,     // `qubit` comes in as the highest digit
        kVisit,     // visit number `visit`, whose qubits stand at `first` and `second`
        kExchange,  // digit 0 changes places with `first`, digit 1 with `second`
    };
    Kind kind = Kind::kVisit;
    int qubit = -1;  // -1: none, a digit to fill up
    int first = 0;
    int second = 0;
    std::uint32_t visit = 0;
    bool exchanges = false;  // whether a visit ends with an exchange of its digits
};

// Steps that leave the digits of `outer` alone, so that what differs there is independent.
struct VectorStage {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<int> outer;
};

struct VectorPlan {
    static constexpr int kLaneDigits = 2;
    int digits = 0;                              // 0 where no qubit is visited
    std::array<int, kLaneDigits> lanes{-1, -1};  // the qubits that begin there; -1: none
    std::vector<VectorStep> steps;
    std::vector<VectorStage> stages;  // the first one makes the vector grow
    std::vector<int> digit_of;        // of each qubit in the end; -1: it is not visited
};
// At most 32 qubits.
VectorPlan plan_vector(const StringCircuit& circuit);

}  // namespace ionsim
