#include "sample/sampler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/memory.h"
#include "base/parallel.h"
#include "kernels/select.h"

namespace ionsim {
namespace {

// Below this many chunks a team costs more than it brings.
constexpr std::uint64_t kTeamChunks = 64;
// From here on it pays to sort draws by chunk.
constexpr std::size_t kManyDraws = 32;
// Draws that are sorted at once: what they need stays small beside a large state.
constexpr std::size_t kDrawsAtOnce = std::size_t{1} << 24;
constexpr std::size_t kPieceDraws = std::size_t{1} << 14;

// Draws lie far apart in memory: one is fetched while this many others are worked on.
constexpr std::uint32_t kAhead = 16;

void prefetch(const std::uint64_t* draw) {
    __builtin_prefetch(draw, 1);
}

int team(int threads, std::uint64_t chunks) {
    return chunks >= kTeamChunks ? threads : 1;
}

}  // namespace

// The probabilities of one chunk, and what they sum to.
template <class T>
class Sampler<T>::Chunk {
  public:
    explicit Chunk(const Sampler& sampler) : sampler_(sampler) {}

    std::uint64_t number() const { return number_; }

    void read(std::uint64_t number) {
        number_ = number;
        first_ = number * kChunkBlocks;
        count_ = std::min(first_ + kChunkBlocks, sampler_.state_.blocks()) - first_;
        kernels::active<T>().probabilities(sampler_.state_.data() + 2 * kLanes * first_, 0, count_,
                                           lanes_.data());
        last_ = 0;
        double sum = begin();
        for (std::uint64_t block = 0; block < count_; ++block) {
            const double end = sum + block_sum(lanes_.data() + kLanes * block);
            if (end > sum) last_ = block;
            ends_[block] = sum = end;
        }
        std::fill(ends_.begin() + static_cast<std::ptrdiff_t>(count_), ends_.end(), sum);
    }

    // The outcome that `target` falls on. The searches have no branches: which way they go cannot
    // be foretold, and so the processor works on several draws at once.
    std::uint64_t find(double target) const {
        // These sums run in another order than the chunk's norm and may end a rounding below it;
        // such a target belongs to the last outcome that has any probability.
        const double* const ends = ends_.data();
        std::uint64_t block = 0;
        for (int place = std::countr_zero(kChunkBlocks) - 1; place >= 0; --place) {
            const bool beyond = ends[block + bit(place) - 1] <= target;
            block |= static_cast<std::uint64_t>(beyond) << place;
        }
        block = std::min(block, last_);
        const double* const lanes = lanes_.data() + kLanes * block;
        double sum = block == 0 ? begin() : ends[block - 1];
        std::uint64_t lane = 0;
        for (int k = 0; k < kLanes; ++k) {
            sum += lanes[k];
            lane += static_cast<std::uint64_t>(sum <= target);
        }
        if (lane == kLanes) {
            while (lane > 1 && lanes[lane - 1] == 0.0) --lane;
            --lane;
        }
        return (first_ + block) * kLanes + lane;
    }

  private:
    double begin() const { return number_ == 0 ? 0.0 : sampler_.ends_[number_ - 1]; }

    static double block_sum(const double* lanes) {
        double sums[kLanes / 2];
        for (int lane = 0; lane < 8; ++lane) sums[lane] = lanes[lane] + lanes[lane + 8];
        for (int lane = 0; lane < 4; ++lane) sums[lane] += sums[lane + 4];
        return (sums[0] + sums[2]) + (sums[1] + sums[3]);
    }

    const Sampler& sampler_;
    std::uint64_t number_ = ~std::uint64_t{0};  // none yet
    std::uint64_t first_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t last_ = 0;  // the last block that has any probability
    alignas(64) std::array<double, kChunkBlocks * kLanes> lanes_;
    std::array<double, kChunkBlocks> ends_;
};

// For each of equal parts of [0, 1), a power of two, the chunks that its numbers may fall on.
template <class T>
class Sampler<T>::Guide {
  public:
    explicit Guide(const Sampler& sampler)
        : sampler_(sampler), parts_(4 * std::bit_ceil(sampler.ends_.size())), first_(parts_ + 1) {
        const double total = sampler.ends_.back();
        std::uint64_t chunk = 0;
        for (std::uint64_t part = 0; part < parts_; ++part) {
            const double least = static_cast<double>(part) / static_cast<double>(parts_) * total;
            while (chunk < sampler.last_ && !(least < sampler.ends_[chunk])) ++chunk;
            first_[part] = chunk;
        }
        first_[parts_] = sampler.last_;
    }

    // Rounding keeps the order of numbers, so that the range holds the chunk for certain.
    std::uint64_t chunk_of(double uniform) const {
        const auto part = static_cast<std::uint64_t>(uniform * static_cast<double>(parts_));
        return sampler_.chunk_of(uniform * sampler_.ends_.back(), first_[part], first_[part + 1]);
    }

  private:
    const Sampler& sampler_;
    std::uint64_t parts_;
    std::vector<std::uint64_t> first_;
};

template <class T>
Sampler<T>::Sampler(const Statevector<T>& state, int threads, RunControl& control)
    : state_(state), ends_((state.blocks() + kChunkBlocks - 1) / kChunkBlocks) {
    const auto& kernels = kernels::active<T>();
    const auto chunk_norm = [&](std::uint64_t chunk) {
        const std::uint64_t begin = chunk * kChunkBlocks;
        return kernels.norm(state.data(), begin, std::min(begin + kChunkBlocks, state.blocks()));
    };
    constexpr std::uint64_t kGrain = 64;
    parallel_for(team(threads, ends_.size()), (ends_.size() + kGrain - 1) / kGrain, control,
                 [&](std::uint64_t grain, int) {
                     const std::uint64_t end =
                         std::min<std::uint64_t>((grain + 1) * kGrain, ends_.size());
                     for (std::uint64_t chunk = grain * kGrain; chunk < end; ++chunk) {
                         ends_[chunk] = chunk_norm(chunk);
                     }
                     if (end - grain * kGrain == kGrain) control.check();
                 });
    double sum = 0.0;
    for (double& end : ends_) end = sum += end;
    last_ = static_cast<std::uint64_t>(std::lower_bound(ends_.begin(), ends_.end(), sum) -
                                       ends_.begin());
}

template <class T>
std::uint64_t Sampler<T>::chunk_of(double target, std::uint64_t begin, std::uint64_t end) const {
    const double* const ends = ends_.data();
    return static_cast<std::uint64_t>(std::upper_bound(ends + begin, ends + end, target) - ends);
}

template <class T>
void Sampler<T>::draw_many(std::span<std::uint64_t> draws, int threads, RunControl& control) const {
    if (draws.size() < kManyDraws || ends_.size() == 1) {
        const std::uint64_t pieces = (draws.size() + kPieceDraws - 1) / kPieceDraws;
        return parallel_for(threads, pieces, control, [&](std::uint64_t piece, int) {
            const std::size_t begin = piece * kPieceDraws;
            draw_in_order(draws.subspan(begin, std::min(kPieceDraws, draws.size() - begin)));
            if (pieces > 1) control.check();
        });
    }
    const Guide guide(*this);
    for (std::size_t begin = 0; begin < draws.size(); begin += kDrawsAtOnce) {
        const std::size_t count = std::min(kDrawsAtOnce, draws.size() - begin);
        draw_sorted(draws.subspan(begin, count), guide, threads, control);
    }
}

template <class T>
void Sampler<T>::draw_in_order(std::span<std::uint64_t> draws) const {
    Chunk chunk(*this);
    for (std::uint64_t& draw : draws) {
        const double target = std::bit_cast<double>(draw) * ends_.back();
        const std::uint64_t number = chunk_of(target, 0, last_);
        if (number != chunk.number()) chunk.read(number);
        draw = chunk.find(target);
    }
}

template <class T>
void Sampler<T>::draw_sorted(std::span<std::uint64_t> draws, const Guide& guide, int threads,
                             RunControl& control) const {
    const std::uint64_t chunks = ends_.size();
    const std::uint64_t parts = std::clamp<std::uint64_t>(draws.size() / kPieceDraws, 1,
                                                          static_cast<std::uint64_t>(threads));
    const auto edge = [&](std::uint64_t part) { return draws.size() * part / parts; };
    // Which chunk each draw falls on, and how many fall on each, part by part.
    AlignedBuffer<std::uint32_t> chunk_of_draw(draws.size());
    std::vector<std::uint32_t> places(parts * chunks);
    parallel_for(threads, parts, control, [&](std::uint64_t part, int) {
        std::uint32_t* const counts = places.data() + part * chunks;
        for (std::size_t k = edge(part); k < edge(part + 1); ++k) {
            const std::uint64_t chunk = guide.chunk_of(std::bit_cast<double>(draws[k]));
            chunk_of_draw.data()[k] = static_cast<std::uint32_t>(chunk);
            ++counts[chunk];
            if (k % kPieceDraws == 0) control.check();
        }
    });
    // From counts to the place of the first draw of each chunk and part.
    std::vector<std::uint32_t> begins(chunks + 1);
    std::uint32_t place = 0;
    for (std::uint64_t chunk = 0; chunk < chunks; ++chunk) {
        begins[chunk] = place;
        for (std::uint64_t part = 0; part < parts; ++part) {
            place += std::exchange(places[part * chunks + chunk], place);
        }
    }
    begins[chunks] = place;
    AlignedBuffer<std::uint32_t> order(draws.size());
    parallel_for(threads, parts, control, [&](std::uint64_t part, int) {
        std::uint32_t* const next = places.data() + part * chunks;
        for (std::size_t k = edge(part); k < edge(part + 1); ++k) {
            order.data()[next[chunk_of_draw.data()[k]]++] = static_cast<std::uint32_t>(k);
        }
    });
    const std::uint32_t last_draw = place - 1;
    const std::uint64_t grain = chunks >= 16 * kTeamChunks ? 16 : 1;
    parallel_for(team(threads, std::max(chunks, draws.size() / kPieceDraws * kTeamChunks)),
                 (chunks + grain - 1) / grain, control, [&](std::uint64_t index, int) {
                     Chunk chunk(*this);
                     const std::uint64_t end = std::min((index + 1) * grain, chunks);
                     for (std::uint64_t number = index * grain; number < end; ++number) {
                         if (begins[number] == begins[number + 1]) continue;
                         chunk.read(number);
                         for (std::uint32_t k = begins[number]; k < begins[number + 1]; ++k) {
                             prefetch(&draws[order.data()[std::min(k + kAhead, last_draw)]]);
                             std::uint64_t& draw = draws[order.data()[k]];
                             draw = chunk.find(std::bit_cast<double>(draw) * ends_.back());
                         }
                     }
                     control.check();
                 });
}

template <class T>
void write_probabilities(const Statevector<T>& state, std::span<double> out, int threads,
                         RunControl& control) {
    constexpr std::uint64_t kBlocks = 1 << 14;
    const std::uint64_t chunks = (state.blocks() + kBlocks - 1) / kBlocks;
    parallel_for(threads, chunks, control, [&](std::uint64_t chunk, int) {
        const std::uint64_t begin = chunk * kBlocks;
        kernels::active<T>().probabilities(state.data(), begin,
                                           std::min(begin + kBlocks, state.blocks()), out.data());
        control.check();
    });
}

template <class T>
double pauli_expectation(const Statevector<T>& state, const PauliTerm& term, int threads,
                         RunControl& control) {
    // (P a)[i] = i^|x & z| (-1)^parity((i ^ x) & z) a[i ^ x]; the sign is taken at i, so the parity
    // of x & z joins the power of i.
    kernels::PauliSumPlan plan{};
    plan.block_flip = term.x >> kLaneQubits;
    plan.lane_flip = static_cast<int>(term.x & kLaneMask);
    plan.sign_blocks = term.z >> kLaneQubits;
    for (int lane = 0; lane < kLanes; ++lane) {
        plan.lane_sign[lane] = parity(static_cast<std::uint64_t>(lane) & term.z) ? -1.0 : 1.0;
    }
    constexpr std::uint64_t kBlocks = 1 << 12;
    const std::uint64_t chunks = (state.blocks() + kBlocks - 1) / kBlocks;
    std::vector<std::array<double, 2>> sums(chunks);
    parallel_for(team(threads, 8 * chunks), chunks, control, [&](std::uint64_t chunk, int) {
        const std::uint64_t begin = chunk * kBlocks;
        kernels::active<T>().pauli_sum(state.data(), plan, begin,
                                       std::min(begin + kBlocks, state.blocks()),
                                       sums[chunk].data());
        control.check();
    });
    std::array<double, 2> total{};
    for (const auto& sum : sums) {
        total[0] += sum[0];
        total[1] += sum[1];
    }
    const int letters_y = std::popcount(term.x & term.z);
    switch ((letters_y + 2 * (letters_y & 1)) & 3) {  // the real part of i^power * total
        case 0:
            return total[0];
        case 1:
            return -total[1];
        case 2:
            return -total[0];
        default:
            return total[1];
    }
}

std::uint64_t flip_readout(std::uint64_t outcome, int bits, std::uint64_t threshold,
                           const Philox& random, std::uint64_t shot) {
    for (int first = 0; first < bits; first += 2) {
        const auto words =
            random.words(shot, static_cast<std::uint32_t>(first / 2), Purpose::kReadout);
        for (int k = 0; k < 2 && first + k < bits; ++k) {
            if (words[static_cast<std::size_t>(k)] < threshold) outcome ^= bit(first + k);
        }
    }
    return outcome;
}

template class Sampler<float>;
template class Sampler<double>;
template void write_probabilities(const Statevector<float>&, std::span<double>, int, RunControl&);
template void write_probabilities(const Statevector<double>&, std::span<double>, int, RunControl&);
template double pauli_expectation(const Statevector<float>&, const PauliTerm&, int, RunControl&);
template double pauli_expectation(const Statevector<double>&, const PauliTerm&, int, RunControl&);

}  // namespace ionsim
