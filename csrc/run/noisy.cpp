#include "base/error.h"
#include "base/philox.h"
#include "run/frame.h"
#include "run/readout.h"
#include "run/run.h"
#include "run/trajectories.h"

namespace ionsim {

template <class T>
void sample_noisy(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control) {
    if (options.mode == NoisyMode::kFrame) {
        const auto job = prepare_frame(program, control);
        if (!job) throw LimitError("QuantumCircuitComplexityError", "no frame", 0, 0);
        sample_frame<T>(*job, rates, seed, shot_begin, outcomes, options, control);
    } else {
        sample_trajectories<T>(program, rates, seed, shot_begin, outcomes, options, control);
    }
    apply_readout(program, rates, Philox(seed), shot_begin, outcomes, options.threads, control);
}

template void sample_noisy<float>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_noisy<double>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
