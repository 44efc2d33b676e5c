#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/mode_cost.h"
#include "run/noisy_forms.h"
#include "run/run.h"

namespace ionsim {

struct NoisyChoice {
    std::vector<ModeCost> modes;
    std::size_t chosen = 0;
    std::shared_ptr<const NoisyForms> forms;  // null where they would have been too large to make

    const ModeCost& cost() const { return modes[chosen]; }
};

const char* mode_name(NoisyMode mode);

// Whether the costs of all modes are wanted, or only which one is taken.
enum class Compare : std::uint8_t { kAll, kUntilClear };

// The mode asked for, or else the cheapest. Throws LimitError (QuantumCircuitComplexityError) where
// the mode asked for cannot run the circuit. `shots` are those of this run; the choice goes by
// options.total_shots.
NoisyChoice choose_mode(const Program& program, const NoiseRates& rates, std::uint64_t shots,
                        const RunOptions& options, Compare compare, RunControl& control);

// Runs shots in the mode chosen; outcomes are over the touched qubits, before readout flips, as
// many words a shot as these need.
template <class T>
void sample_in(const NoisyChoice& choice, const Program& program, const NoiseRates& rates,
               std::uint64_t seed, std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
               const RunOptions& options, RunControl& control);

}  // namespace ionsim
