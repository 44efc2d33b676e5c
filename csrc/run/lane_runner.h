#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "kernels/lanes.h"
#include "run/frame.h"
#include "run/frame_flips.h"
#include "run/lane_vectors.h"

namespace ionsim {

// Room for vectors that are kept, which threads take from and give back to.
class VectorRoom {
  public:
    explicit VectorRoom(double bytes) : bytes_(static_cast<std::int64_t>(bytes)), left_(bytes_) {}
    bool take(std::int64_t bytes) {
        if (left_.fetch_sub(bytes, std::memory_order_relaxed) >= bytes) return true;
        give(bytes);
        return false;
    }
    void give(std::int64_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }
    bool scarce() const { return left_.load(std::memory_order_relaxed) < bytes_ / 2; }

  private:
    std::int64_t bytes_;
    std::atomic<std::int64_t> left_;
};

// A vector before operation `op` that several shots share, what they measured, and what these
// outcomes turned over, all without what the shots' own errors turn over.
template <class T>
class Snapshot {
  public:
    // The vector at the start: no qubit is active.
    Snapshot() : Snapshot(0, 2) {
        reals()[0] = T{1};
        reals()[1] = T{0};
    }
    // Of so many numbers, not yet written.
    Snapshot(std::size_t op, std::size_t count)
        : op_(op),
          count_(count),
          blocks_(std::make_unique_for_overwrite<Block[]>((count + kBlock - 1) / kBlock)) {}
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() {
        if (room_ != nullptr) room_->give(taken_);
    }

    // With `words` words of rows and results.
    static std::int64_t bytes(std::size_t count, std::size_t words) {
        constexpr std::size_t kHeads = 4 * 16;  // of what is allocated
        const std::size_t blocks = (count + kBlock - 1) / kBlock;
        return static_cast<std::int64_t>(sizeof(Snapshot) + kHeads + blocks * sizeof(Block) +
                                         words * sizeof(std::uint64_t));
    }
    // The bytes go back to the room in the end.
    void took(VectorRoom& room, std::int64_t bytes) {
        room_ = &room;
        taken_ = bytes;
    }
    std::size_t op() const { return op_; }
    std::size_t count() const { return count_; }
    T* reals() { return blocks_[0].reals.data(); }  // real and imaginary parts in turn
    const T* reals() const { return blocks_[0].reals.data(); }

    std::vector<std::uint64_t> rows;     // what the outcomes turned over; empty for nothing
    std::vector<std::uint64_t> results;  // the outcomes; empty for none
    // Squared norms of the values 1 and -1 of the string that `op` measures; 0 for not known.
    std::array<double, 2> norms{};

  private:
    static constexpr std::size_t kBlock = kernels::kBlockLanes;
    struct alignas(64) Block {
        std::array<T, kBlock> reals;
    };

    std::size_t op_;
    std::size_t count_;
    VectorRoom* room_ = nullptr;
    std::int64_t taken_ = 0;
    std::unique_ptr<Block[]> blocks_;
};

// Shots that share a vector from a snapshot on, of which the first has a lane for all, until
// outcomes or errors set them apart.
template <class T>
struct Line {
    std::span<FrameShots::Shot> shots;
    std::shared_ptr<const Snapshot<T>> from;
};

// Whether the outcome is 1, for a word of the shot and the squared norms of the values 1 and -1 of
// a string that is turned over or not.
inline bool drawn_outcome(std::uint64_t word, double plus, double minus, bool turned) {
    const double uniform = static_cast<double>(word >> 11) * 0x1.0p-53;
    return !(uniform * (plus + minus) < (turned ? minus : plus));
}

// Runs up to sixteen lines of a frame plan side by side on one thread. The lanes never meet, so an
// outcome does not depend on which shots share a run, or a line.
template <class T>
class LaneRunner {
  public:
    static constexpr std::size_t kLaneCount = kernels::kBlockLanes;
    // Updates of an amplitude that a shot must have left for it to go on sharing a vector: to keep
    // one takes some time, too.
    static constexpr double kLeastWork = 4096.0;

    LaneRunner(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
               std::uint64_t shot_begin, const RunOptions& options, RunControl& control,
               VectorRoom& room);

    // Runs lines, the earliest first, to the end. Writes the bits of their shots to outcomes, where
    // shot.place has plan.outcome_words() words, and adds what leaves them to `parted`: from a new
    // snapshot, or where there is no room, from that of the line that it leaves.
    void run(std::span<Line<T>> lines, std::span<std::uint64_t> outcomes,
             std::vector<Line<T>>& parted);

    // The error-free run, stopped before each of the operations `at`: ascending, and none behind
    // the first that draws.
    std::vector<std::shared_ptr<const Snapshot<T>>> snapshots(std::span<const std::size_t> at);

  private:
    using Kind = FrameOp::Kind;
    using Shot = FrameShots::Shot;
    using Shared = std::shared_ptr<const Snapshot<T>>;

    // Begins the lines whose lanes are in `which`, all from before the same operation.
    void enter(std::uint32_t which);
    void set_lane(std::size_t lane, const Line<T>& line);
    // The first operation behind `begin` before which something else than advance() has to be done.
    std::size_t stop_behind(std::size_t begin) const;
    // Of the lines in some lanes before a measurement with these squared norms, or those from which
    // they began if there is no room.
    std::array<Shared, kLaneCount> kept(std::uint32_t which, std::size_t at, const double* norms);
    void draw(std::size_t at);
    void set_norms(std::size_t at, double* norms) const;
    // Lets go the shots that do not get the value of their lane, or differ from it before the next
    // operation that draws.
    void part(std::size_t at, std::uint32_t values, const double* norms);
    std::size_t sort_by_value(std::size_t lane, std::size_t at, bool kept_value,
                              const double* norms);
    void write(std::span<std::uint64_t> outcomes);
    // XORs what a row turns over of the outcomes before operation `end`.
    void turn_outcomes(std::span<const std::uint64_t> row, std::size_t end,
                       std::span<std::uint64_t> results) const;
    std::size_t reals_before(std::size_t op) const { return 2U << job_.plan.ops[op].width; }

    const FrameJob& job_;
    const FrameShots& shots_;
    std::uint64_t seed_;
    std::uint64_t shot_begin_;
    WorkMeter meter_;
    VectorRoom& room_;
    LaneVectors<T> vectors_;
    std::array<std::uint64_t, kLaneCount> tagged_{};
    std::vector<std::uint64_t> row_;      // of one lane
    std::vector<std::uint64_t> results_;  // of one lane
    std::vector<std::size_t> outcome_ops_;
    std::vector<double> left_;   // the work of a shot from each operation on
    std::span<Line<T>> lines_;   // in the lanes
    std::uint32_t waiting_ = 0;  // lanes whose lines have not begun
    std::vector<Line<T>>* parted_ = nullptr;
    std::vector<Shot> leaving_;
};

}  // namespace ionsim
