#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/memory.h"
#include "kernels/lanes.h"
#include "run/frame.h"

namespace ionsim {

// The vectors of sixteen trajectories of a frame plan side by side, with what errors and outcomes
// turned over in each, and what was measured. The lanes never meet.
template <class T>
class LaneVectors {
  public:
    static constexpr std::size_t kLaneCount = kernels::kBlockLanes;
    static double bytes(const FramePlan& plan);

    LaneVectors(const FrameJob& job, const RunOptions& options, RunControl& control);

    // Gives lanes their flips and outcomes so far, and their vectors of so many numbers.
    void set_lane(std::size_t lane, std::span<const std::uint64_t> row,
                  std::span<const std::uint64_t> results);
    void fill(const std::array<const T*, kLaneCount>& from, std::uint32_t which, std::size_t reals);

    void copy_row(std::size_t lane, std::span<std::uint64_t> row) const;
    void copy_results(std::size_t lane, std::span<std::uint64_t> results) const;
    // Writes lanes to vectors of so many numbers; null for a lane that is not wanted.
    void keep(const std::array<T*, kLaneCount>& to, std::size_t reals) const;

    // Operations [begin, end). Neither end is inside a visit, and none of them draws.
    void advance(std::size_t begin, std::size_t end);

    // In which lanes the string that is measured is turned over.
    std::uint32_t turned(const FrameOp& op) const;
    // Squared norms of its values 1, then of its values -1.
    void norms(const FrameOp& op, double* sums) const;
    // Goes on with the values -1 where `values` has a bit, else 1, given the squared norms of both.
    void project(const FrameOp& op, std::uint32_t values, const double* norms);
    void note(int qubit, std::uint32_t outcomes);

  private:
    using Kind = FrameOp::Kind;

    void visit(std::size_t place);
    void apply(const FrameOp& op);  // a rotation, an expansion or a normalization
    void set_tangents(const FrameOp& op, bool negated, T* tangents);
    std::uint64_t size_of(const FrameOp& op) const { return std::uint64_t{1} << op.width; }

    const FrameJob& job_;
    const kernels::LaneTable<T>& kernels_;
    bool in_registers_;
    WorkMeter meter_;
    AlignedBuffer<T> state_;
    std::vector<std::uint64_t> rows_;     // word w of lane l at w * 16 + l
    std::vector<std::uint64_t> results_;  // the same
    AlignedBuffer<T> tangents_;           // of each rotation of a visit
};

}  // namespace ionsim
