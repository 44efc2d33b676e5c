#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/memory.h"
#include "base/philox.h"
#include "kernels/lanes.h"
#include "run/frame.h"
#include "run/frame_flips.h"

namespace ionsim {

// The error-free vector before operation `op`, before anything random was measured.
template <class T>
struct Snapshot {
    std::size_t op = 0;
    int width = 0;
    std::vector<T> amplitudes;  // real and imaginary parts in turn
};

// Runs up to sixteen shots of a frame plan side by side on one thread. The lanes never meet, so an
// outcome does not depend on which shots share a run.
template <class T>
class LaneRunner {
  public:
    static constexpr std::size_t kLaneCount = kernels::kBlockLanes;
    static double bytes(const FramePlan& plan);

    LaneRunner(const FrameJob& job, std::uint64_t seed, std::uint64_t shot_begin,
               const RunOptions& options, RunControl& control);

    // Writes the bits of the shots to outcomes, where shot.place has plan.outcome_words() words.
    void run(const FrameShots& all, std::span<const FrameShots::Shot> shots,
             const Snapshot<T>& from, std::span<std::uint64_t> outcomes);

    // The error-free run, stopped before each of the operations `at` (ascending).
    std::vector<Snapshot<T>> snapshots(std::span<const std::size_t> at);

  private:
    using Kind = FrameOp::Kind;

    void load(const Snapshot<T>& from);
    // Operations [begin, end); measurements, too, if `measures`. Neither end is inside a visit.
    void advance(std::size_t begin, std::size_t end, bool measures);
    void visit(std::size_t place);
    void apply(const FrameOp& op);  // a rotation, an expansion or a normalization
    void measure(const FrameOp& op);
    std::uint32_t bits_of(int flip) const;
    void set_tangents(const FrameOp& op, bool negated, T* tangents);
    std::uint64_t size_of(const FrameOp& op) const { return std::uint64_t{1} << op.width; }

    const FrameJob& job_;
    const kernels::LaneTable<T>& kernels_;
    std::uint64_t seed_;
    std::uint64_t shot_begin_;
    bool in_registers_;
    WorkMeter meter_;
    AlignedBuffer<T> state_;
    std::vector<std::uint64_t> rows_;  // word w of lane l at w * 16 + l
    std::size_t used_ = 0;             // lanes in use
    std::array<std::uint64_t, kLaneCount> tagged_{};
    std::vector<std::uint64_t> results_;  // word w of lane l at w * 16 + l
    AlignedBuffer<T> tangents_;           // of each rotation of a visit
};

}  // namespace ionsim
