#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/memory.h"
#include "base/philox.h"
#include "kernels/lanes.h"
#include "run/frame.h"
#include "run/frame_flips.h"

namespace ionsim {

// A vector before operation `op` that shots without errors so far share, and what they measured.
template <class T>
struct Snapshot {
    std::size_t op = 0;
    std::vector<T> amplitudes{T{1}, T{0}};  // real and imaginary parts in turn
    std::vector<std::uint64_t> rows;        // what the outcomes turned over; empty for nothing
    std::vector<std::uint64_t> results;     // the outcomes; empty for none
    std::array<double, 2> norms{};          // of the values 1 and -1, if `op` draws from the vector
    std::shared_ptr<const Snapshot> before;  // which this one follows from by a measurement
};

// Whether the outcome is 1, for a word of the shot and the squared norms of the values 1 and -1 of
// a string that is turned over or not.
inline bool drawn_outcome(std::uint64_t word, double plus, double minus, bool turned) {
    const double uniform = static_cast<double>(word >> 11) * 0x1.0p-53;
    return !(uniform * (plus + minus) < (turned ? minus : plus));
}

// Runs up to sixteen shots of a frame plan side by side on one thread. The lanes never meet, so an
// outcome does not depend on which shots share a run.
template <class T>
class LaneRunner {
  public:
    static constexpr std::size_t kLaneCount = kernels::kBlockLanes;
    static double bytes(const FramePlan& plan);

    LaneRunner(const FrameJob& job, std::uint64_t seed, std::uint64_t shot_begin,
               const RunOptions& options, RunControl& control);

    // Runs each shot from the snapshot of its own, all of which are before the same operation.
    // Writes the bits of the shots to outcomes, where shot.place has plan.outcome_words() words.
    void run(const FrameShots& all, std::span<const FrameShots::Shot> shots,
             std::span<const Snapshot<T>* const> from, std::span<std::uint64_t> outcomes);

    // The error-free run, stopped before each of the operations `at`: ascending, and none behind
    // the first that draws.
    std::vector<Snapshot<T>> snapshots(std::span<const std::size_t> at);

    // Those that follow from up to sixteen snapshots before the same measurement if it gives the
    // values -1 where `values` has a bit, else 1; before operation `end`, the next that draws.
    std::vector<Snapshot<T>> branches(std::span<const Snapshot<T>* const> from,
                                      std::uint32_t values, std::size_t end);

  private:
    using Kind = FrameOp::Kind;

    // Takes vectors, outcomes and what these turned over.
    void load(std::span<const Snapshot<T>* const> from);
    std::vector<Snapshot<T>> kept(std::size_t op);
    // Operations [begin, end). Neither end is inside a visit.
    void advance(std::size_t begin, std::size_t end);
    void visit(std::size_t place);
    void apply(const FrameOp& op);  // a rotation, an expansion or a normalization
    void measure(const FrameOp& op);
    // Goes on with these values of the measured string, given the squared norms of both.
    void project(const FrameOp& op, std::uint32_t values, const double* norms);
    void note(int qubit, std::uint32_t outcomes);
    std::uint32_t turned(const FrameOp& op) const;
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
