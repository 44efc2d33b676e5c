#pragma once

#include <cstdint>
#include <vector>

#include "program/program.h"

namespace ionsim {

// The same gates, native ones written with gates of the set "qis", exactly, controls included.
// `moved` becomes the new place of each old gate, and of the end.
ProgramArrays without_native_gates(const ProgramArrays& arrays, std::vector<std::int64_t>& moved);

}  // namespace ionsim
