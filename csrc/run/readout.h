#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "base/philox.h"
#include "noise/channel.h"
#include "program/program.h"

namespace ionsim {

// Turns outcomes over the touched qubits into outcomes over the measured ones, each bit flipped
// with the readout probability; nothing changes where that is zero.
void apply_readout(const Program& program, const NoiseRates& rates, const Philox& random,
                   std::uint64_t shot_begin, std::span<std::uint64_t> outcomes, int threads,
                   RunControl& control);

}  // namespace ionsim
