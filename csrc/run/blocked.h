#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "base/statevector.h"
#include "compile/block.h"
#include "program/step.h"

namespace ionsim {

// Applies steps tile by tile, so that many of them run while a tile is in cache. Bits outside
// `active` are still zero in every basis state that has an amplitude; tiles and rows that lie there
// are neither read nor computed, so the state costs what it has grown to. Returns the active bits
// afterwards. PauliSumStep is not taken. `fuse`: diagonal steps that run
// together are merged, and steps run in tangent form (see visit.h).
template <class T>
std::uint64_t run_blocked(Statevector<T>& state, std::vector<Step> steps, std::uint64_t active,
                          TileSizes sizes, bool fuse, int threads, RunControl& control);

}  // namespace ionsim
