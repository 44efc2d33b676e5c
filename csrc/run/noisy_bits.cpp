#include "run/noisy_bits.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "run/exact.h"
#include "run/planner.h"
#include "run/trajectories.h"

namespace ionsim {

std::vector<std::int32_t> all_measured_qubits(const Program& program, const NoiseRates& rates) {
    std::vector<std::int32_t> qubits(program.touched().begin(), program.touched().end());
    if (!(rates.readout_flip > 0.0)) return qubits;
    qubits.clear();
    for (std::int32_t qubit = 0; qubit < program.qubits(); ++qubit) qubits.push_back(qubit);
    return qubits;
}

template <class T>
void sample_noisy_bits(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                       std::uint64_t shot_begin, std::span<std::uint8_t> bits,
                       const RunOptions& options, RunControl& control) {
    const auto measured = all_measured_qubits(program, rates);
    if (measured.empty() || bits.empty()) return;
    const std::size_t count = bits.size() / measured.size();
    const auto touched = program.touched();
    const std::size_t words = (touched.size() + 63) / 64;
    NoiseRates inner = rates;
    inner.readout_flip = 0.0;
    const NoisyChoice choice =
        choose_mode(program, inner, count, options, Compare::kUntilClear, control);
    require_memory(choice.cost().memory_bytes + 9.0 * static_cast<double>(bits.size()), options);
    std::vector<std::uint64_t> outcomes(count * std::max<std::size_t>(words, 1));
    if (!touched.empty())
        sample_in<T>(choice, program, inner, seed, shot_begin, outcomes, options, control);
    std::vector<std::size_t> places;
    for (const std::int32_t qubit : touched) {
        const auto at = std::lower_bound(measured.begin(), measured.end(), qubit);
        places.push_back(static_cast<std::size_t>(at - measured.begin()));
    }
    const std::uint64_t threshold = probability_threshold(rates.readout_flip);
    const Philox random(seed);
    constexpr std::uint64_t kShots = 1 << 10;
    parallel_for(
        options.threads, (count + kShots - 1) / kShots, control, [&](std::uint64_t p, int) {
            const std::size_t end = std::min<std::size_t>((p + 1) * kShots, count);
            for (std::size_t k = p * kShots; k < end; ++k) {
                const auto row = bits.subspan(k * measured.size(), measured.size());
                std::fill(row.begin(), row.end(), std::uint8_t{0});
                for (std::size_t j = 0; j < places.size(); ++j) {
                    row[places[j]] = (outcomes[k * words + j / 64] >> (j % 64)) & 1;
                }
                for (std::size_t j = 0; threshold > 0 && j < row.size(); ++j) {
                    const auto drawn = random.words(
                        shot_begin + k, static_cast<std::uint32_t>(j / 2), Purpose::kReadout);
                    row[j] ^= drawn[j % 2] < threshold;
                }
            }
            control.check();
        });
}

template void sample_noisy_bits<float>(const Program&, const NoiseRates&, std::uint64_t,
                                       std::uint64_t, std::span<std::uint8_t>, const RunOptions&,
                                       RunControl&);
template void sample_noisy_bits<double>(const Program&, const NoiseRates&, std::uint64_t,
                                        std::uint64_t, std::span<std::uint8_t>, const RunOptions&,
                                        RunControl&);

}  // namespace ionsim
