#include "run/outcome_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bits.h"

namespace ionsim {
namespace {

constexpr std::size_t kLaneCount = kernels::kBlockLanes;

// Vectors that may be kept.
constexpr std::size_t kMostVectors = 64;

// Updates of an amplitude that a shot must have left: to part two vectors takes some time, too.
constexpr double kLeastWork = 1024.0;

template <class T>
class OutcomeTree {
  public:
    using Shot = FrameShots::Shot;

    OutcomeTree(const FrameJob& job, const FrameShots& all, std::uint64_t seed,
                std::uint64_t shot_begin, LaneRunner<T>& runner)
        : job_(job), all_(all), seed_(seed), shot_begin_(shot_begin), runner_(runner) {}

    std::vector<SharedVector<T>> grow(std::span<const Shot> shots, Snapshot<T> root) {
        const auto& ops = job_.plan.ops;
        double work = 0.0;
        for (std::size_t k = root.op; k < ops.size(); ++k) work += ops[k].work();
        nodes_.push_back({std::make_shared<const Snapshot<T>>(std::move(root)),
                          std::vector<Shot>(shots.begin(), shots.end())});
        while (!nodes_.empty() && work >= kLeastWork) {
            const std::size_t begin = nodes_.front().from->op;
            std::size_t end = begin + 1;
            while (end < ops.size() && !ops[end].draws()) ++end;
            if (end == ops.size() || !step(begin, end)) break;
            for (std::size_t k = begin; k < end; ++k) work -= ops[k].work();
        }
        for (auto& node : nodes_) done_.push_back(std::move(node));
        return std::move(done_);
    }

  private:
    struct Branch {
        std::size_t node;
        bool value;
        std::vector<Shot> shots;
    };

    // Goes from the measurement `begin` to the next one, `end`; false where that does not pay.
    bool step(std::size_t begin, std::size_t end) {
        std::vector<Branch> branches;
        std::size_t staying = 0;
        for (std::size_t k = 0; k < nodes_.size(); ++k) {
            auto& shots = nodes_[k].shots;
            const auto leaving = std::stable_partition(
                shots.begin(), shots.end(), [&](const Shot& shot) { return shot.start >= end; });
            const std::span<const Shot> rest(shots.begin(), leaving);
            staying += rest.size();
            branch(k, begin, rest, branches);
        }
        if (2 * branches.size() > staying || kept_ + branches.size() > kMostVectors) return false;
        kept_ += branches.size();
        std::vector<SharedVector<T>> next;
        for (std::size_t first = 0; first < branches.size(); first += kLaneCount) {
            const std::size_t count = std::min(kLaneCount, branches.size() - first);
            std::array<const Snapshot<T>*, kLaneCount> from{};
            std::uint32_t values = 0;
            for (std::size_t k = 0; k < count; ++k) {
                from[k] = nodes_[branches[first + k].node].from.get();
                values |= static_cast<std::uint32_t>(branches[first + k].value) << k;
            }
            auto found = runner_.branches(std::span(from).first(count), values, end);
            for (std::size_t k = 0; k < count; ++k) {
                found[k].before = nodes_[branches[first + k].node].from;
                next.push_back({std::make_shared<const Snapshot<T>>(std::move(found[k])),
                                std::move(branches[first + k].shots)});
            }
        }
        for (auto& node : nodes_) {
            std::erase_if(node.shots, [&](const Shot& shot) { return shot.start >= end; });
            if (!node.shots.empty()) done_.push_back(std::move(node));
        }
        nodes_ = std::move(next);
        return true;
    }

    // Divides the shots of a node by the value of the string that they measure.
    void branch(std::size_t node, std::size_t place, std::span<const Shot> shots,
                std::vector<Branch>& branches) const {
        const FrameOp& op = job_.plan.ops[place];
        const Snapshot<T>& from = *nodes_[node].from;
        std::array<Branch, 2> both{Branch{node, false, {}}, Branch{node, true, {}}};
        for (std::size_t begin = 0; begin < shots.size(); begin += kLaneCount) {
            const auto part = shots.subspan(begin, std::min(kLaneCount, shots.size() - begin));
            std::array<std::uint64_t, kLaneCount> tags{};
            for (std::size_t lane = 0; lane < part.size(); ++lane) {
                tags[lane] = tagged(shot_begin_ + part[lane].place, Purpose::kMeasure);
            }
            std::array<std::uint64_t, 2 * kLaneCount> words;
            const std::array<std::uint64_t, 2> below{};
            kernels::active_lanes().random(seed_, tags.data(),
                                           static_cast<std::uint32_t>(op.qubit / 2), below.data(),
                                           words.data());
            const std::uint64_t* const own = words.data() + (op.qubit % 2 == 0 ? 0 : kLaneCount);
            for (std::size_t lane = 0; lane < part.size(); ++lane) {
                const bool turned = turned_over(op, from, part[lane]);
                const bool outcome =
                    op.kind == FrameOp::Kind::kCoin
                        ? (own[lane] >> 63) != 0
                        : drawn_outcome(own[lane], from.norms[0], from.norms[1], turned);
                both[outcome != turned].shots.push_back(part[lane]);
            }
        }
        for (Branch& one : both) {
            if (!one.shots.empty()) branches.push_back(std::move(one));
        }
    }

    bool turned_over(const FrameOp& op, const Snapshot<T>& from, const Shot& shot) const {
        const auto flip = static_cast<std::size_t>(op.flip);
        const auto bit_of = [&](std::span<const std::uint64_t> row) {
            return !row.empty() && ((row[flip / 64] >> (flip % 64)) & 1) != 0;
        };
        bool turned = op.minus != bit_of(from.rows);
        for (const auto& event : all_.events(shot)) {
            for (int letter = 0; letter < 4; ++letter) {
                if (!((event.error >> letter) & 1)) continue;
                turned ^= bit_of(job_.flips.row(event.site, letter));
            }
        }
        return turned;
    }

    const FrameJob& job_;
    const FrameShots& all_;
    std::uint64_t seed_;
    std::uint64_t shot_begin_;
    LaneRunner<T>& runner_;
    std::vector<SharedVector<T>> nodes_;  // all before the same measurement
    std::vector<SharedVector<T>> done_;
    std::size_t kept_ = 1;
};

}  // namespace

template <class T>
std::vector<SharedVector<T>> share_outcomes(const FrameJob& job, const FrameShots& all,
                                            std::span<const FrameShots::Shot> shots,
                                            Snapshot<T> root, std::uint64_t seed,
                                            std::uint64_t shot_begin, LaneRunner<T>& runner) {
    return OutcomeTree<T>(job, all, seed, shot_begin, runner).grow(shots, std::move(root));
}

template std::vector<SharedVector<float>> share_outcomes(const FrameJob&, const FrameShots&,
                                                         std::span<const FrameShots::Shot>,
                                                         Snapshot<float>, std::uint64_t,
                                                         std::uint64_t, LaneRunner<float>&);
template std::vector<SharedVector<double>> share_outcomes(const FrameJob&, const FrameShots&,
                                                          std::span<const FrameShots::Shot>,
                                                          Snapshot<double>, std::uint64_t,
                                                          std::uint64_t, LaneRunner<double>&);

}  // namespace ionsim
