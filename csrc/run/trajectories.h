#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// Below this the steps of a trajectory run as they are: planning them would take longer.
inline constexpr int kPlannedTrajectoryQubits = 14;

// One state a trajectory, over all touched qubits: shots that meet equal errors share it, and all
// trajectories share the error-free beginning, up to a few places where they may leave it.
template <class T>
void sample_trajectories(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                         std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                         const RunOptions& options, RunControl& control);

}  // namespace ionsim
