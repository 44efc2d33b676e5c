#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "compile/frame_plan.h"

namespace ionsim {

// Turns the coins of a plan that is not numbered yet into fixed outcomes and entries of plan.coins
// where they turn over no rotation that is an operation. `turned` lists the rows that the value -1
// of each qubit turns over; the flips of the operations are rows, too.
void find_free_coins(FramePlan& plan, std::span<const std::vector<std::size_t>> turned);

// The outcome of a free coin is random whatever was measured before. What turns over its value
// therefore turns over what this value does, instead of the outcome.
void settle_free_coins(FramePlan& plan);

}  // namespace ionsim
