#include "run/lane_runner.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>
#include <utility>

namespace ionsim {
namespace {

template <class T>
const kernels::LaneTable<T>& lane_kernels() {
    if constexpr (std::is_same_v<T, float>) {
        return *kernels::active_lanes().single;
    } else {
        return *kernels::active_lanes().twice;
    }
}

// The power of two that brings a squared norm near 1, from the exponents themselves: the library
// takes longer for it than a measurement of few qubits may.
template <class T>
T unit_scale(double norm) {
    if (norm < std::numeric_limits<double>::min()) return T{1};
    const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(norm) >> 52) - 1023;
    return static_cast<T>(
        std::bit_cast<double>(static_cast<std::uint64_t>(1023 - exponent / 2) << 52));
}

}  // namespace

template <class T>
double LaneRunner<T>::bytes(const FramePlan& plan) {
    return std::ldexp(2.0 * kLaneCount * sizeof(T), plan.width) +
           8.0 * kLaneCount * static_cast<double>(plan.words());
}

template <class T>
LaneRunner<T>::LaneRunner(const FrameJob& job, std::uint64_t seed, std::uint64_t shot_begin,
                          const RunOptions& options, RunControl& control)
    : job_(job),
      kernels_(lane_kernels<T>()),
      seed_(seed),
      shot_begin_(shot_begin),
      in_registers_(options.passes.registers),
      meter_(control),
      state_(2 * kLaneCount << job.plan.width),
      rows_(kLaneCount * job.plan.words()),
      results_(kLaneCount * job.plan.outcome_words()),
      tangents_(2 * kLaneCount * static_cast<std::size_t>(std::max(job.lanes.longest(), 1))) {}

template <class T>
std::uint32_t LaneRunner<T>::turned(const FrameOp& op) const {
    const auto place = static_cast<std::size_t>(op.flip);
    const std::uint64_t* words = rows_.data() + (place / 64) * kLaneCount;
    std::uint32_t bits = 0;
    for (unsigned lane = 0; lane < kLaneCount; ++lane) {
        bits |= static_cast<std::uint32_t>((words[lane] >> (place % 64)) & 1) << lane;
    }
    return bits ^ (op.minus ? 0xFFFFU : 0U);
}

template <class T>
void LaneRunner<T>::set_tangents(const FrameOp& op, bool negated, T* tangents) {
    const auto bits = [&](int flip) {
        const auto place = static_cast<std::size_t>(flip);
        return kernels::LaneBits{rows_.data() + (place / 64) * kLaneCount,
                                 static_cast<unsigned>(place % 64)};
    };
    const double sign = negated ? -1.0 : 1.0;
    kernels_.tangents(bits(op.flip), bits(op.second_flip < 0 ? op.flip : op.second_flip),
                      static_cast<T>(sign * op.tangent), static_cast<T>(sign * op.crossed),
                      tangents);
}

template <class T>
void LaneRunner<T>::apply(const FrameOp& op) {
    if (op.kind == Kind::kNormalize) {
        alignas(64) std::array<double, 2 * kLaneCount> norms;
        alignas(64) std::array<T, kLaneCount> factors;
        kernels_.norms(state_.data(), size_of(op), {0, 0}, norms.data());
        for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
            factors[lane] = unit_scale<T>(norms[lane]);
        }
        kernels_.scale(state_.data(), size_of(op), factors.data());
        return;
    }
    set_tangents(op, false, tangents_.data());
    const auto kernel = op.kind == Kind::kExpand ? kernels_.expand : kernels_.rotate;
    kernel(state_.data(), size_of(op), {op.x, op.z}, tangents_.data());
}

template <class T>
void LaneRunner<T>::visit(std::size_t place) {
    const FrameVisit& visit = job_.plan.visits[place];
    T* tangents = tangents_.data();
    for (std::size_t k = visit.begin; k < visit.end; ++k, tangents += 2 * kLaneCount) {
        set_tangents(job_.plan.ops[k], starts_with_minus(job_.plan.ops[k]), tangents);
        meter_.add(job_.plan.ops[k].work() * static_cast<double>(kLaneCount));
    }
    kernels_.visit(state_.data(), job_.lanes[place], tangents_.data());
}

template <class T>
void LaneRunner<T>::advance(std::size_t begin, std::size_t end) {
    const auto& visits = job_.plan.visits;
    auto next = std::partition_point(visits.begin(), visits.end(),
                                     [&](const FrameVisit& visit) { return visit.begin < begin; });
    for (std::size_t k = begin; k < end;) {
        if (in_registers_ && next != visits.end() && next->begin == k) {
            visit(static_cast<std::size_t>(next - visits.begin()));
            k = next++->end;
            continue;
        }
        const FrameOp& op = job_.plan.ops[k++];
        if (op.kind <= Kind::kNormalize) {
            apply(op);
        } else {
            measure(op);
        }
        meter_.add(op.work() * static_cast<double>(kLaneCount));
    }
}

template <class T>
void LaneRunner<T>::measure(const FrameOp& op) {
    const std::uint32_t flipped = turned(op);
    if (op.kind == Kind::kFixed) return note(op.qubit, flipped);
    std::array<std::uint64_t, 2 * kLaneCount> words;
    const std::array<std::uint64_t, 2> below{};
    kernels::active_lanes().random(seed_, tagged_.data(), static_cast<std::uint32_t>(op.qubit / 2),
                                   below.data(), words.data());
    const std::uint64_t* own = words.data() + (op.qubit % 2 == 0 ? 0 : kLaneCount);
    alignas(64) std::array<double, 2 * kLaneCount> norms;
    std::uint32_t outcomes = 0;
    if (op.kind == Kind::kCoin) {
        for (unsigned lane = 0; lane < kLaneCount; ++lane) {
            outcomes |= static_cast<std::uint32_t>(own[lane] >> 63) << lane;
        }
    } else {
        kernels_.norms(state_.data(), size_of(op), {op.x, op.z}, norms.data());
        for (unsigned lane = 0; lane < kLaneCount; ++lane) {
            const bool outcome = drawn_outcome(own[lane], norms[lane], norms[kLaneCount + lane],
                                               ((flipped >> lane) & 1) != 0);
            outcomes |= static_cast<std::uint32_t>(outcome) << lane;
        }
    }
    project(op, outcomes ^ flipped, norms.data());
    note(op.qubit, outcomes);
}

template <class T>
void LaneRunner<T>::project(const FrameOp& op, std::uint32_t values, const double* norms) {
    if (op.kind != Kind::kCoin) {
        alignas(64) std::array<T, kLaneCount> ones;
        alignas(64) std::array<T, kLaneCount> factors;
        for (unsigned lane = 0; lane < kLaneCount; ++lane) {
            const bool value = (values >> lane) & 1;
            ones[lane] = value ? T{1} : T{0};
            factors[lane] = unit_scale<T>(norms[value ? kLaneCount + lane : lane]);
        }
        kernels_.collapse(state_.data(), size_of(op), {op.x, op.z}, ones.data(), factors.data());
    }
    const auto row = job_.plan.outcome_row(op.qubit);
    for (std::uint32_t rest = values; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(rest));
        for (std::size_t w = 0; w < row.size(); ++w) rows_[w * kLaneCount + lane] ^= row[w];
    }
}

template <class T>
void LaneRunner<T>::note(int qubit, std::uint32_t outcomes) {
    std::uint64_t* results = results_.data() + static_cast<std::size_t>(qubit / 64) * kLaneCount;
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        results[lane] ^= static_cast<std::uint64_t>((outcomes >> lane) & 1) << (qubit % 64);
    }
}

template <class T>
void LaneRunner<T>::load(std::span<const Snapshot<T>* const> from) {
    std::array<const T*, kLaneCount> vectors{};
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        const Snapshot<T>& of = *from[std::min(lane, from.size() - 1)];
        vectors[lane] = of.amplitudes.data();
        for (std::size_t w = 0; w < of.rows.size(); ++w) rows_[w * kLaneCount + lane] ^= of.rows[w];
        for (std::size_t w = 0; w < of.results.size(); ++w) {
            results_[w * kLaneCount + lane] ^= of.results[w];
        }
    }
    kernels_.fill(state_.data(), vectors.data(), from.front()->amplitudes.size());
}

template <class T>
void LaneRunner<T>::run(const FrameShots& all, std::span<const FrameShots::Shot> shots,
                        std::span<const Snapshot<T>* const> from,
                        std::span<std::uint64_t> outcomes) {
    used_ = shots.size();
    std::fill(results_.begin(), results_.end(), 0);
    std::fill(rows_.begin(), rows_.end(), 0);
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        // Idle lanes repeat the last shot, so that their numbers are as good as the others'.
        const auto& shot = shots[std::min(lane, shots.size() - 1)];
        tagged_[lane] = tagged(shot_begin_ + shot.place, Purpose::kMeasure);
        for (const auto& event : all.events(shot)) {
            add_flips(job_, event, rows_.data() + lane, kLaneCount);
        }
    }
    // The outcomes of the snapshots are without what the shots' own errors turn over.
    const std::size_t begin = from.front()->op;
    for (std::size_t k = 0; k < begin; ++k) {
        const FrameOp& op = job_.plan.ops[k];
        if (op.kind >= Kind::kFixed) note(op.qubit, turned(op) ^ (op.minus ? 0xFFFFU : 0U));
    }
    load(from);
    advance(begin, job_.plan.ops.size());
    const std::size_t words = job_.plan.outcome_words();
    for (std::size_t lane = 0; lane < used_; ++lane) {
        for (std::size_t w = 0; w < words; ++w) {
            outcomes[shots[lane].place * words + w] = results_[w * kLaneCount + lane];
        }
    }
}

template <class T>
std::vector<Snapshot<T>> LaneRunner<T>::kept(std::size_t op) {
    const FrameOp& next = job_.plan.ops[op];
    alignas(64) std::array<double, 2 * kLaneCount> norms{};
    if (next.kind > Kind::kCoin) {
        kernels_.norms(state_.data(), size_of(next), {next.x, next.z}, norms.data());
    }
    std::vector<Snapshot<T>> result(used_);
    const std::size_t reals = 2 * size_of(next);
    for (std::size_t lane = 0; lane < used_; ++lane) {
        Snapshot<T>& to = result[lane];
        to.op = op;
        to.norms = {norms[lane], norms[kLaneCount + lane]};
        to.amplitudes.resize(reals);
        for (std::size_t w = lane; w < rows_.size(); w += kLaneCount) to.rows.push_back(rows_[w]);
        for (std::size_t w = lane; w < results_.size(); w += kLaneCount) {
            to.results.push_back(results_[w]);
        }
    }
    for (std::size_t i = 0; i < reals; ++i) {
        const T* const of = state_.data() + kLaneCount * i;
        for (std::size_t lane = 0; lane < used_; ++lane) result[lane].amplitudes[i] = of[lane];
    }
    return result;
}

template <class T>
std::vector<Snapshot<T>> LaneRunner<T>::snapshots(std::span<const std::size_t> at) {
    std::vector<Snapshot<T>> result(1);
    used_ = 1;
    std::fill(results_.begin(), results_.end(), 0);
    std::fill(rows_.begin(), rows_.end(), 0);
    const Snapshot<T>* const first = result.data();
    load({&first, 1});
    std::size_t next = 0;
    for (const std::size_t stop : at) {
        advance(std::exchange(next, stop), stop);
        if (stop != 0) result.push_back(std::move(kept(stop).front()));
    }
    return result;
}

template <class T>
std::vector<Snapshot<T>> LaneRunner<T>::branches(std::span<const Snapshot<T>* const> from,
                                                 std::uint32_t values, std::size_t end) {
    used_ = from.size();
    std::fill(results_.begin(), results_.end(), 0);
    std::fill(rows_.begin(), rows_.end(), 0);
    load(from);
    std::array<double, 2 * kLaneCount> norms;
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        const auto& of = *from[std::min(lane, from.size() - 1)];
        norms[lane] = of.norms[0];
        norms[kLaneCount + lane] = of.norms[1];
    }
    // Idle lanes repeat the last.
    const std::size_t last = from.size() - 1;
    if ((values >> last) & 1) values |= (0xFFFFU << last) & 0xFFFFU;
    const std::size_t begin = from.front()->op;
    const FrameOp& op = job_.plan.ops[begin];
    const std::uint32_t outcomes = values ^ turned(op);
    project(op, values, norms.data());
    note(op.qubit, outcomes);
    advance(begin + 1, end);
    return kept(end);
}

template class LaneRunner<float>;
template class LaneRunner<double>;

}  // namespace ionsim
