#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "base/statevector.h"
#include "compile/block.h"
#include "program/step.h"

namespace ionsim {

// Applies steps tile by tile, so that many of them run while a tile is in cache. Bits outside
// `active` are still zero in every basis state that has an amplitude; tiles and rows that lie there
// are neither read nor computed, so the state costs what it has grown to. Returns the active bits
// afterwards. PauliSumStep is not taken. `use_tangent`: see Tangent in visit.h.
template <class T>
std::uint64_t run_blocked(Statevector<T>& state, std::span<const Step> steps, std::uint64_t active,
                          TileSizes sizes, bool use_tangent, int threads, RunControl& control);

}  // namespace ionsim
