#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "noise/channel.h"
#include "program/step.h"

namespace ionsim {

struct ErrorEvent {
    std::uint32_t site;
    PauliCode error;

    friend auto operator<=>(const ErrorEvent&, const ErrorEvent&) = default;
};

// Shots that met the same errors and therefore share one state.
struct Trajectory {
    std::span<const ErrorEvent> events;    // by site
    std::span<const std::uint64_t> shots;  // ascending
};

// Which errors each shot meets, drawn before anything runs, and the shots grouped by them. A shot's
// errors depend on (seed, shot, site) only; shots that differ by a multiple of `period` meet the
// same, unless it is 0.
class TrajectoryPlan {
  public:
    TrajectoryPlan(std::span<const NoiseSite> sites, const NoiseRates& rates, std::uint64_t seed,
                   std::uint64_t shot_begin, std::uint64_t shot_end, std::uint64_t period,
                   int threads, RunControl& control);

    TrajectoryPlan(const TrajectoryPlan&) = delete;
    TrajectoryPlan& operator=(const TrajectoryPlan&) = delete;

    // Ordered by first event, the error-free one first: a runner can advance one error-free state
    // and branch off it.
    std::span<const Trajectory> trajectories() const { return trajectories_; }

  private:
    std::vector<ErrorEvent> events_;
    std::vector<std::uint64_t> shots_;
    std::vector<Trajectory> trajectories_;
};

}  // namespace ionsim
