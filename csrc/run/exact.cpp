#include "run/exact.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "kernels/lanes.h"
#include "run/kraus_vector.h"
#include "run/mode_cost.h"

namespace ionsim {
namespace {

// Draws from a table of probabilities that need not sum to 1.
class Table {
  public:
    explicit Table(std::vector<double> values)
        : sums_(std::move(values)), first_(sums_.size() + 1) {
        double total = 0.0;
        for (double& value : sums_) value = total += value;
        last_ = static_cast<std::size_t>(std::lower_bound(sums_.begin(), sums_.end(), total) -
                                         sums_.begin());
        std::size_t found = 0;
        for (std::size_t k = 0; k < sums_.size(); ++k) {
            while (found < last_ && !(target(start_of(k)) < sums_[found])) ++found;
            first_[k] = static_cast<std::uint32_t>(found);
        }
    }

    // The first entry whose cumulated probability exceeds the number in [0, 1).
    std::uint64_t draw(double uniform) const {
        const auto slot = static_cast<std::size_t>(uniform * static_cast<double>(sums_.size()));
        std::size_t found = first_[slot];
        while (found < last_ && !(target(uniform) < sums_[found])) ++found;
        return found;
    }

  private:
    double target(double uniform) const { return uniform * sums_.back(); }
    double start_of(std::size_t slot) const {
        return static_cast<double>(slot) / static_cast<double>(sums_.size());
    }

    std::vector<double> sums_;
    std::vector<std::uint32_t> first_;  // where a draw in each of equal slots of [0, 1) may end
    std::size_t last_ = 0;              // the last entry that has any probability
};

template <class T>
std::vector<double> exact_distribution(const NoisyForms& forms, const NoiseRates& rates,
                                       int threads, RunControl& control) {
    if (rates.kraus) {
        return kraus_vector_distribution(*forms.circuit, rates, threads, control);
    }
    return vector_distribution<T>(*forms.vector, rates, threads, control);
}

}  // namespace

template <class T>
void sample_exact(const NoisyForms& forms, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control) {
    const Table table(exact_distribution<T>(forms, rates, options.threads, control));
    constexpr std::size_t kLaneCount = kernels::kBlockLanes;
    constexpr std::uint64_t kRange = 1 << 14;
    const std::uint64_t ranges = (outcomes.size() + kRange - 1) / kRange;
    const auto random = kernels::active_lanes().random;
    parallel_for(options.threads, ranges, control, [&](std::uint64_t range, int) {
        const std::uint64_t end = std::min<std::uint64_t>((range + 1) * kRange, outcomes.size());
        std::array<std::uint64_t, kLaneCount> shots;
        std::array<std::uint64_t, 2 * kLaneCount> words;
        const std::array<std::uint64_t, 2> below{};
        for (std::uint64_t k = range * kRange; k < end; k += kLaneCount) {
            for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
                shots[lane] = tagged(shot_begin + k + lane, Purpose::kSample);
            }
            random(seed, shots.data(), 0, below.data(), words.data());
            for (std::size_t lane = 0; lane < kLaneCount && k + lane < end; ++lane) {
                const double uniform = static_cast<double>(words[lane] >> 11) * 0x1.0p-53;
                outcomes[k + lane] = table.draw(uniform);
            }
        }
        control.check();
    });
}

std::vector<double> noisy_probabilities(const Program& program, const NoiseRates& rates,
                                        const RunOptions& options, RunControl& control) {
    const auto measured = measured_qubits(program, rates);
    const std::size_t touched = program.touched().size();
    if (touched > kMaxExactQubits || measured.size() > 2 * kMaxExactQubits) {
        throw LimitError("CircuitTooLarge",
                         "the exact noisy distribution of " + std::to_string(touched) +
                             " touched qubits (" + std::to_string(measured.size()) +
                             " measured) was asked for; at most 13 (26) are possible: draw samples",
                         static_cast<double>(touched), kMaxExactQubits);
    }
    const auto forms = noisy_forms(program, false, options.passes.reuse, control);
    if (!forms->circuit) {
        throw LimitError("QuantumCircuitComplexityError",
                         "a pauliexp on two qubits has terms that do not commute: its noisy "
                         "distribution is not available; draw samples",
                         0.0, 0.0);
    }
    require_memory(exact_cost(*forms, rates, 0.0, Precision::kDouble).memory_bytes +
                       std::ldexp(16.0, static_cast<int>(measured.size())),  // made, and copied
                   options);
    const auto inner = exact_distribution<double>(*forms, rates, options.threads, control);
    std::vector<double> result(std::size_t{1} << measured.size());
    std::vector<int> places;
    for (std::size_t j = 0; j < touched; ++j) {
        const auto at = std::lower_bound(measured.begin(), measured.end(), program.touched()[j]);
        places.push_back(static_cast<int>(at - measured.begin()));
    }
    for (std::size_t i = 0; i < inner.size(); ++i) {
        std::size_t index = 0;
        for (std::size_t j = 0; j < touched; ++j) index |= ((i >> j) & 1) << places[j];
        result[index] = inner[i];
    }
    const double flip = rates.readout_flip;
    constexpr std::size_t kLook = 1 << 20;
    for (std::size_t step = 1; flip > 0.0 && step < result.size(); step *= 2) {
        for (std::size_t i = 0; i < result.size(); ++i) {
            if (i % kLook == 0) control.check();
            if (i & step) continue;
            const double a = result[i], b = result[i | step];
            result[i] = (1.0 - flip) * a + flip * b;
            result[i | step] = (1.0 - flip) * b + flip * a;
        }
    }
    return result;
}

template void sample_exact<float>(const NoisyForms&, const NoiseRates&, std::uint64_t,
                                  std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                  RunControl&);
template void sample_exact<double>(const NoisyForms&, const NoiseRates&, std::uint64_t,
                                   std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                   RunControl&);

}  // namespace ionsim
