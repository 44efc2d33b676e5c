#pragma once

#include <cstddef>
#include <vector>

#include "compile/frame_plan.h"
#include "kernels/lanes.h"

namespace ionsim {

// In (P a)[i] = i^letters (-1)^parity((i ^ x) & z) a[i ^ x], the sign of -i t P that is left beside
// the parity of i & z, and beside a factor -i where the number of letters Y is even: a visit takes
// -t for t where it is minus.
bool starts_with_minus(const FrameOp& op);

// The visits of a plan as the kernels take them.
class LaneProgram {
  public:
    explicit LaneProgram(const FramePlan& plan);
    LaneProgram(LaneProgram&&) = default;

    const kernels::LaneVisit& operator[](std::size_t visit) const { return visits_[visit]; }
    int longest() const { return longest_; }  // rotations of a visit

  private:
    std::vector<kernels::LaneStep> steps_;
    std::vector<kernels::LaneVisit> visits_;  // they point to the steps
    int longest_ = 0;
};

}  // namespace ionsim
