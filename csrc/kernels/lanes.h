#pragma once

// Sixteen trajectories side by side: block i of a state holds amplitude i of all of them, 16 real
// parts, then 16 imaginary parts. Compiled once per instruction set, like kernels.h.

#include <cstdint>

#include "kernels/kernels.h"
#include "kernels/pauli_vector.h"

namespace ionsim::kernels {

// A Pauli string P on the qubits of a state: (P a)[i] = i^|x & z| (-1)^parity((i ^ x) & z) a[i ^
// x].
struct LanePauli {
    std::uint64_t x;
    std::uint64_t z;
};

// A group of amplitudes that a visit holds in registers: all that differ by a combination of three
// masks, which are numbered by the bits of the combination. Here, amplitudes have the number of
// their first real part: kAmplitudeReals times their index.
inline constexpr int kGroupMasks = 3;
inline constexpr int kGroupBlocks = 1 << kGroupMasks;
inline constexpr int kAmplitudeReals = 2 * kBlockLanes;

// A rotation of a visit: kGroupBlocks times the combination of masks that it flips, plus a
// combination of signs. Amplitude j of a group gets -t for t if either the parity of the group's
// base in `selector` or that of j in the signs is odd.
struct LaneStep {
    std::uint64_t selector;
    int code;
};

// Rotations that follow each other on each group.
struct LaneVisit {
    std::uint64_t groups;
    std::uint64_t pivots;                // bits that are 0 in the base of every group
    std::uint64_t blocks[kGroupBlocks];  // XORed to the base
    std::uint64_t upper;                 // amplitudes with this bit are zero, and not written yet
    int count;
    const LaneStep* steps;
};

// A bit of each lane: bit `shift` of its word.
struct LaneBits {
    const std::uint64_t* words;
    unsigned shift;
};

template <class T>
struct LaneTable {
    // Writes to to[0..16) the tangent of each lane, or `crossed` where the bits differ, negated
    // where the bit `minus` is set; the same with the other sign to the 16 after these.
    void (*tangents)(LaneBits minus, LaneBits other, T tangent, T crossed, T* to);
    // a = (1 - i t P) a with t of each lane in tangents[0..16), and -t in the 16 after these.
    void (*rotate)(T* state, std::uint64_t size, LanePauli pauli, const T* tangents);
    // The same on a state whose upper half, a qubit that the string flips, is still zero and not
    // written: `size` amplitudes become 2 size.
    void (*expand)(T* state, std::uint64_t size, LanePauli pauli, const T* tangents);
    // All rotations of the visit; tangents[32 k ..) are those of step k, t and then -t.
    void (*visit)(T* state, const LaneVisit& visit, const T* tangents);
    // Squared norms of the two outcomes of measuring P: sums[0..16) for +1, the 16 after for -1.
    // Twice the true ones if P flips anything.
    void (*norms)(const T* state, std::uint64_t size, LanePauli pauli, double* sums);
    // Projects on the outcome -1 of P where `ones` of a lane is 1, else +1, drops the highest qubit
    // that P flips, or on which it has a Z if it flips none, and multiplies by factors[lane].
    void (*collapse)(T* state, std::uint64_t size, LanePauli pauli, const T* ones,
                     const T* factors);
    void (*scale)(T* state, std::uint64_t size, const T* factors);
    // Each lane l whose bit is set in `which` becomes the vector from[l] of `reals` numbers, which
    // is aligned like the state.
    void (*fill)(T* state, const T* const* from, std::uint32_t which, std::uint64_t reals);
    // Writes each lane l to the vector to[l], unless that is null.
    void (*keep)(const T* state, T* const* to, std::uint64_t reals);
};

// A sparse real matrix on the letters of one or two qubits of a Pauli vector: component i of the
// vector belongs to the string with digit (i >> 2 p) & 3 at position p.
struct TransferPlan {
    int digits[2];  // positions, of 2 or more; digits[1] is -1 for one qubit
    int count[16];  // elements of each row
    std::uint8_t column[16][16];
    double factor[16][16];
};

struct LaneIsa {
    const LaneTable<float>* single;
    const LaneTable<double>* twice;
    // Philox4x32-10 of base/philox.h for 16 shots; `tagged` are shots with the purpose in the top
    // byte. Writes two words a shot, the first words in words[0..16). Bit j of the result: the
    // first word of shot j is below below[0]; bit 16 + j: the second below below[1].
    std::uint32_t (*random)(std::uint64_t seed, const std::uint64_t* tagged, std::uint32_t index,
                            const std::uint64_t* below, std::uint64_t* words);
    // Groups [begin, end) of 16 components: there are as many as blocks of the vector whose digits
    // at the plan's positions are zero.
    void (*transfer)(double* vector, const TransferPlan& plan, std::uint64_t begin,
                     std::uint64_t end);
    const PauliTable<float>* pauli_single;
    const PauliTable<double>* pauli_twice;
};

extern const LaneIsa portable_lanes, avx2_lanes, avx512_lanes, neon_lanes;

// Those that belong to active_isa().
const LaneIsa& active_lanes();

}  // namespace ionsim::kernels
