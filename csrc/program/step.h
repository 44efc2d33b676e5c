#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/bits.h"
#include "base/small_vector.h"
#include "gates/gate.h"

namespace ionsim {

// A step acts on the amplitudes whose index i satisfies (i & mask) == value; others stay as they
// are.
struct Control {
    std::uint64_t mask = 0;
    std::uint64_t value = 0;
};

// new[i] = factors[p] old[i], where bit j of p is the parity of i with selectors[j].
struct DiagonalStep {
    Control control;
    SmallVector<std::uint64_t, 2> selectors;
    SmallVector<Complex, 4> factors;  // 2^selectors
};

// new[i] = keep[p] old[i] + swap[p] old[i ^ flip], where bit j of p is the parity of i with
// selectors[j]; an unused selector is 0, its bit of p too. Every gate on one target, every Pauli
// rotation, swap and ms have this form: it needs two products where a dense matrix needs four.
struct PairStep {
    Control control;
    std::uint64_t flip = 0;
    std::array<std::uint64_t, 2> selectors{};
    std::array<Complex, 4> keep{};
    std::array<Complex, 4> swap{};
};

// A matrix on a few qubits, row-major; bit j of an index is the state of qubits[j].
struct DenseStep {
    Control control;
    std::vector<int> qubits;
    std::vector<Complex> matrix;
};

// coefficient * P with P = i^|x & z| X^x Z^z: bit q of x and z gives the letter on qubit q.
struct PauliTerm {
    std::uint64_t x = 0;
    std::uint64_t z = 0;
    double coefficient = 0.0;
};

// exp(-i time sum_j terms[j]) for terms that do not commute, on too many qubits for a matrix.
struct PauliSumStep {
    Control control;
    std::vector<PauliTerm> terms;
    double time = 0.0;
};

// What the kernels can do, by shape: no gate name from here on. Qubits are numbered by their place
// among the simulated qubits.
using Step = std::variant<DiagonalStep, PairStep, DenseStep, PauliSumStep>;

// Bits of the index on which a step depends, and those which it changes.
std::uint64_t support(const Step& step);
std::uint64_t flipped(const Step& step);

// Two Pauli strings commute when they differ on an even number of qubits where both act.
constexpr bool commute(const PauliTerm& a, const PauliTerm& b) {
    return parity(a.x & b.z) == parity(a.z & b.x);
}

// A place where noise acts: after `steps` steps, on one or two qubits.
struct NoiseSite {
    std::uint32_t steps = 0;
    int first = 0;
    int second = -1;  // -1: a site on one qubit
};

struct NoisySteps {
    std::vector<Step> steps;
    std::vector<NoiseSite> sites;
};

}  // namespace ionsim
