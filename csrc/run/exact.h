#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/control.h"
#include "compile/rotations.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// A mixed state of this many qubits has 4^13 components, half a gigabyte.
inline constexpr int kMaxExactQubits = 13;

// Updates of one component of the vector, and its bytes.
double exact_work(const RotationCircuit& circuit);
double exact_bytes(int qubits);

// The exact distribution of the outcomes over the touched qubits, before readout flips.
std::vector<double> exact_distribution(const RotationCircuit& circuit, const NoiseRates& rates,
                                       int threads, RunControl& control);

// Shots drawn from the exact distribution.
void sample_exact(const RotationCircuit& circuit, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control);

// The distribution over the measured qubits (see measured_qubits), readout flips included.
// Throws LimitError for more than kMaxExactQubits touched qubits and for gates without a form.
std::vector<double> noisy_probabilities(const Program& program, const NoiseRates& rates,
                                        const RunOptions& options, RunControl& control);

}  // namespace ionsim
