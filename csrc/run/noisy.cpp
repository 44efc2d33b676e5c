#include <algorithm>

#include "base/philox.h"
#include "run/erasure.h"
#include "run/exact.h"
#include "run/frame.h"
#include "run/kraus_trajectories.h"
#include "run/planner.h"
#include "run/readout.h"
#include "run/run.h"
#include "run/trajectories.h"

namespace ionsim {

template <class T>
void sample_in(const NoisyChoice& choice, const Program& program, const NoiseRates& rates,
               std::uint64_t seed, std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
               const RunOptions& options, RunControl& control) {
    switch (choice.cost().mode) {
        case NoisyMode::kFrame:
            sample_frame<T>(*choice.forms->frame, rates, seed, shot_begin, outcomes, options,
                            control);
            break;
        case NoisyMode::kExact:
            sample_exact<T>(*choice.forms, rates, seed, shot_begin, outcomes, options, control);
            break;
        case NoisyMode::kErasure:
            sample_erasure<T>(program, rates, seed, shot_begin, outcomes, options, control);
            break;
        default:
            if (rates.kraus) {
                sample_kraus<T>(program, rates, seed, shot_begin, outcomes, options, control);
                break;
            }
            sample_trajectories<T>(program, rates, seed, shot_begin, outcomes, options, control);
    }
}

template <class T>
void sample_noisy(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control) {
    (void)measured_qubits(program, rates);  // refuses outcomes of more than 64 bits
    const NoisyChoice choice =
        choose_mode(program, rates, outcomes.size(), options, Compare::kUntilClear, control);
    std::fill(outcomes.begin(), outcomes.end(), 0);  // where no qubit is touched
    sample_in<T>(choice, program, rates, seed, shot_begin, outcomes, options, control);
    apply_readout(program, rates, Philox(seed), shot_begin, outcomes, options.threads, control);
}

template void sample_noisy<float>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_noisy<double>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

template void sample_in<float>(const NoisyChoice&, const Program&, const NoiseRates&, std::uint64_t,
                               std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                               RunControl&);
template void sample_in<double>(const NoisyChoice&, const Program&, const NoiseRates&,
                                std::uint64_t, std::uint64_t, std::span<std::uint64_t>,
                                const RunOptions&, RunControl&);

}  // namespace ionsim
