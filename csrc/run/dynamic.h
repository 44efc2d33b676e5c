#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "noise/channel.h"
#include "program/flow.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// Runs a program that measures, resets or branches on the way, one trajectory a shot. `gates` are
// its gates. bits[k * width + i] becomes result bit i of shot `shot_begin` + k, the result being
// the flow's bit registers in order.
//
// Shots whose measurements and errors agree so far share a state (the slow twin is
// options.share = false): a shot's bits depend on the program, the seed and its number only. Throws
// LimitError when a shot exceeds the rounds of a loop.
template <class T>
void sample_dynamic(const Flow& flow, const Program& gates, const NoiseRates& rates, bool noisy,
                    std::uint64_t seed, std::uint64_t shot_begin, std::uint64_t shots,
                    std::span<std::uint8_t> bits, const RunOptions& options, RunControl& control);

// Bytes that such a run needs, results included.
double dynamic_memory(const Flow& flow, const Program& gates, std::uint64_t shots,
                      const RunOptions& options);

// Whether shots with the same past share a state: when asked for, and where the states fit.
template <class T>
bool shots_share_states(int qubits, std::uint64_t shots, const RunOptions& options);

// What such a run would take if every measurement parted the shots that reach it and no loop ran
// twice: at most, but for loops.
Estimate estimate_dynamic(const Flow& flow, const Program& gates, const NoiseRates& rates,
                          bool noisy, std::uint64_t shots, const RunOptions& options);

}  // namespace ionsim
