#include "run/readout.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "compile/lower.h"
#include "run/run.h"
#include "sample/sampler.h"

namespace ionsim {
namespace {

// Places outcome bit j at the position of touched qubit j among the measured ones.
std::uint64_t spread_bits(std::uint64_t outcome, std::span<const int> places) {
    std::uint64_t result = 0;
    for (std::size_t j = 0; j < places.size(); ++j) result |= ((outcome >> j) & 1) << places[j];
    return result;
}

}  // namespace

void apply_readout(const Program& program, const NoiseRates& rates, const Philox& random,
                   std::uint64_t shot_begin, std::span<std::uint64_t> outcomes, int threads,
                   RunControl& control) {
    if (!(rates.readout_flip > 0.0)) return;
    const auto measured = measured_qubits(program, rates);
    std::vector<int> places;
    for (const std::int32_t qubit : program.touched()) places.push_back(static_cast<int>(qubit));
    const std::uint64_t threshold = probability_threshold(rates.readout_flip);
    constexpr std::uint64_t kShots = 1 << 14;
    parallel_for(
        threads, (outcomes.size() + kShots - 1) / kShots, control, [&](std::uint64_t part, int) {
            const std::size_t end = std::min<std::size_t>((part + 1) * kShots, outcomes.size());
            for (std::size_t k = part * kShots; k < end; ++k) {
                outcomes[k] = flip_readout(spread_bits(outcomes[k], places),
                                           static_cast<int>(measured.size()), threshold, random,
                                           shot_begin + k);
            }
            control.check();
        });
}

std::vector<std::int32_t> measured_qubits(const Program& program, const NoiseRates& rates) {
    std::vector<std::int32_t> qubits;
    if (rates.readout_flip > 0.0) {
        if (program.qubits() > kMaxMaskQubits) {
            throw LimitError("NotEnoughQubits",
                             "with a readout flip every declared qubit is read, and " +
                                 std::to_string(program.qubits()) +
                                 " are declared; at most 64 can be read: declare fewer qubits",
                             static_cast<double>(program.qubits()), kMaxMaskQubits);
        }
        for (std::int32_t qubit = 0; qubit < program.qubits(); ++qubit) qubits.push_back(qubit);
        return qubits;
    }
    const QubitMap map(program);  // checks the number
    qubits.assign(program.touched().begin(), program.touched().end());
    return qubits;
}

}  // namespace ionsim
