#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/noisy_forms.h"
#include "run/run.h"

namespace ionsim {

// Shots drawn from the exact distribution.
template <class T>
void sample_exact(const NoisyForms& forms, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control);

// The distribution over the measured qubits (see measured_qubits), readout flips included.
// Throws LimitError for more than kMaxExactQubits touched qubits and for gates without a form.
std::vector<double> noisy_probabilities(const Program& program, const NoiseRates& rates,
                                        const RunOptions& options, RunControl& control);

}  // namespace ionsim
