#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "compile/block.h"
#include "compile/lower.h"
#include "program/program.h"
#include "program/step.h"

namespace ionsim {

// What may be done to make a circuit run faster. Each can be switched off, for the tests that
// compare it with its slow twin; the result changes by rounding only.
struct Passes {
    bool conjugate = true;  // a diagonal between two equal controlled flips is one without them
    bool merge = true;      // products of neighbouring gates on the same qubits
    bool diagonals = true;  // products of diagonal gates
    bool tangent = true;    // rotations without the products with their cosine
    bool tiles = true;      // many steps on a part of the state while it is in cache
    bool registers = true;  // several steps between a load and a store
    bool growth = true;     // parts of the state that are still zero are left out
    bool reuse = true;      // a circuit that runs again takes its earlier plan; the same bits

    bool operator==(const Passes&) const = default;
};

struct CompileOptions {
    Passes passes;
    bool single_precision = false;
    // Index bits that some amplitude may have by the end: the others need no room in tiles.
    std::uint64_t reached = ~std::uint64_t{0};
};

// Steps that follow each other: in tiles, or, without stages, one after the other over the whole
// state.
struct Part {
    std::vector<Step> steps;  // also those that the stages made by merging
    std::vector<OuterStage> stages;
    std::size_t given = 0;  // how many steps there were before that
};

// What an ideal run executes.
struct Schedule {
    int qubits = 0;
    std::size_t gate_steps = 0;  // before any pass
    TileSizes sizes{};
    std::vector<Part> parts;
};

// Whether a state of so many qubits is divided into tiles.
bool runs_in_tiles(int qubits, const Passes& passes);

Schedule compile(const Program& program, const CompileOptions& options, RunControl& control);
// The same for steps, over `qubits` qubits.
Schedule compile(std::vector<Step> steps, int qubits, const CompileOptions& options,
                 RunControl& control);

// Work of a step in amplitude updates of a plain one-qubit gate, on `qubits` qubits.
double step_work(const Step& step, int qubits);
double schedule_work(std::span<const Step> steps, int qubits);

// Passes. Each keeps the product of the steps, up to rounding.
// Takes away equal controlled flips before and after diagonal steps: what stands between them,
// conjugated by the flip, is diagonal again. A qubit that is computed, used for a phase and
// uncomputed is then never flipped.
std::vector<Step> conjugate_diagonals(std::vector<Step> steps);
// Products of neighbouring gates on one qubit. `split`: a product is left as a rotation, which has
// one factor for what stays in place, and a phase, which waits on where it commutes.
std::vector<Step> merge_one_qubit_steps(std::vector<Step> steps, int qubits, bool split);
// Products of neighbouring steps that mix the same pairs of amplitudes. What they keep of them may
// be taken out as a diagonal step, so that single steps need not be unitary.
std::vector<Step> merge_pair_steps(std::vector<Step> steps, int qubits);
// Diagonal steps that commute with what lies between them become one, over at most so many
// parities.
inline constexpr int kMaxMergedSelectors = 6;
std::vector<Step> merge_diagonal_steps(std::vector<Step> steps);
// The same for some of the steps, given by their places in the order in which they run. New steps
// are put at the end of `steps`.
void merge_diagonals(std::vector<Step>& steps, std::vector<std::uint32_t>& places);

}  // namespace ionsim
