#pragma once

#include <cstdint>

#include "noise/channel.h"
#include "program/step.h"

namespace ionsim {

// A product of Paulis X^x Z^z that stands between the state held in memory and the true one:
// true = frame * held, up to a phase that no measurement sees. An error only multiplies the frame;
// the steps that follow are conjugated with it, which changes signs and table places but never
// their shape, and at the end the measured bits are flipped by x. The state itself never meets the
// noise.
struct PauliFrame {
    std::uint64_t x = 0;
    std::uint64_t z = 0;

    bool is_identity() const { return (x | z) == 0; }
    void apply(const NoiseSite& site, PauliCode error);
};

// frame^-1 * step * frame.
Step conjugated(const Step& step, const PauliFrame& frame);

// An error that is not the identity, for a state that does meet it; up to a phase.
Step error_step(const NoiseSite& site, PauliCode error);

}  // namespace ionsim
