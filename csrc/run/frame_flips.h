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

// The shots of a range with the first rotation of the plan that their errors turn over, and these
// errors: a shot's errors depend on (seed, shot, site) only, as in TrajectoryPlan. An outcome that
// they turn over keeps no shot from sharing its vector with others.
class FrameShots {
  public:
    struct Event {
        std::uint32_t site;
        PauliCode error;
    };
    struct Shot {
        std::uint32_t start;  // the first rotation that changes, ops().size() where none does
        std::uint32_t place;  // in the range
        std::size_t events_begin, events_end;
        std::uint64_t pattern;  // equal for equal signs
    };

    FrameShots(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
               std::uint64_t shot_begin, std::uint64_t count, std::uint64_t period, int threads,
               RunControl& control);

    // The shots with the latest start first, those with equal signs together.
    std::span<const Shot> shots() const { return shots_; }
    std::span<const Event> events(const Shot& shot) const {
        return std::span(events_).subspan(shot.events_begin, shot.events_end - shot.events_begin);
    }

  private:
    std::vector<Shot> shots_;
    std::vector<Event> events_;
};

// XORs to `row`, whose words are `stride` apart, what the error turns over.
void add_flips(const FrameJob& job, const FrameShots::Event& event, std::uint64_t* row,
               std::size_t stride);

}  // namespace ionsim
