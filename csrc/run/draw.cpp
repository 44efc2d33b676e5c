#include "run/draw.h"

#include <algorithm>
#include <bit>

#include "base/parallel.h"
#include "sample/sampler.h"

namespace ionsim {
namespace {

// The uniform numbers wait for their outcomes in the same memory.
template <class T, class ShotOf>
void draw(const Statevector<T>& state, const Philox& random, ShotOf&& shot_of,
          std::span<std::uint64_t> outcomes, int threads, RunControl& control) {
    const Sampler<T> sampler(state, threads, control);
    constexpr std::uint64_t kPiece = 1 << 13;
    parallel_for(
        threads, (outcomes.size() + kPiece - 1) / kPiece, control, [&](std::uint64_t piece, int) {
            const std::size_t end = std::min<std::size_t>((piece + 1) * kPiece, outcomes.size());
            for (std::size_t k = piece * kPiece; k < end; ++k) {
                const double uniform = random.uniform(shot_of(k), 0, Purpose::kSample);
                outcomes[k] = std::bit_cast<std::uint64_t>(uniform);
            }
            if (end - piece * kPiece == kPiece) control.check();
        });
    sampler.draw_many(outcomes, threads, control);
}

}  // namespace

template <class T>
void draw_shots(const Statevector<T>& state, const Philox& random,
                std::span<const std::uint64_t> shots, std::span<std::uint64_t> outcomes,
                int threads, RunControl& control) {
    draw(state, random, [&](std::size_t k) { return shots[k]; }, outcomes, threads, control);
}

template <class T>
void draw_shots(const Statevector<T>& state, const Philox& random, std::uint64_t first,
                std::span<std::uint64_t> outcomes, int threads, RunControl& control) {
    draw(state, random, [&](std::size_t k) { return first + k; }, outcomes, threads, control);
}

template void draw_shots(const Statevector<float>&, const Philox&, std::span<const std::uint64_t>,
                         std::span<std::uint64_t>, int, RunControl&);
template void draw_shots(const Statevector<double>&, const Philox&, std::span<const std::uint64_t>,
                         std::span<std::uint64_t>, int, RunControl&);
template void draw_shots(const Statevector<float>&, const Philox&, std::uint64_t,
                         std::span<std::uint64_t>, int, RunControl&);
template void draw_shots(const Statevector<double>&, const Philox&, std::uint64_t,
                         std::span<std::uint64_t>, int, RunControl&);

}  // namespace ionsim
