#include "run/lane_vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

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
double LaneVectors<T>::bytes(const FramePlan& plan) {
    return std::ldexp(2.0 * kLaneCount * sizeof(T), plan.width) +
           8.0 * kLaneCount * static_cast<double>(plan.words());
}

template <class T>
LaneVectors<T>::LaneVectors(const FrameJob& job, const RunOptions& options, RunControl& control)
    : job_(job),
      kernels_(lane_kernels<T>()),
      in_registers_(options.passes.registers),
      meter_(control),
      state_(2 * kLaneCount << job.plan.width),
      rows_(kLaneCount * job.plan.words()),
      results_(kLaneCount * job.plan.outcome_words()),
      tangents_(2 * kLaneCount * static_cast<std::size_t>(std::max(job.lanes.longest(), 1))) {}

template <class T>
void LaneVectors<T>::set_lane(std::size_t lane, std::span<const std::uint64_t> row,
                              std::span<const std::uint64_t> results) {
    for (std::size_t w = 0; w < row.size(); ++w) rows_[w * kLaneCount + lane] = row[w];
    for (std::size_t w = 0; w < results.size(); ++w) results_[w * kLaneCount + lane] = results[w];
}

template <class T>
void LaneVectors<T>::fill(const std::array<const T*, kLaneCount>& from, std::uint32_t which,
                          std::size_t reals) {
    kernels_.fill(state_.data(), from.data(), which, reals);
}

template <class T>
void LaneVectors<T>::keep(const std::array<T*, kLaneCount>& to, std::size_t reals) const {
    kernels_.keep(state_.data(), to.data(), reals);
}

template <class T>
void LaneVectors<T>::copy_row(std::size_t lane, std::span<std::uint64_t> row) const {
    for (std::size_t w = 0; w < row.size(); ++w) row[w] = rows_[w * kLaneCount + lane];
}

template <class T>
void LaneVectors<T>::copy_results(std::size_t lane, std::span<std::uint64_t> results) const {
    for (std::size_t w = 0; w < results.size(); ++w) results[w] = results_[w * kLaneCount + lane];
}

template <class T>
std::uint32_t LaneVectors<T>::turned(const FrameOp& op) const {
    const auto place = static_cast<std::size_t>(op.flip);
    const std::uint64_t* words = rows_.data() + (place / 64) * kLaneCount;
    std::uint32_t bits = 0;
    for (unsigned lane = 0; lane < kLaneCount; ++lane) {
        bits |= static_cast<std::uint32_t>((words[lane] >> (place % 64)) & 1) << lane;
    }
    return bits ^ (op.minus ? 0xFFFFU : 0U);
}

template <class T>
void LaneVectors<T>::norms(const FrameOp& op, double* sums) const {
    kernels_.norms(state_.data(), size_of(op), {op.x, op.z}, sums);
}

template <class T>
void LaneVectors<T>::project(const FrameOp& op, std::uint32_t values, const double* norms) {
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
void LaneVectors<T>::note(int qubit, std::uint32_t outcomes) {
    std::uint64_t* results = results_.data() + static_cast<std::size_t>(qubit / 64) * kLaneCount;
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
        results[lane] ^= static_cast<std::uint64_t>((outcomes >> lane) & 1) << (qubit % 64);
    }
}

template <class T>
void LaneVectors<T>::advance(std::size_t begin, std::size_t end) {
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
        if (op.kind == Kind::kFixed) {
            note(op.qubit, turned(op));
        } else {
            apply(op);
        }
        meter_.add(op.work() * static_cast<double>(kLaneCount));
    }
}

template <class T>
void LaneVectors<T>::set_tangents(const FrameOp& op, bool negated, T* tangents) {
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
void LaneVectors<T>::apply(const FrameOp& op) {
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
void LaneVectors<T>::visit(std::size_t place) {
    const FrameVisit& visit = job_.plan.visits[place];
    T* tangents = tangents_.data();
    for (std::size_t k = visit.begin; k < visit.end; ++k, tangents += 2 * kLaneCount) {
        set_tangents(job_.plan.ops[k], starts_with_minus(job_.plan.ops[k]), tangents);
        meter_.add(job_.plan.ops[k].work() * static_cast<double>(kLaneCount));
    }
    kernels_.visit(state_.data(), job_.lanes[place], tangents_.data());
}

template class LaneVectors<float>;
template class LaneVectors<double>;

}  // namespace ionsim
