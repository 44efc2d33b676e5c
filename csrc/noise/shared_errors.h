#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "noise/plan.h"

namespace ionsim {

// Which first errors so many trajectories of a job have in common that a run up to the next error
// is worth sharing: the branches of a tree, whose trunk is the error-free run.
class SharedErrors {
  public:
    // `job` are all trajectories of the job in plan order; they must outlive this. Errors are
    // shared by `least` trajectories or more, and at most the `most` first ones of each.
    SharedErrors(std::span<const Trajectory> job, std::size_t least, std::size_t most);

    // How many of its first errors a trajectory of the job shares.
    std::size_t count(const Trajectory& trajectory) const;

  private:
    std::span<const Trajectory> job_;
    std::vector<std::uint8_t> counts_;
};

}  // namespace ionsim
