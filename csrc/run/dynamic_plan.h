#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "compile/lower.h"
#include "noise/channel.h"
#include "noise/kraus.h"
#include "program/flow.h"
#include "program/program.h"
#include "program/step.h"
#include "run/run.h"

namespace ionsim {

// Gates between two other instructions, made ready.
struct Segment {
    std::vector<Step> steps;
    std::vector<NoiseChoice> choices;
    double work = 0.0;  // of all steps, once
};

// What the shots of a dynamic program share.
struct DynamicPlan {
    DynamicPlan(const Flow& of, const Program& gates, const NoiseRates& rates, bool with_noise,
                const RunOptions& options, RunControl& control);

    // The place of a qubit in the state; -1 for one that no gate touches, which stays |0>.
    int place(std::int64_t qubit) const;

    const Flow& flow;
    QubitMap map;
    bool noisy;
    PauliChannel one;
    PauliChannel two;
    NoiseChoices channels;
    std::uint64_t readout;
    std::vector<Segment> segments;
    std::vector<std::size_t> segment_of;  // of an instruction kGates
    std::vector<std::int32_t> touched;
};

}  // namespace ionsim
