#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/control.h"
#include "compile/clifford_frame.h"
#include "compile/frame_plan.h"
#include "compile/rotations.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/lane_program.h"
#include "run/run.h"

namespace ionsim {

// Up to this width a shot's vector fits the last cache sixteen times, and shots run sixteen at a
// time.
inline constexpr int kMaxLaneWidth = 16;

// What all shots of a noisy circuit share in the Clifford frame.
struct FrameJob {
    std::shared_ptr<const RotationCircuit> circuit;
    FramePlan plan;
    FlipTable flips;
    LaneProgram lanes;
};

// Errors and outcomes turn over signs of one list of operations on a vector of the active qubits. A
// shot's outcome takes plan.outcome_words() words.
template <class T>
void sample_frame(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control);

}  // namespace ionsim
