#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// The mode of trajectories where a channel is no mixture of Paulis, so that what happens depends on
// the state: shots with the same past share a state, and part where an error or an operator of a
// channel differs. options.share = false is the slow twin.
template <class T>
void sample_kraus(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control);

}  // namespace ionsim
