#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// Depolarizing noise as erasures: each shot runs a circuit of its own, from which what an erasure
// makes superfluous is left out, on a state that holds as few qubits at a time as it can (see
// compile/wire_plan.h). Shots without erasure share one run.
template <class T>
void sample_erasure(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                    std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                    const RunOptions& options, RunControl& control);

}  // namespace ionsim
