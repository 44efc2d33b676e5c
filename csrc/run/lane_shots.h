#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "run/frame.h"
#include "run/frame_flips.h"

namespace ionsim {

// What the vectors that shots share may take, beside those of the error-free run.
template <class T>
double room_bytes(const FramePlan& plan);

// Runs the shots, sixteen at a time, and shares between them what is the same for several: they are
// lines of a tree, which part where the signs of rotations or the values measured differ.
template <class T>
void run_lanes(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
               std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
               const RunOptions& options, RunControl& control);

}  // namespace ionsim
