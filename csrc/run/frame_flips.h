#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "kernels/lanes.h"
#include "noise/channel.h"
#include "run/frame.h"

namespace ionsim {

// The shots of a range with what their errors turn over. A shot's errors depend on (seed, shot,
// site) only, as in TrajectoryPlan.
class FrameShots {
  public:
    struct Shot {
        std::uint32_t start;  // the first rotation that changes, ops().size() where none does
        std::uint32_t place;  // in the range
    };

    // How many shots to take at a time.
    static std::uint64_t piece(const FramePlan& plan);
    // What shots need, those of a piece at most, until they have run.
    static double bytes(const FramePlan& plan, double shots);

    // With a `period`, shot number s has the errors of shot number s modulo the period.
    FrameShots(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
               std::uint64_t shot_begin, std::uint64_t count, std::uint64_t period, int threads,
               RunControl& control);

    // Ordered like words of an alphabet, by the signs of the rotations one after the other: shots
    // with equal beginnings stand together, those with the latest start first.
    std::span<const Shot> shots() const { return shots_; }
    // The flips of the plan that the errors of a shot turn over, rotations and outcomes.
    std::span<const std::uint64_t> row(const Shot& shot) const {
        return std::span(rows_).subspan(std::size_t{shot.place} * words_, words_);
    }
    // The first rotation whose signs differ, ops().size() where none do.
    std::uint32_t parting(const Shot& a, const Shot& b) const { return parting(row(a), row(b)); }

  private:
    void sort();
    bool precedes(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) const;
    std::uint32_t parting(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) const;

    const FramePlan& plan_;
    std::size_t words_;
    std::vector<std::uint64_t> rotations_;  // which flips belong to rotations
    std::vector<std::uint64_t> rows_;       // by the place
    std::vector<Shot> shots_;
};

}  // namespace ionsim
