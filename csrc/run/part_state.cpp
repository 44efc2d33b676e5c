#include "run/part_state.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/parallel.h"
#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/local.h"

namespace ionsim {
namespace {

constexpr std::uint64_t kPiece = 1 << 10;  // blocks

// A smaller norm is made good before single precision feels it.
constexpr double kLeastNorm = 0x1.0p-40;

}  // namespace

template <class T>
PartState<T>::PartState(int qubits, const RunOptions& options, int threads, RunControl& control)
    : options_(options),
      threads_(threads),
      control_(control),
      executor_(threads, control),
      state_(qubits),
      lazy_(options.passes.tiles && options.passes.growth &&
            qubits > tile_sizes(sizeof(T) == sizeof(float)).outer_qubits) {}

template <class T>
void PartState<T>::clear() {
    waiting_.clear();
    if (lazy_) {
        std::fill_n(state_.data(), 2 * bit(kRowQubits), T{0});
        state_.data()[0] = T{1};
    } else {
        executor_.set_zero_state(state_);
    }
    active_ = 0;
}

template <class T>
void PartState<T>::flush() {
    if (waiting_.empty()) return;
    const Passes& passes = options_.passes;
    Schedule schedule = compile(std::exchange(waiting_, {}), state_.qubits(),
                                {passes, sizeof(T) == sizeof(float)}, control_);
    for (const Part& part : schedule.parts) {
        if (part.stages.empty()) {
            if (lazy_) zero_empty(state_, active_, threads_, control_);
            executor_.apply(state_, part.steps);
            for (const Step& step : part.steps) active_ |= flipped(step);
            continue;
        }
        const std::uint64_t before = passes.growth ? active_ : low_bits(state_.qubits());
        std::uint64_t flips = 0;
        for (const Step& step : part.steps) flips |= flipped(step);
        (void)run_blocked(state_, part, before, {passes.tangent, false, threads_}, control_);
        active_ |= flips;
    }
}

template <class T>
Statevector<T>& PartState<T>::whole() {
    flush();
    if (lazy_) zero_empty(state_, active_, threads_, control_);
    return state_;
}

// Calls body(piece, block) for the blocks whose bits are all in the mask, pieces side by side.
template <class T>
template <class Body>
void PartState<T>::for_blocks(std::uint64_t mask, Body&& body) {
    const LocalBits bits(mask);
    const std::uint64_t blocks = bit(bits.count());
    const std::uint64_t pieces = (blocks + kPiece - 1) / kPiece;
    parallel_for(pieces > 16 ? threads_ : 1, pieces, control_, [&](std::uint64_t piece, int) {
        std::uint64_t block = bits.spread(piece * kPiece);
        for (std::uint64_t k = piece * kPiece; k < std::min((piece + 1) * kPiece, blocks); ++k) {
            body(piece, block);
            block = (block - mask) & mask;
        }
        if (pieces > 16) control_.check();
    });
}

template <class T>
std::pair<double, double> PartState<T>::weights(int qubit) {
    const std::uint64_t mask = active_ >> kLaneQubits;
    const std::uint64_t lane_bit = qubit < kLaneQubits ? bit(qubit) : 0;
    const std::uint64_t block_bit = qubit < kLaneQubits ? 0 : bit(qubit - kLaneQubits);
    // Lane by lane, which the compiler can do for several at once.
    using Lanes = std::array<double, kLanes>;
    const std::uint64_t pieces = (bit(std::popcount(mask)) + kPiece - 1) / kPiece;
    std::vector<std::array<Lanes, 2>> sums(pieces);
    for_blocks(mask, [&](std::uint64_t piece, std::uint64_t block) {
        const T* const re = state_.data() + 2 * kLanes * block;
        const T* const im = re + kLanes;
        Lanes& sum = sums[piece][(block & block_bit) != 0 ? 1 : 0];
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const double x = re[lane];
            const double y = im[lane];
            sum[lane] += x * x + y * y;
        }
    });
    std::array<double, 2> total{};
    for (const auto& sum : sums) {
        for (std::size_t half = 0; half < 2; ++half) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                total[(lane & lane_bit) != 0 ? 1 : half] += sum[half][lane];
            }
        }
    }
    return {total[0], total[1]};
}

template <class T>
void PartState<T>::project(int qubit, bool outcome) {
    constexpr std::uint64_t kReals = 2 * kLanes;
    if (qubit < kLaneQubits) {
        const std::size_t own = bit(qubit);
        for_blocks(active_ >> kLaneQubits, [&](std::uint64_t, std::uint64_t block) {
            T* const values = state_.data() + kReals * block;
            for (std::size_t k = 0; k < kReals; ++k) {
                if ((k & own) != 0) continue;
                if (outcome) values[k] = values[k | own];
                values[k | own] = T{0};
            }
        });
    } else {
        const std::uint64_t own = bit(qubit - kLaneQubits);
        const bool erase = !lazy_ || qubit < kRowQubits;
        for_blocks((active_ >> kLaneQubits) & ~own, [&](std::uint64_t, std::uint64_t block) {
            T* const low = state_.data() + kReals * block;
            T* const high = state_.data() + kReals * (block | own);
            if (outcome) std::copy_n(high, kReals, low);
            if (erase) std::fill_n(high, kReals, T{0});
        });
    }
    active_ &= ~bit(qubit);
}

template <class T>
bool PartState<T>::measure(int qubit, double uniform) {
    flush();
    if ((active_ & bit(qubit)) == 0) return false;
    const auto [zero, one] = weights(qubit);
    const bool outcome = !(uniform * (zero + one) < zero) && one > 0.0;
    project(qubit, outcome);
    const double norm = outcome ? one : zero;
    if (norm < kLeastNorm) add(DiagonalStep{{}, {}, {1.0 / std::sqrt(norm)}});
    return outcome;
}

template class PartState<float>;
template class PartState<double>;

}  // namespace ionsim
