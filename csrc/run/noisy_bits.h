#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// The touched qubits, or all declared ones with a readout flip, of which there may be any number.
std::vector<std::int32_t> all_measured_qubits(const Program& program, const NoiseRates& rates);

// Outcomes of any number of qubits, a byte a bit: bits[k * measured + j] is that of measured qubit
// j in shot shot_begin + k. Up to 64 touched qubits the modes and their outcomes are those of
// sample_noisy; more run in the Clifford frame. Throws LimitError where that cannot be.
template <class T>
void sample_noisy_bits(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                       std::uint64_t shot_begin, std::span<std::uint8_t> bits,
                       const RunOptions& options, RunControl& control);

}  // namespace ionsim
