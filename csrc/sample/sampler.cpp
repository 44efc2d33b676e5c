#include "sample/sampler.h"

#include <algorithm>

#include "base/parallel.h"
#include "kernels/select.h"

namespace ionsim {
namespace {

// Below this many chunks a team costs more than it brings.
constexpr std::uint64_t kTeamChunks = 64;

int team(int threads, std::uint64_t chunks) {
    return chunks >= kTeamChunks ? threads : 1;
}

}  // namespace

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
}

template <class T>
std::uint64_t Sampler<T>::chunk_of(double target) const {
    const auto found = std::upper_bound(ends_.begin(), ends_.end(), target);
    // Rounding can leave the last target at the very end: it belongs to the last chunk that has any
    // probability.
    const auto last = std::lower_bound(ends_.begin(), ends_.end(), ends_.back());
    return static_cast<std::uint64_t>(std::min(found, last) - ends_.begin());
}

template <class T>
template <class Targets, class Emit>
void Sampler<T>::walk(std::uint64_t chunk, Targets&& targets, Emit&& emit) const {
    double sum = chunk == 0 ? 0.0 : ends_[chunk - 1];
    std::uint64_t last_possible = 0;
    std::size_t next = 0;
    const std::uint64_t begin = chunk * kChunkBlocks;
    const std::uint64_t end = std::min(begin + kChunkBlocks, state_.blocks());
    for (std::uint64_t block = begin; block < end; ++block) {
        const T* re = state_.data() + 2 * kLanes * block;
        const T* im = re + kLanes;
        for (int lane = 0; lane < kLanes; ++lane) {
            const double a = re[lane];
            const double b = im[lane];
            const double probability = a * a + b * b;
            if (probability == 0.0) continue;
            sum += probability;
            last_possible = block * kLanes + static_cast<std::uint64_t>(lane);
            while (next < targets.size() && targets[next] < sum) emit(next++, last_possible);
            if (next == targets.size()) return;
        }
    }
    // This sum runs in another order than the chunk's norm and may end a rounding below it.
    while (next < targets.size()) emit(next++, last_possible);
}

template <class T>
std::uint64_t Sampler<T>::draw(double uniform) const {
    const double target = uniform * ends_.back();
    std::uint64_t outcome = 0;
    walk(chunk_of(target), std::span<const double>(&target, 1),
         [&](std::size_t, std::uint64_t index) { outcome = index; });
    return outcome;
}

template <class T>
void Sampler<T>::draw_many(std::span<const double> uniforms, std::span<std::uint64_t> outcomes,
                           int threads, RunControl& control) const {
    struct Draw {
        double target;
        std::size_t place;
    };
    std::vector<Draw> draws(uniforms.size());
    for (std::size_t k = 0; k < draws.size(); ++k) draws[k] = {uniforms[k] * ends_.back(), k};
    std::sort(draws.begin(), draws.end(),
              [](const Draw& a, const Draw& b) { return a.target < b.target; });
    control.check();
    struct Range {
        std::uint64_t chunk;
        std::size_t begin, end;
    };
    std::vector<Range> ranges;
    for (std::size_t k = 0; k < draws.size(); ++k) {
        const std::uint64_t chunk = ranges.empty() || draws[k].target >= ends_[ranges.back().chunk]
                                        ? chunk_of(draws[k].target)
                                        : ranges.back().chunk;
        if (ranges.empty() || ranges.back().chunk != chunk) ranges.push_back({chunk, k, k});
        ranges.back().end = k + 1;
    }
    parallel_for(team(threads, ranges.size()), ranges.size(), control, [&](std::uint64_t r, int) {
        const Range& range = ranges[r];
        std::vector<double> targets(range.end - range.begin);
        for (std::size_t k = 0; k < targets.size(); ++k) {
            targets[k] = draws[range.begin + k].target;
        }
        walk(range.chunk, targets, [&](std::size_t k, std::uint64_t index) {
            outcomes[draws[range.begin + k].place] = index;
        });
        if (r % 64 == 0) control.check();
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
