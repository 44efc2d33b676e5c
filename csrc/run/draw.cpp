#include "run/draw.h"

#include <vector>

#include "sample/sampler.h"

namespace ionsim {
namespace {

// From here on it pays to sort the shots of one state and read it once.
constexpr std::size_t kManyShots = 32;

}  // namespace

template <class T>
void draw_shots(const Statevector<T>& state, const Philox& random,
                std::span<const std::uint64_t> shots, std::span<std::uint64_t> outcomes,
                int threads, RunControl& control) {
    const Sampler<T> sampler(state, threads, control);
    if (shots.size() < kManyShots) {
        for (std::size_t k = 0; k < shots.size(); ++k) {
            outcomes[k] = sampler.draw(random.uniform(shots[k], 0, Purpose::kSample));
        }
        return;
    }
    std::vector<double> uniforms(shots.size());
    for (std::size_t k = 0; k < shots.size(); ++k) {
        uniforms[k] = random.uniform(shots[k], 0, Purpose::kSample);
    }
    sampler.draw_many(uniforms, outcomes, threads, control);
}

template void draw_shots(const Statevector<float>&, const Philox&, std::span<const std::uint64_t>,
                         std::span<std::uint64_t>, int, RunControl&);
template void draw_shots(const Statevector<double>&, const Philox&, std::span<const std::uint64_t>,
                         std::span<std::uint64_t>, int, RunControl&);

}  // namespace ionsim
