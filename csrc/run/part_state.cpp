#include "run/part_state.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "base/parallel.h"
#include "compile/schedule.h"
#include "kernels/select.h"
#include "run/local.h"

namespace ionsim {
namespace {

// A smaller norm is made good before single precision feels it.
constexpr double kLeastNorm = 0x1.0p-40;

// Qubits that are measured in one pass: each doubles a table.
constexpr int kMostAtOnce = 8;

// Steps that are worth a pass of their own over a state before it grows, from so many qubits on.
constexpr std::size_t kWorthAPass = 10;
constexpr int kGrowsFrom = 12;

// Blocks are shared out in pieces of so many at least, and into so many pieces at most: neither may
// depend on the threads.
constexpr std::uint64_t kLeastPiece = 1 << 10;
constexpr std::uint64_t kMostPieces = 64;

std::uint64_t piece_size(std::uint64_t blocks, std::uint64_t patterns = 1) {
    // Each piece has sums of its own for all patterns.
    return std::max({kLeastPiece, (blocks + kMostPieces - 1) / kMostPieces, 8 * patterns});
}

}  // namespace

template <class T>
PartState<T>::PartState(int qubits, const RunOptions& options, RunControl& control)
    : options_(options), control_(control), most_qubits_(qubits), state_(qubits) {}

template <class T>
void PartState<T>::clear() {
    waiting_.clear();
    state_.resize(options_.passes.growth ? std::min(kLaneQubits, most_qubits_) : most_qubits_,
                  options_, control_);
    state_.reset(options_, control_);
}

template <class T>
void PartState<T>::copy(const PartState& from) {
    waiting_.clear();
    state_.copy(from.state_, options_, control_);
}

template <class T>
void PartState<T>::borrow(const PartState& from) {
    waiting_.clear();
    state_.borrow(from.state_);
}

// Steps that come before the state grows run before it does, where that is worth a pass.
template <class T>
void PartState<T>::flush() {
    std::vector<Step> steps = std::exchange(waiting_, {});
    waiting_.reserve(steps.size());
    std::uint64_t reached = state_.active();
    if (count_bits(reached) == most_qubits_ && !steps.empty()) {
        return run(std::move(steps), reached);
    }
    std::vector<Step> some;
    some.reserve(steps.size());
    for (Step& step : steps) {
        const std::uint64_t grown = reached | support(step);
        if (grown != reached && some.size() >= kWorthAPass && count_bits(reached) >= kGrowsFrom) {
            run(std::exchange(some, {}), reached);
        }
        some.push_back(std::move(step));
        reached = grown;
    }
    if (!some.empty()) run(std::move(some), reached);
}

template <class T>
void PartState<T>::run(std::vector<Step> steps, std::uint64_t reached) {
    if (options_.passes.growth) {
        const int qubits = 64 - std::countl_zero(reached | low_bits(kLaneQubits));
        state_.resize(std::min(most_qubits_, qubits), options_, control_);
    } else {
        reached = ~std::uint64_t{0};
    }
    const Schedule schedule =
        compile(std::move(steps), state_.amplitudes().qubits(),
                {options_.passes, sizeof(T) == sizeof(float), reached}, control_);
    (void)state_.run(schedule, false, options_, control_, &tiles_);
}

template <class T>
const Statevector<T>& PartState<T>::whole() {
    flush();
    state_.resize(most_qubits_, options_, control_);
    return state_.whole(options_, control_);
}

// Calls body(piece, first, count) for runs of the blocks whose bits are all in the mask, as long as
// the bits `apart` are the same; pieces side by side.
template <class T>
template <class Body>
void PartState<T>::for_runs(std::uint64_t mask, std::uint64_t apart, std::uint64_t piece_blocks,
                            Body&& body) {
    const LocalBits bits(mask);
    const std::uint64_t blocks = bit(bits.count());
    const std::uint64_t run = std::min(bit(std::countr_one(mask & ~apart)), piece_blocks);
    const std::uint64_t pieces = (blocks + piece_blocks - 1) / piece_blocks;
    parallel_for(pieces > 16 ? options_.threads : 1, pieces, control_,
                 [&](std::uint64_t piece, int) {
                     const std::uint64_t end = std::min((piece + 1) * piece_blocks, blocks);
                     std::uint64_t block = bits.spread(piece * piece_blocks);
                     for (std::uint64_t k = piece * piece_blocks; k < end; k += run) {
                         body(piece, block, run);
                         block = ((block | (run - 1)) - mask) & mask;
                     }
                     if (pieces > 16) control_.check();
                 });
}

template <class T>
std::vector<double> PartState<T>::weights(std::uint64_t mask) {
    const LocalBits high(mask >> kLaneQubits);
    const std::uint64_t active = state_.active() >> kLaneQubits;
    const std::size_t patterns = bit(high.count());
    const std::uint64_t piece_blocks = piece_size(bit(count_bits(active)), patterns);
    const std::size_t pieces = (bit(count_bits(active)) + piece_blocks - 1) / piece_blocks;
    sums_.assign(pieces * patterns, {});
    const T* const data = state_.amplitudes().data();
    for_runs(active, high.mask(), piece_blocks,
             [&](std::uint64_t piece, std::uint64_t first, std::uint64_t count) {
                 LaneSums& sum = sums_[piece * patterns + high.packed(first)];
                 kernels::active<T>().add_norms(data, first, first + count, sum.lanes.data());
             });
    const LocalBits low(mask & kLaneMask);
    std::vector<double> result(patterns << low.count());
    for (std::size_t piece = 0; piece < pieces; ++piece) {
        for (std::size_t pattern = 0; pattern < patterns; ++pattern) {
            const auto& lanes = sums_[piece * patterns + pattern].lanes;
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                result[pattern << low.count() | low.packed(lane)] += lanes[lane];
            }
        }
    }
    return result;
}

template <class T>
void PartState<T>::project(std::uint64_t mask, std::uint64_t value) {
    constexpr std::uint64_t kReals = 2 * kLanes;
    const std::uint64_t lanes = mask & kLaneMask, chosen = value & kLaneMask;
    const std::uint64_t high = mask >> kLaneQubits, from = value >> kLaneQubits;
    const std::uint64_t kept = (state_.active() >> kLaneQubits) & ~high;
    T* const data = state_.amplitudes().data();
    std::array<T, kReals> stays;
    for (std::uint64_t lane = 0; lane < kReals; ++lane) stays[lane] = (lane & lanes) == 0;
    // Those of the first rows are written here, all others are forgotten.
    const std::uint64_t row = high & low_bits(kRowQubits - kLaneQubits);
    if (from != 0 || lanes != 0 || row != 0) {
        for_runs(kept, high, piece_size(bit(count_bits(kept))),
                 [&](std::uint64_t, std::uint64_t first, std::uint64_t count) {
                     std::array<T, kReals + kLanes> block{};
                     T* const low = data + kReals * first;
                     if (from != 0) std::copy_n(low + kReals * from, kReals * count, low);
                     for (std::uint64_t k = 0; lanes != 0 && k < count; ++k) {
                         T* const own = low + kReals * k;
                         std::copy_n(own, kReals, block.begin());
                         // Lanes that stay have none of the chosen bits.
                         for (std::uint64_t lane = 0; lane < kReals; ++lane) {
                             own[lane] = stays[lane] * block[lane + chosen];
                         }
                     }
                     if (row != 0) std::fill_n(low + kReals, kReals, T{0});
                 });
    }
    state_.set_zero(mask, options_, control_);
}

template <class T>
void PartState<T>::measure_some(std::span<Measured> qubits) {
    std::uint64_t mask = 0;
    for (const Measured& each : qubits) mask |= bit(each.qubit) & state_.active();
    if (mask == 0) return;
    const std::vector<double> all = weights(mask);
    // The highest qubit first: what is left of the sums is a half of them.
    std::span<const double> left(all);
    std::uint64_t value = 0;
    for (std::uint64_t rest = mask; rest != 0;) {
        const int qubit = 63 - std::countl_zero(rest);
        rest &= ~bit(qubit);
        const auto zeros = left.first(left.size() / 2), ones = left.last(left.size() / 2);
        double zero = 0.0, one = 0.0;
        for (const double sum : zeros) zero += sum;
        for (const double sum : ones) one += sum;
        Measured& own = *std::ranges::find(qubits, qubit, &Measured::qubit);
        own.outcome = !(own.uniform * (zero + one) < zero) && one > 0.0;
        if (own.outcome) value |= bit(qubit);
        left = own.outcome ? ones : zeros;
    }
    project(mask, value);
    if (left[0] < kLeastNorm) add(DiagonalStep{{}, {}, {1.0 / std::sqrt(left[0])}});
}

template <class T>
void PartState<T>::measure(std::span<Measured> qubits) {
    flush();
    state_.settle(options_, control_);
    while (!qubits.empty()) {
        const auto some = qubits.first(std::min<std::size_t>(qubits.size(), kMostAtOnce));
        measure_some(some);
        qubits = qubits.subspan(some.size());
    }
}

template class PartState<float>;
template class PartState<double>;

}  // namespace ionsim
