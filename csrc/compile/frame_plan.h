#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/control.h"
#include "compile/clifford_frame.h"
#include "compile/rotations.h"

namespace ionsim {

// One operation on the vector of the active qubits, of which there are `width` before it. A Pauli
// string on them is (-1)^minus times letters, bits x and z of a position being both set for Y.
struct FrameOp {
    enum class Kind : std::uint8_t {
        kRotate,     // 1 - i tangent P, not normalised
        kExpand,     // the same, on a vector that first gets a further qubit, |0>, at the top
        kNormalize,  // brings the norm near 1, by a power of two
        kFixed,      // a measurement whose outcome the signs alone decide
        kCoin,       // one whose outcome is uniformly random, and turns over rotations
        kDiagonal,   // a measurement of Z letters: the half with the other parity is dropped
        kPaired,     // a measurement with X or Y letters: pairs of amplitudes become one
    };
    Kind kind = Kind::kRotate;
    bool minus = false;  // of a measured string; that of a rotation is in its tangents
    int width = 0;
    std::uint64_t x = 0;
    std::uint64_t z = 0;
    // Two rotations about the same axis are one operation: `tangent` where both signs are as
    // planned, `crossed` where only the second is turned over; turning the first over negates.
    double tangent = 0.0;
    double crossed = 0.0;
    int flip = -1;         // the bit that turns over the sign, or the outcome
    int second_flip = -1;  // the bit that turns over the sign of the second rotation; -1: no second
    int qubit = -1;        // whose outcome a measurement is

    bool draws() const { return kind >= Kind::kCoin; }
    double work() const;  // updates of an amplitude in one shot
};

// Operations [begin, end) of a list: rotations, before which there may be an expansion, that flip
// only combinations of three masks, so that they can run together on groups of eight amplitudes.
// The masks are reduced: the highest bit of each is in no other. `width` is that of the rotations.
struct FrameVisit {
    std::size_t begin = 0;
    std::size_t end = 0;
    int width = 0;
    std::array<std::uint64_t, 3> masks{};
};

// A measurement whose outcome is uniformly random and turns over no rotation: it can be drawn
// before the shot runs, together with the errors, which turn over its value. Among the operations
// it is a kFixed one, whose flip is set where the outcome is not `minus`.
struct FreeCoin {
    int qubit = -1;
    int flip = -1;
    bool minus = false;
};

// One list of operations for every shot of a noisy circuit: errors and random outcomes only turn
// over signs, that is, bits of a row of flips.
struct FramePlan {
    int qubits = 0;
    int width = 0;  // the largest
    std::size_t flip_bits = 0;
    std::vector<FrameOp> ops;
    std::vector<FrameVisit> visits;     // in the order of the operations
    std::vector<std::size_t> flip_ops;  // the operation that each bit belongs to
    std::vector<int> rotation_bits;     // see FlipTable
    std::vector<int> outcome_bits;      // see FlipTable
    // What a value of -1 turns over that was measured on qubit q, a row a qubit; the rows of what
    // is drawn later leave out the free coins, which they would turn over.
    std::vector<std::uint64_t> outcome_rows;
    std::vector<FreeCoin> coins;  // in the order of the operations
    std::size_t words() const { return (flip_bits + 63) / 64; }
    std::size_t first_draw() const;  // the first operation that draws, ops.size() if none does
    std::size_t outcome_words() const { return (static_cast<std::size_t>(qubits) + 63) / 64; }
    std::span<std::uint64_t> outcome_row(int qubit) {
        return std::span(outcome_rows).subspan(static_cast<std::size_t>(qubit) * words(), words());
    }
    std::span<const std::uint64_t> outcome_row(int qubit) const {
        return std::span(outcome_rows).subspan(static_cast<std::size_t>(qubit) * words(), words());
    }
};

// Puts rotations that can share a visit next to each other, where they commute with what they pass.
// Only rotations of one width are exchanged, and fixed outcomes pass them; narrower ones than a
// group stay alone.
std::vector<FrameVisit> group_rotations(std::vector<FrameOp>& ops, RunControl& control);

// More rotations than this are not ordered.
inline constexpr std::size_t kMaxFrameRotations = 8192;

// Orders the rotations and measurements so that few qubits are active at a time: the measured qubit
// whose remaining past adds the least width is taken next, just that past is run, and the qubit is
// measured and dropped. Empty for more than kMaxFrameRotations rotations.
std::optional<FramePlan> plan_frame(PauliProgram program, RunControl& control);

}  // namespace ionsim
