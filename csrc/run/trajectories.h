#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// Below this the steps of a trajectory run as they are: planning them would take longer.
inline constexpr int kPlannedTrajectoryQubits = 14;

// Trajectories with equal first errors share a run up to their next error: for so many errors, on
// at most so many qubits, as each takes a state.
inline constexpr std::size_t kMaxSharedErrors = 2;
inline constexpr int kSharedErrorQubits = 21;
std::size_t shared_error_levels(int qubits, std::uint64_t shots);

// One state a trajectory, over all touched qubits. Shots that meet equal errors share it, and all
// trajectories share the error-free beginning, up to one of the places where they may leave it.
template <class T>
void sample_trajectories(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                         std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                         const RunOptions& options, RunControl& control);

}  // namespace ionsim
