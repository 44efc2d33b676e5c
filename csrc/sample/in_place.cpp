#include "sample/in_place.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "base/crowding.h"
#include "base/parallel.h"
#include "kernels/select.h"

namespace ionsim {
namespace {

// Blocks that are worked on at once: they are read before anything of theirs is overwritten.
constexpr std::uint64_t kPieceBlocks = 64;
constexpr std::uint64_t kChunkBlocks = 16 * kPieceBlocks;

// Writes the probabilities of blocks [begin, end), from the first on. The memory has held T and
// will hold double, so that the results are moved as bytes.
template <class T>
void write_blocks(T* state, std::uint64_t begin, std::uint64_t end) {
    std::array<double, kLanes * kPieceBlocks> results;
    auto* const out = reinterpret_cast<std::byte*>(state);
    for (std::uint64_t block = begin; block < end; block += kPieceBlocks) {
        const std::uint64_t count = std::min(kPieceBlocks, end - block);
        kernels::active<T>().probabilities(state + 2 * kLanes * block, 0, count, results.data());
        constexpr std::size_t kBlockBytes = kLanes * sizeof(double);
        std::memcpy(out + kBlockBytes * block, results.data(), kBlockBytes * count);
    }
}

}  // namespace

template <class T>
void to_probabilities(T* blocks, std::uint64_t count) {
    static_assert(kProbabilitiesFit<T>);
    write_blocks(blocks, 0, count);
}

template <class T>
AlignedBuffer<double> take_probabilities(Statevector<T>&& state, int threads, RunControl& control) {
    const std::uint64_t blocks = state.blocks();
    // The results of blocks [b, 2 b) take the memory of blocks below b, at most: whoever has the
    // blocks below b behind him can work on [b, 2 b) in any order. Results of float amplitudes
    // stay where they are.
    std::uint64_t done = 0;
    Team team(threads);
    while (done < blocks) {
        const std::uint64_t next =
            std::min(kProbabilitiesFit<T> ? blocks : std::max(kChunkBlocks, 2 * done), blocks);
        parallel_for(team.threads(), (next - done + kChunkBlocks - 1) / kChunkBlocks, control,
                     [&](std::uint64_t chunk, int worker) {
                         team.work(worker, [&] {
                             const std::uint64_t begin = done + chunk * kChunkBlocks;
                             write_blocks(state.data(), begin,
                                          std::min(begin + kChunkBlocks, next));
                             control.check();
                         });
                     });
        done = next;
    }
    const std::uint64_t size = state.amplitudes();
    return std::move(state).release().template cut_to<double>(size);
}

template <class T>
AlignedBuffer<T> take_amplitudes(Statevector<T>&& state, int threads, RunControl& control) {
    const std::uint64_t blocks = state.blocks();
    parallel_for(threads, (blocks + kChunkBlocks - 1) / kChunkBlocks, control,
                 [&](std::uint64_t chunk, int) {
                     const std::uint64_t begin = chunk * kChunkBlocks;
                     const std::uint64_t end = std::min(begin + kChunkBlocks, blocks);
                     for (std::uint64_t block = begin; block < end; ++block) {
                         T* const values = state.data() + 2 * kLanes * block;
                         T old[2 * kLanes];
                         std::copy_n(values, 2 * kLanes, old);
                         for (int lane = 0; lane < kLanes; ++lane) {
                             values[2 * lane] = old[lane];
                             values[2 * lane + 1] = old[kLanes + lane];
                         }
                     }
                     control.check();
                 });
    const std::uint64_t size = 2 * state.amplitudes();
    return std::move(state).release().template cut_to<T>(size);
}

template void to_probabilities(float*, std::uint64_t);
template AlignedBuffer<double> take_probabilities(Statevector<float>&&, int, RunControl&);
template AlignedBuffer<double> take_probabilities(Statevector<double>&&, int, RunControl&);
template AlignedBuffer<float> take_amplitudes(Statevector<float>&&, int, RunControl&);
template AlignedBuffer<double> take_amplitudes(Statevector<double>&&, int, RunControl&);

}  // namespace ionsim
