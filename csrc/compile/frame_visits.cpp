#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include "base/bits.h"
#include "compile/frame_plan.h"

namespace ionsim {
namespace {

constexpr std::size_t kMasks = std::tuple_size_v<decltype(FrameVisit::masks)>;

// Bounds the tables of a visit, which must stay in the first-level cache, and how much longer
// numbers can get inside one.
constexpr std::size_t kMaxVisitOps = 32;

// So many rotations that must wait end the search for more that need not: planning must stay below
// the time of some shots.
constexpr std::size_t kMaxWaiting = 64;

// Possible growth of the amplitudes, as a power of two, after which the vector is scaled down.
constexpr double kGrowth = 40.0;

std::uint64_t pivot(std::uint64_t mask) {
    return std::bit_floor(mask);
}

// The combinations of at most three masks.
class Span {
  public:
    std::uint64_t rest(std::uint64_t mask) const {
        for (std::size_t k = 0; k < size_; ++k) {
            if (mask & pivot(masks_[k])) mask ^= masks_[k];
        }
        return mask;
    }
    bool full() const { return size_ == kMasks; }
    // `mask` must be a rest, and not 0.
    void add(std::uint64_t mask) {
        for (std::size_t k = 0; k < size_; ++k) {
            if (masks_[k] & pivot(mask)) masks_[k] ^= mask;
        }
        masks_[size_++] = mask;
    }
    // A visit of fewer masks takes the lowest bits as well, which lie next to each other.
    std::array<std::uint64_t, kMasks> filled(int width) {
        for (int p = 0; p < width && !full(); ++p) {
            if (const std::uint64_t mask = rest(bit(p)); mask != 0) add(mask);
        }
        return masks_;
    }

  private:
    std::array<std::uint64_t, kMasks> masks_{};
    std::size_t size_ = 0;
};

bool commute(const FrameOp& a, const FrameOp& b) {
    return parity(a.x & b.z) == parity(a.z & b.x);
}

double growth_of(const FrameOp& op) {
    const double most = std::max(std::abs(op.tangent), std::abs(op.crossed));
    return 0.5 * std::log2(1.0 + most * most);
}

class Grouper {
  public:
    Grouper(std::span<const FrameOp> given, RunControl& control)
        : given_(given), control_(control) {}

    std::vector<FrameVisit> group() {
        for (std::size_t k = 0; k < given_.size(); ++k) {
            const FrameOp& op = given_[k];
            const bool joins = !waiting_.empty() && op.kind == FrameOp::Kind::kRotate &&
                               op.width == width_of(given_[waiting_.front()]);
            if (!joins) flush();
            if (op.kind <= FrameOp::Kind::kExpand && width_of(op) >= static_cast<int>(kMasks)) {
                waiting_.push_back(k);
            } else {
                append(op);
                normalize_if_due(width_of(op));
            }
        }
        flush();
        return std::move(visits_);
    }
    std::vector<FrameOp> ops() { return std::move(ops_); }

  private:
    // Of the vector that the operation leaves.
    static int width_of(const FrameOp& op) {
        return op.width + (op.kind == FrameOp::Kind::kExpand);
    }

    void append(const FrameOp& op) {
        if (op.kind == FrameOp::Kind::kDiagonal || op.kind == FrameOp::Kind::kPaired) growth_ = 0.0;
        if (op.kind <= FrameOp::Kind::kExpand) growth_ += growth_of(op);
        ops_.push_back(op);
    }

    void normalize_if_due(int width) {
        if (growth_ < kGrowth) return;
        growth_ = 0.0;
        FrameOp op;
        op.kind = FrameOp::Kind::kNormalize;
        op.width = width;
        ops_.push_back(op);
    }

    void flush() {
        while (!waiting_.empty()) {
            control_.check();
            take_visit();
        }
    }

    // The first operation that waits always joins, so that none waits for ever.
    void take_visit() {
        FrameVisit visit;
        visit.begin = ops_.size();
        visit.width = width_of(given_[waiting_.front()]);
        Span span;
        std::size_t taken = 0;
        std::size_t passed = 0;  // they stay at the front of waiting_
        std::size_t next = 0;
        for (; next < waiting_.size() && passed < kMaxWaiting && taken < kMaxVisitOps; ++next) {
            const FrameOp& op = given_[waiting_[next]];
            const std::uint64_t rest = span.rest(op.x);
            const auto before = std::span(waiting_).first(passed);
            const bool joins = (rest == 0 || !span.full()) &&
                               std::all_of(before.begin(), before.end(), [&](std::size_t other) {
                                   return commute(op, given_[other]);
                               });
            if (!joins) {
                waiting_[passed++] = waiting_[next];
                continue;
            }
            if (rest != 0) span.add(rest);
            append(op);
            ++taken;
        }
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(passed),
                       waiting_.begin() + static_cast<std::ptrdiff_t>(next));
        visit.end = ops_.size();
        visit.masks = span.filled(visit.width);
        visits_.push_back(visit);
        normalize_if_due(visit.width);
    }

    std::span<const FrameOp> given_;
    RunControl& control_;
    std::vector<std::size_t> waiting_;  // places in given_
    std::vector<FrameOp> ops_;
    std::vector<FrameVisit> visits_;
    double growth_ = 0.0;
};

}  // namespace

std::vector<FrameVisit> group_rotations(std::vector<FrameOp>& ops, RunControl& control) {
    Grouper grouper(ops, control);
    std::vector<FrameVisit> visits = grouper.group();
    ops = grouper.ops();
    return visits;
}

}  // namespace ionsim
