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

// So many of the rotations that wait are looked at, and so many choices of each mask but the first:
// planning must stay below the time of some shots.
constexpr std::size_t kWindow = 64;
constexpr std::size_t kChoices = 3;

// Narrower vectors are run too fast for a choice.
constexpr int kChosenWidth = 9;

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
    bool empty() const { return size_ == 0; }
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

double growth_of(const FrameOp& op) {
    const double most = std::max(std::abs(op.tangent), std::abs(op.crossed));
    return 0.5 * std::log2(1.0 + most * most);
}

// The first of the rotations that wait, of which a visit takes as many as it can.
class Window {
  public:
    Window(std::span<const FrameOp> given, std::span<const std::size_t> waiting, int width)
        : size_(std::min(waiting.size(), kWindow)), choices_(width < kChosenWidth ? 1 : kChoices) {
        // Bit k of a column: that of rotation k.
        std::array<std::uint64_t, 64> x{}, z{};
        Rests flips{};
        for (std::size_t k = 0; k < size_; ++k) {
            const FrameOp& op = given[waiting[k]];
            flips[k] = op.x;
            each_bit(op.x, [&](std::size_t p) { against_[k] ^= z[p], x[p] |= one(k); });
            each_bit(op.z, [&](std::size_t p) { against_[k] ^= x[p], z[p] |= one(k); });
            against_[k] &= one(k) - 1;  // not itself, as a letter Y would have it
        }
        // What the first rotation flips is the first mask, so that none waits for ever.
        Span span;
        if (flips[0] != 0) {
            span.add(flips[0]);
            reduce(flips, flips[0]);
        }
        choose(span, flips);
    }

    bool takes(std::size_t k) const { return (taken_ & one(k)) != 0; }
    std::size_t size() const { return size_; }
    Span span() const { return span_; }

  private:
    using Rests = std::array<std::uint64_t, kWindow>;

    static std::uint64_t one(std::size_t k) { return std::uint64_t{1} << k; }
    template <class Body>
    static void each_bit(std::uint64_t bits, Body&& body) {
        for (; bits != 0; bits &= bits - 1) body(static_cast<std::size_t>(std::countr_zero(bits)));
    }
    void reduce(Rests& rests, std::uint64_t mask) const {
        for (std::size_t k = 0; k < size_; ++k) {
            if (rests[k] & pivot(mask)) rests[k] ^= mask;
        }
    }

    // Tries the masks that may come next, given what of the rotations the others leave.
    void choose(const Span& span, const Rests& rests) {
        std::array<std::uint64_t, kChoices> masks{};
        const std::size_t count = span.full() ? 0 : next_masks(span, rests, masks);
        for (std::size_t k = 0; k < count; ++k) {
            Span wider = span;
            wider.add(masks[k]);
            if (wider.full()) {
                keep_if_most(wider, rests, masks[k]);
                continue;
            }
            Rests left = rests;
            reduce(left, masks[k]);
            choose(wider, left);
        }
        if (count == 0) keep_if_most(span, rests, 0);
    }

    // Of the first rotations that could join but for a mask that is missing.
    std::size_t next_masks(const Span& span, const Rests& rests,
                           std::array<std::uint64_t, kChoices>& masks) const {
        const std::size_t most = span.empty() ? 1 : choices_;
        std::size_t count = 0;
        std::uint64_t passed = 0;
        for (std::size_t k = 0; k < size_ && count < most; ++k) {
            const bool free = (against_[k] & passed) == 0;
            if (free && rests[k] == 0) continue;
            passed |= one(k);
            const auto end = masks.begin() + static_cast<std::ptrdiff_t>(count);
            if (free && std::find(masks.begin(), end, rests[k]) == end) masks[count++] = rests[k];
        }
        return count;
    }

    // `rests` are those without the last mask.
    void keep_if_most(const Span& span, const Rests& rests, std::uint64_t last) {
        std::uint64_t rest = 0;
        for (std::size_t k = 0; k < size_; ++k) {
            rest |= static_cast<std::uint64_t>(rests[k] == 0 || rests[k] == last) << k;
        }
        std::uint64_t passed = ~rest;
        std::uint64_t taken = 0;
        std::size_t count = 0;
        for (; rest != 0 && count < kMaxVisitOps; rest &= rest - 1) {
            const auto k = static_cast<std::size_t>(std::countr_zero(rest));
            const bool joins = (against_[k] & passed) == 0;
            (joins ? taken : passed) |= one(k);
            count += joins;
        }
        if (count <= most_) return;
        most_ = count;
        taken_ = taken;
        span_ = span;
    }

    std::size_t size_;
    std::size_t choices_;
    std::array<std::uint64_t, kWindow>
        against_{};  // those before it with which it does not commute
    std::uint64_t taken_ = 0;
    std::size_t most_ = 0;
    Span span_;
};

class Grouper {
  public:
    Grouper(std::span<const FrameOp> given, RunControl& control)
        : given_(given), control_(control) {}

    std::vector<FrameVisit> group() {
        for (std::size_t k = 0; k < given_.size(); ++k) {
            const FrameOp& op = given_[k];
            if (op.kind == FrameOp::Kind::kFixed) {
                // Rotations do not change the signs.
                FrameOp moved = op;
                if (!waiting_.empty()) moved.width = given_[waiting_.front()].width;
                append(moved);
                continue;
            }
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

    void take_visit() {
        FrameVisit visit;
        visit.begin = ops_.size();
        visit.width = width_of(given_[waiting_.front()]);
        const Window window(given_, waiting_, visit.width);
        std::size_t passed = 0;  // they stay at the front of waiting_
        for (std::size_t k = 0; k < window.size(); ++k) {
            if (window.takes(k)) {
                append(given_[waiting_[k]]);
            } else {
                waiting_[passed++] = waiting_[k];
            }
        }
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(passed),
                       waiting_.begin() + static_cast<std::ptrdiff_t>(window.size()));
        visit.end = ops_.size();
        visit.masks = window.span().filled(visit.width);
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
