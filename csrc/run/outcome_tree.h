#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "run/frame.h"
#include "run/frame_flips.h"
#include "run/lane_runner.h"

namespace ionsim {

// A vector, and the shots that run on from it by themselves.
template <class T>
struct SharedVector {
    std::shared_ptr<const Snapshot<T>> from;
    std::vector<FrameShots::Shot> shots;
};

// Shots whose errors turn over no rotation yet share a vector behind measurements as well, as long
// as these gave them the same values. Follows them from `root`, before the first operation that
// draws, as far as that pays; what comes back is ordered by the operation.
template <class T>
std::vector<SharedVector<T>> share_outcomes(const FrameJob& job, const FrameShots& all,
                                            std::span<const FrameShots::Shot> shots,
                                            Snapshot<T> root, std::uint64_t seed,
                                            std::uint64_t shot_begin, LaneRunner<T>& runner);

}  // namespace ionsim
