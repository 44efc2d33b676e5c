#include "run/lane_runner.h"

#include <algorithm>
#include <utility>

namespace ionsim {
namespace {

constexpr std::uint32_t kAllLanes = (1U << kernels::kBlockLanes) - 1;

// What sixteen shots draw the outcome of a qubit from.
class LaneWords {
  public:
    LaneWords(std::uint64_t seed, const std::array<std::uint64_t, kernels::kBlockLanes>& tags,
              int qubit)
        : first_(qubit % 2 == 0 ? 0 : kernels::kBlockLanes) {
        const std::array<std::uint64_t, 2> below{};
        kernels::active_lanes().random(seed, tags.data(), static_cast<std::uint32_t>(qubit / 2),
                                       below.data(), words_.data());
    }
    std::uint64_t operator[](std::size_t lane) const { return words_[first_ + lane]; }

  private:
    std::size_t first_;
    std::array<std::uint64_t, 2 * kernels::kBlockLanes> words_;
};

bool drawn(const FrameOp& op, std::uint64_t word, double plus, double minus, bool turned) {
    if (op.kind == FrameOp::Kind::kCoin) return (word >> 63) != 0;
    return drawn_outcome(word, plus, minus, turned);
}

}  // namespace

template <class T>
LaneRunner<T>::LaneRunner(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
                          std::uint64_t shot_begin, const RunOptions& options, RunControl& control,
                          VectorRoom& room)
    : job_(job),
      shots_(shots),
      seed_(seed),
      shot_begin_(shot_begin),
      meter_(control),
      room_(room),
      vectors_(job, options, control),
      row_(job.plan.words()),
      results_(job.plan.outcome_words()),
      left_(job.plan.ops.size() + 1) {
    for (std::size_t k = job.plan.ops.size(); k-- > 0;) {
        left_[k] = left_[k + 1] + job.plan.ops[k].work();
    }
    for (std::size_t k = 0; k < job.plan.ops.size(); ++k) {
        if (job.plan.ops[k].kind >= Kind::kFixed) outcome_ops_.push_back(k);
    }
}

template <class T>
void LaneRunner<T>::draw(std::size_t at) {
    const FrameOp& op = job_.plan.ops[at];
    const std::uint32_t flipped = vectors_.turned(op);
    const LaneWords own(seed_, tagged_, op.qubit);
    alignas(64) std::array<double, 2 * kLaneCount> norms{};
    if (op.kind != Kind::kCoin) set_norms(at, norms.data());
    std::uint32_t outcomes = 0;
    for (unsigned lane = 0; lane < kLaneCount; ++lane) {
        const bool minus = ((flipped >> lane) & 1) != 0;
        outcomes |= static_cast<std::uint32_t>(
                        drawn(op, own[lane], norms[lane], norms[kLaneCount + lane], minus))
                    << lane;
    }
    part(at, outcomes ^ flipped, norms.data());
    vectors_.project(op, outcomes ^ flipped, norms.data());
    vectors_.note(op.qubit, outcomes);
    meter_.add(op.work() * static_cast<double>(kLaneCount));
}

// Those of the snapshots, where all lines begin here.
template <class T>
void LaneRunner<T>::set_norms(std::size_t at, double* norms) const {
    bool known = true;
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        const bool idle = lane >= lines_.size() || ((waiting_ >> lane) & 1) != 0;
        const Snapshot<T>& from = *lines_[idle ? 0 : lane].from;
        norms[lane] = from.norms[0];
        norms[kLaneCount + lane] = from.norms[1];
        known = known && from.op() == at && from.norms[0] + from.norms[1] > 0.0;
    }
    if (known) return;
    vectors_.norms(job_.plan.ops[at], norms);
}

template <class T>
void LaneRunner<T>::part(std::size_t at, std::uint32_t values, const double* norms) {
    const auto& ops = job_.plan.ops;
    std::size_t next = at + 1;
    while (next < ops.size() && !ops[next].draws()) ++next;
    const bool apart = left_[at] < kLeastWork;
    std::array<std::size_t, kLaneCount> staying{};
    std::array<std::size_t, kLaneCount> equal{};  // that get the value of their lane
    std::uint32_t which = 0;
    for (std::size_t lane = 0; lane < lines_.size(); ++lane) {
        const auto shots = lines_[lane].shots;
        if (((waiting_ >> lane) & 1) != 0 || shots.size() < 2) continue;
        staying[lane] = 1;
        if (!apart) {
            equal[lane] = sort_by_value(lane, at, ((values >> lane) & 1) != 0, norms);
            while (staying[lane] < equal[lane] &&
                   shots_.parting(shots[0], shots[staying[lane]]) >= next) {
                ++staying[lane];
            }
        }
        if (staying[lane] < shots.size()) which |= 1U << lane;
    }
    if (which == 0) return;
    const auto from = kept(which, at, norms);
    for (std::size_t lane = 0; lane < lines_.size(); ++lane) {
        if (((which >> lane) & 1) == 0) continue;
        auto& line = lines_[lane];
        const auto leaving = line.shots.subspan(staying[lane]);
        line.shots = line.shots.first(staying[lane]);
        for (std::size_t begin = 0, k = 1; begin < leaving.size(); ++k) {
            const bool ends = k == leaving.size() || apart || staying[lane] + k == equal[lane] ||
                              shots_.parting(leaving[k - 1], leaving[k]) < next;
            if (!ends) continue;
            parted_->push_back({leaving.subspan(begin, k - begin), from[lane]});
            begin = k;
        }
    }
}

// Puts the shots of a line that get the value of their lane before the others, each in their order;
// returns how many they are.
template <class T>
std::size_t LaneRunner<T>::sort_by_value(std::size_t lane, std::size_t at, bool kept_value,
                                         const double* norms) {
    const FrameOp& op = job_.plan.ops[at];
    const auto shots = lines_[lane].shots;
    const auto bit_of = [&](const Shot& shot) {
        const auto place = static_cast<std::size_t>(op.flip);
        return ((shots_.row(shot)[place / 64] >> (place % 64)) & 1) != 0;
    };
    const bool lane_turned = ((vectors_.turned(op) >> lane) & 1) != 0;
    const bool first_bit = bit_of(shots[0]);
    leaving_.clear();
    std::size_t equal = 0;
    for (std::size_t begin = 0; begin < shots.size(); begin += kLaneCount) {
        const std::size_t count = std::min(kLaneCount, shots.size() - begin);
        std::array<std::uint64_t, kLaneCount> tags{};
        for (std::size_t k = 0; k < count; ++k) {
            tags[k] = tagged(shot_begin_ + shots[begin + k].place, Purpose::kMeasure);
        }
        const LaneWords own(seed_, tags, op.qubit);
        for (std::size_t k = 0; k < count; ++k) {
            const Shot shot = shots[begin + k];
            const bool minus = lane_turned != (bit_of(shot) != first_bit);
            const bool outcome = drawn(op, own[k], norms[lane], norms[kLaneCount + lane], minus);
            if ((outcome != minus) == kept_value) {
                shots[equal++] = shot;
            } else {
                leaving_.push_back(shot);
            }
        }
    }
    std::copy(leaving_.begin(), leaving_.end(), shots.begin() + static_cast<std::ptrdiff_t>(equal));
    return equal;
}

template <class T>
void LaneRunner<T>::turn_outcomes(std::span<const std::uint64_t> row, std::size_t end,
                                  std::span<std::uint64_t> results) const {
    for (const std::size_t k : outcome_ops_) {
        if (k >= end) break;
        const FrameOp& op = job_.plan.ops[k];
        const auto place = static_cast<std::size_t>(op.flip);
        const auto qubit = static_cast<std::size_t>(op.qubit);
        results[qubit / 64] ^= ((row[place / 64] >> (place % 64)) & 1) << (qubit % 64);
    }
}

template <class T>
void LaneRunner<T>::set_lane(std::size_t lane, const Line<T>& line) {
    const Shot& shot = line.shots.front();
    const Snapshot<T>& from = *line.from;
    const auto own = shots_.row(shot);
    std::copy(own.begin(), own.end(), row_.begin());
    for (std::size_t w = 0; w < from.rows.size(); ++w) row_[w] ^= from.rows[w];
    std::fill(results_.begin(), results_.end(), 0);
    std::copy(from.results.begin(), from.results.end(), results_.begin());
    turn_outcomes(own, from.op(), results_);
    vectors_.set_lane(lane, row_, results_);
    tagged_[lane] = tagged(shot_begin_ + shot.place, Purpose::kMeasure);
}

template <class T>
void LaneRunner<T>::enter(std::uint32_t which) {
    std::array<const T*, kLaneCount> vectors{};
    std::size_t count = 0;
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        if (((which >> lane) & 1) == 0) continue;
        // Lanes that have no line yet, or none at all, do what the first does, so that their
        // numbers are as good as the others'.
        const bool idle = lane >= lines_.size() || ((waiting_ >> lane) & 1) != 0;
        const Line<T>& line = lines_[idle ? 0 : lane];
        set_lane(lane, line);
        vectors[lane] = line.from->reals();
        count = line.from->count();
    }
    vectors_.fill(vectors, which, count);
}

template <class T>
std::array<typename LaneRunner<T>::Shared, LaneRunner<T>::kLaneCount> LaneRunner<T>::kept(
    std::uint32_t which, std::size_t at, const double* norms) {
    const std::size_t count = reals_before(at);
    const std::int64_t bytes = Snapshot<T>::bytes(count, row_.size() + results_.size());
    std::array<Shared, kLaneCount> result;
    std::array<T*, kLaneCount> to{};
    bool any = false;
    for (std::size_t lane = 0; lane < lines_.size(); ++lane) {
        if (((which >> lane) & 1) == 0) continue;
        const Line<T>& line = lines_[lane];
        if (!room_.take(bytes)) {
            result[lane] = line.from;
            continue;
        }
        const auto snapshot = std::make_shared<Snapshot<T>>(at, count);
        snapshot->took(room_, bytes);
        const auto own = shots_.row(line.shots.front());
        vectors_.copy_row(lane, row_);
        for (std::size_t w = 0; w < own.size(); ++w) row_[w] ^= own[w];
        if (std::any_of(row_.begin(), row_.end(), [](std::uint64_t word) { return word != 0; })) {
            snapshot->rows = row_;
        }
        snapshot->results.resize(results_.size());
        vectors_.copy_results(lane, snapshot->results);
        turn_outcomes(own, at, snapshot->results);
        snapshot->norms = {norms[lane], norms[kLaneCount + lane]};
        to[lane] = snapshot->reals();
        any = true;
        result[lane] = snapshot;
    }
    if (any) vectors_.keep(to, count);
    return result;
}

template <class T>
std::size_t LaneRunner<T>::stop_behind(std::size_t begin) const {
    const auto& ops = job_.plan.ops;
    std::size_t stop = begin + 1;
    while (stop < ops.size() && !ops[stop].draws()) ++stop;
    for (std::size_t lane = 0; lane < lines_.size(); ++lane) {
        if ((waiting_ >> lane) & 1) stop = std::min(stop, lines_[lane].from->op());
    }
    return stop;
}

template <class T>
void LaneRunner<T>::run(std::span<Line<T>> lines, std::span<std::uint64_t> outcomes,
                        std::vector<Line<T>>& parted) {
    lines_ = lines;
    parted_ = &parted;
    std::size_t op = lines.front().from->op();
    waiting_ = 0;
    for (std::size_t lane = 0; lane < lines.size(); ++lane) {
        if (lines[lane].from->op() != op) waiting_ |= 1U << lane;
    }
    enter(kAllLanes);
    for (const std::size_t end = job_.plan.ops.size(); op < end;) {
        std::uint32_t coming = 0;
        for (std::size_t lane = 0; lane < lines.size(); ++lane) {
            const bool comes = ((waiting_ >> lane) & 1) != 0 && lines[lane].from->op() == op;
            coming |= static_cast<std::uint32_t>(comes) << lane;
        }
        waiting_ &= ~coming;
        if (coming != 0) enter(coming);
        if (job_.plan.ops[op].draws()) {
            draw(op++);
            continue;
        }
        const std::size_t stop = stop_behind(op);
        vectors_.advance(std::exchange(op, stop), stop);
    }
    write(outcomes);
}

template <class T>
void LaneRunner<T>::write(std::span<std::uint64_t> outcomes) {
    const std::size_t words = job_.plan.outcome_words();
    const std::size_t end = job_.plan.ops.size();
    std::vector<std::uint64_t> common(words);
    for (std::size_t lane = 0; lane < lines_.size(); ++lane) {
        const auto shots = lines_[lane].shots;
        const auto to = [&](const Shot& shot) {
            return outcomes.subspan(shot.place * words, words);
        };
        vectors_.copy_results(lane, to(shots[0]));
        if (shots.size() == 1) continue;
        vectors_.copy_results(lane, common);
        turn_outcomes(shots_.row(shots[0]), end, common);
        meter_.add(static_cast<double>(shots.size() * outcome_ops_.size()));
        for (const Shot& shot : shots.subspan(1)) {
            std::copy(common.begin(), common.end(), to(shot).begin());
            turn_outcomes(shots_.row(shot), end, to(shot));
        }
    }
}

template <class T>
std::vector<std::shared_ptr<const Snapshot<T>>> LaneRunner<T>::snapshots(
    std::span<const std::size_t> at) {
    std::vector<Shared> result{std::make_shared<Snapshot<T>>()};
    std::fill(row_.begin(), row_.end(), 0);
    std::fill(results_.begin(), results_.end(), 0);
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        vectors_.set_lane(lane, row_, results_);
    }
    std::array<const T*, kLaneCount> vectors;
    vectors.fill(result.front()->reals());
    vectors_.fill(vectors, kAllLanes, result.front()->count());
    std::size_t done = 0;
    for (const std::size_t stop : at) {
        if (stop == 0) continue;
        vectors_.advance(std::exchange(done, stop), stop);
        const auto snapshot = std::make_shared<Snapshot<T>>(stop, reals_before(stop));
        snapshot->results.resize(results_.size());
        vectors_.copy_results(0, snapshot->results);
        std::array<T*, kLaneCount> to{};
        to[0] = snapshot->reals();
        vectors_.keep(to, snapshot->count());
        result.push_back(snapshot);
    }
    return result;
}

template class LaneRunner<float>;
template class LaneRunner<double>;

}  // namespace ionsim
