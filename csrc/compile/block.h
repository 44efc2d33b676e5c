#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bits.h"
#include "base/control.h"
#include "program/step.h"

namespace ionsim {

// Steps that run together on each group of blocks while it is in registers, or, where one of them
// does not fit there, one after the other on the whole tile.
struct Visit {
    std::uint64_t local = 0;           // index bits that vary inside a group
    std::vector<std::uint32_t> steps;  // places in the step list, in an order that is allowed
    bool in_registers = false;
};

// Visits that follow each other on each tile of the state while it is in cache. A tile is the set
// of amplitudes that differ in the `local` index bits only; steps of a stage flip local bits only,
// and what they read of the other bits is the same for a whole tile.
struct Stage {
    std::uint64_t local = 0;
    std::vector<Visit> visits;
};

// A stage of large tiles, which fit the second-level cache, divided into stages of small ones,
// which fit the first.
struct OuterStage {
    std::uint64_t local = 0;
    std::vector<Stage> inner;
};

// Every large tile has these bits: its rows are contiguous in memory, 32 amplitudes at least.
inline constexpr int kRowQubits = kLaneQubits + 1;

struct TileSizes {
    int outer_qubits;
    int inner_qubits;
    int register_qubits;  // those of a block included; 0: no register groups
};

// Constants, not properties of the machine: plans, and with them the last bits of a result, must
// not depend on where they run.
constexpr TileSizes tile_sizes(bool single_precision) {
    return single_precision ? TileSizes{17, 12, 7} : TileSizes{16, 12, 6};
}

// Bounds the tables of a visit, which must stay in the first-level cache beside the tile.
inline constexpr std::size_t kMaxVisitSteps = 48;

// Steps that flip more bits than a tile has, and sums of Pauli strings, run on the whole state.
bool fits_tiles(const Step& step, TileSizes sizes);

// Divides the steps into stages over `qubits` qubits. Every step lands in exactly one visit; steps
// that do not commute keep their order. Every step must fit the tiles. `merge`: diagonal steps of
// one visit become one where they can; such new steps are put at the end of `steps`. Tiles have
// index bits outside of `reached` only where they would be too small without.
std::vector<OuterStage> plan_stages(std::vector<Step>& steps, int qubits, TileSizes sizes,
                                    std::uint64_t reached, bool merge, RunControl& control);

}  // namespace ionsim
