#include "run/wide_runner.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "sample/sampler.h"

namespace ionsim {
namespace {

constexpr std::uint64_t kPiece = 1 << 12;  // blocks that one thread takes at a time

Complex imaginary_power(int power) {
    constexpr std::array<Complex, 4> kPowers{Complex{1, 0}, Complex{0, 1}, Complex{-1, 0},
                                             Complex{0, -1}};
    return kPowers[static_cast<std::size_t>(power & 3)];
}

// keep + swap P, where new[i] = keep a[i] + swap i^|x & z| (-1)^parity((i ^ x) & z) a[i ^ x].
Step pauli_mix(Complex keep, Complex swap, std::uint64_t x, std::uint64_t z) {
    if (x == 0) return DiagonalStep{{}, {z}, {keep + swap, keep - swap}};
    const int letters_y = std::popcount(x & z);
    const Complex factor = swap * imaginary_power(letters_y + 2 * (letters_y & 1));
    PairStep step{{}, x, {z, 0}, {}, {}};
    step.keep.fill(keep);
    step.swap = {factor, -factor, factor, -factor};
    return step;
}

Step rotation(const FrameOp& op, double tangent) {
    const double cosine = 1.0 / std::sqrt(1.0 + tangent * tangent);
    return pauli_mix(cosine, Complex{0.0, -tangent * cosine}, op.x, op.z);
}

// Blocks [begin, end) of what is left of a vector whose qubit `pivot`, counted from that of the
// blocks, is given by the parity of `others` below it.
template <class T>
void take_half(const Statevector<T>& from, Statevector<T>& to, std::uint64_t begin,
               std::uint64_t end, std::uint64_t pivot, std::uint64_t others, bool set) {
    std::array<bool, kLanes> odd;
    for (std::uint64_t lane = 0; lane < kLanes; ++lane) odd[lane] = parity(lane & others) != 0;
    const bool mixed = (others & kLaneMask) != 0;
    for (std::uint64_t block = begin; block < end; ++block) {
        const std::uint64_t low = block & (pivot - 1);
        const std::uint64_t first = ((block ^ low) << 1) | low;
        const bool upper = (parity(block * kLanes & others) != 0) != set;
        const T* even = from.data() + 2 * kLanes * (first | (upper ? pivot : 0));
        const T* uneven = from.data() + 2 * kLanes * (first | (upper ? 0 : pivot));
        T* out = to.data() + 2 * kLanes * block;
        if (!mixed) {
            std::copy_n(even, 2 * kLanes, out);
            continue;
        }
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            out[lane] = odd[lane] ? uneven[lane] : even[lane];
            out[kLanes + lane] = odd[lane] ? uneven[kLanes + lane] : even[kLanes + lane];
        }
    }
}

template <class Body>
void in_blocks(int threads, std::uint64_t blocks, RunControl& control, Body&& body) {
    const std::uint64_t pieces = (blocks + kPiece - 1) / kPiece;
    parallel_for(pieces > 4 ? threads : 1, pieces, control, [&](std::uint64_t piece, int) {
        body(piece * kPiece, std::min((piece + 1) * kPiece, blocks));
        control.check();
    });
}

}  // namespace

template <class T>
Statevector<T>& GrowingState<T>::at(int width) {
    auto& state = states_[static_cast<std::size_t>(width)];
    if (!state) state = std::make_unique<Statevector<T>>(width);
    return *state;
}

template <class T>
double WideRunner<T>::bytes(const FramePlan& plan) {
    // Three vectors of a changing width: all widths together are less than twice the largest.
    return 6.0 * Statevector<T>::bytes(plan.width) + 4096.0;
}

template <class T>
WideRunner<T>::WideRunner(const FrameJob& job, std::uint64_t seed, std::uint64_t shot_begin,
                          int threads, bool share, RunControl& control)
    : job_(job),
      random_(seed),
      shot_begin_(shot_begin),
      threads_(threads),
      share_(share),
      control_(control),
      executor_(threads, control),
      first_draw_(job.plan.first_draw()),
      row_(job.plan.words()),
      shared_(job.plan.width),
      kept_(job.plan.width),
      own_(job.plan.width) {
    executor_.set_zero_state(shared_.now());
}

template <class T>
void WideRunner<T>::copy(GrowingState<T>& from, GrowingState<T>& to) {
    to.set_width(from.width());
    executor_.copy(from.now(), to.now());
}

template <class T>
void WideRunner<T>::apply(GrowingState<T>& state, const FrameOp& op, bool signs) {
    if (op.kind == Kind::kNormalize) return;  // the rotations here keep the norm
    const bool minus = signs && bit_of(op.flip);
    const bool second = signs && op.second_flip >= 0 && bit_of(op.second_flip);
    const bool crossed = op.second_flip >= 0 && minus != second;
    const double tangent = crossed ? op.crossed : op.tangent;
    if (op.kind == Kind::kExpand) {
        run_steps(state);
        const Statevector<T>& from = state.now();
        state.set_width(op.width + 1);
        Statevector<T>& to = state.now();
        if (op.width < kLaneQubits) {
            std::copy_n(from.data(), 2 * kLanes, to.data());
        } else {
            in_blocks(threads_, from.blocks(), control_,
                      [&](std::uint64_t begin, std::uint64_t end) {
                          std::copy(from.data() + 2 * kLanes * begin,
                                    from.data() + 2 * kLanes * end, to.data() + 2 * kLanes * begin);
                          T* upper = to.data() + 2 * kLanes * (from.blocks() + begin);
                          std::fill(upper, upper + 2 * kLanes * (end - begin), T{0});
                      });
        }
    }
    steps_.push_back(rotation(op, minus ? -tangent : tangent));
}

// Halves the vector: pairs of amplitudes become one where the string flips something, else one of
// the two is kept, whose other letters' parity gives `value`.
template <class T>
void WideRunner<T>::collapse(GrowingState<T>& state, const FrameOp& op, bool value, double norm) {
    const double scale = std::ldexp(1.0, -std::ilogb(norm) / 2);
    const std::uint64_t mask = op.x != 0 ? op.x : op.z;
    const std::uint64_t pivot = std::bit_floor(mask);
    if (op.x != 0) {
        executor_.apply(state.now(), pauli_mix(scale, value ? -scale : scale, op.x, op.z));
    } else if (scale != 1.0) {
        executor_.apply(state.now(), DiagonalStep{{}, {}, {scale}});
    }
    // Where the pivot is set in the amplitude that stays, by the parity of the other letters.
    const std::uint64_t others = op.x != 0 ? 0 : op.z & ~pivot;
    const bool set = op.x == 0 && value;
    const Statevector<T>& from = state.now();
    state.set_width(op.width - 1);
    Statevector<T>& to = state.now();
    if (pivot >= static_cast<std::uint64_t>(kLanes)) {
        in_blocks(threads_, to.blocks(), control_, [&](std::uint64_t begin, std::uint64_t end) {
            take_half(from, to, begin, end, pivot / kLanes, others, set);
        });
        return;
    }
    const std::uint64_t low = pivot - 1;
    const std::uint64_t limit = std::uint64_t{1} << (op.width - 1);
    in_blocks(threads_, to.blocks(), control_, [&](std::uint64_t begin, std::uint64_t end) {
        for (std::uint64_t block = begin; block < end; ++block) {
            T* out = to.data() + 2 * kLanes * block;
            for (std::uint64_t lane = 0; lane < kLanes; ++lane) {
                const std::uint64_t j = block * kLanes + lane;
                if (j >= limit) {
                    out[lane] = out[kLanes + lane] = T{0};
                    continue;
                }
                std::uint64_t i = ((j & ~low) << 1) | (j & low);
                if ((parity(j & low & others) != 0) != set) i |= pivot;
                const T* in = from.data() + 2 * kLanes * (i / kLanes) + i % kLanes;
                out[lane] = in[0];
                out[kLanes + lane] = in[kLanes];
            }
        }
    });
}

template <class T>
bool WideRunner<T>::measure(GrowingState<T>& state, const FrameOp& op, std::uint64_t shot) {
    const bool turned = op.minus != bit_of(op.flip);
    if (op.kind == Kind::kFixed) return turned;
    const auto words =
        random_.words(shot, static_cast<std::uint32_t>(op.qubit / 2), Purpose::kMeasure);
    const std::uint64_t word = words[static_cast<std::size_t>(op.qubit % 2)];
    bool outcome = word >> 63;
    if (op.kind != Kind::kCoin) {
        const double uniform = static_cast<double>(word >> 11) * 0x1.0p-53;
        const double norm = pauli_expectation(state.now(), {0, 0, 1.0}, threads_, control_);
        const double mean = pauli_expectation(state.now(), {op.x, op.z, 1.0}, threads_, control_);
        const double zero = std::max(0.0, turned ? norm - mean : norm + mean);
        const double one = std::max(0.0, turned ? norm + mean : norm - mean);
        outcome = !(uniform * (zero + one) < zero);
        collapse(state, op, outcome != turned, outcome ? one : zero);
    }
    if (outcome != turned) {
        const auto flips = job_.plan.outcome_row(op.qubit);
        for (std::size_t w = 0; w < flips.size(); ++w) row_[w] ^= flips[w];
    }
    return outcome;
}

template <class T>
void WideRunner<T>::advance(GrowingState<T>& state, std::size_t& done, std::size_t until,
                            bool signs) {
    for (; done < until; ++done) {
        const FrameOp& op = job_.plan.ops[done];
        if (op.kind <= Kind::kNormalize) apply(state, op, signs);
    }
    run_steps(state);
}

template <class T>
void WideRunner<T>::run_steps(GrowingState<T>& state) {
    executor_.apply(state.now(), steps_);
    steps_.clear();
}

template <class T>
void WideRunner<T>::run(const FrameShots& all, const FrameShots::Shot& shot,
                        std::span<std::uint64_t> outcome) {
    const auto given = all.row(shot);
    std::copy(given.begin(), given.end(), row_.begin());
    const auto& ops = job_.plan.ops;
    std::fill(outcome.begin(), outcome.end(), 0);
    const auto read = [&](std::size_t place, bool value) {
        const auto qubit = static_cast<std::size_t>(ops[place].qubit);
        outcome[qubit / 64] |= static_cast<std::uint64_t>(value) << (qubit % 64);
    };
    if (!share_) {
        own_.set_width(0);
        executor_.set_zero_state(own_.now());
        std::size_t done = 0;
        advance(own_, done, first_draw_, true);
    } else {
        if (!kept_shot_ || all.parting(*kept_shot_, shot) < first_draw_) {
            advance(shared_, shared_done_, std::min<std::size_t>(shot.start, first_draw_), false);
            copy(shared_, kept_);
            std::size_t done = shared_done_;
            advance(kept_, done, first_draw_, true);
            kept_shot_ = shot;
        }
        copy(kept_, own_);
    }
    for (std::size_t k = 0; k < first_draw_; ++k) {
        if (ops[k].kind == Kind::kFixed) read(k, ops[k].minus != bit_of(ops[k].flip));
    }
    for (std::size_t k = first_draw_; k < ops.size(); ++k) {
        if (ops[k].kind <= Kind::kNormalize) {
            apply(own_, ops[k], true);
        } else {
            run_steps(own_);
            read(k, measure(own_, ops[k], shot_begin_ + shot.place));
        }
    }
}

template <class T>
void run_wide(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
              std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
              const RunOptions& options, RunControl& control) {
    const auto all = shots.shots();
    const bool side_by_side = job.plan.width <= kOneThreadWidth;
    const auto workers = static_cast<std::size_t>(side_by_side ? std::max(options.threads, 1) : 1);
    // Each piece runs the error-free part anew.
    constexpr std::size_t kManyShots = 64;
    const std::size_t most = all.size() < kManyShots * workers ? workers : 4 * workers;
    const std::size_t pieces = workers == 1 ? 1 : std::min(all.size(), most);
    parallel_for(static_cast<int>(workers), pieces, control, [&](std::uint64_t piece, int) {
        // The earliest start is the last shot of the list.
        const std::size_t begin = all.size() * piece / pieces;
        const std::size_t end = all.size() * (piece + 1) / pieces;
        WideRunner<T> runner(job, seed, shot_begin, side_by_side ? 1 : options.threads,
                             options.share, control);
        for (std::size_t k = begin; k < end; ++k) {
            const FrameShots::Shot& shot = all[all.size() - 1 - k];
            const std::size_t words = job.plan.outcome_words();
            runner.run(shots, shot, outcomes.subspan(shot.place * words, words));
        }
    });
}

template class GrowingState<float>;
template class GrowingState<double>;
template class WideRunner<float>;
template class WideRunner<double>;
template void run_wide<float>(const FrameJob&, const FrameShots&, std::uint64_t, std::uint64_t,
                              std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void run_wide<double>(const FrameJob&, const FrameShots&, std::uint64_t, std::uint64_t,
                               std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
