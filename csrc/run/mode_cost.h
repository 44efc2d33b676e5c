#pragma once

#include <string>

#include "base/control.h"
#include "noise/channel.h"
#include "noise/plan.h"
#include "program/program.h"
#include "run/noisy_forms.h"
#include "run/run.h"

namespace ionsim {

// What a noisy run would take in one mode. The costs are constants of this version of ionsim times
// numbers of operations: they depend on circuit, noise, precision and total shots, never on the
// machine or on the threads, so that the choice is the same everywhere.
struct ModeCost {
    NoisyMode mode = NoisyMode::kTrajectories;
    std::string impossible;    // why not; empty where the mode can run
    double nanoseconds = 0.0;  // of one core
    double parallel = 1.0;     // how much of it threads share, 0 to 1
    double work = 0.0;         // units of RunControl::report
    double memory_bytes = 0.0;
    std::string note;  // for people
};

// Circuits of more gates, the larger ones broken up, get a rough cost of trajectories from above,
// and no other: it would take longer than a plan may.
inline constexpr double kMaxPlannedGates = 2e5;

// Drawing the error of a site of a shot, where that is done for sixteen shots at a time.
inline constexpr double kLaneDrawNanoseconds = 1.5;

// The constants of the costs are those of single precision.
inline double precision_factor(Precision precision) {
    return precision == Precision::kSingle ? 1.0 : 2.0;
}

inline double error_probability(const NoiseSite& site, const NoiseRates& rates) {
    return site.second < 0 ? rates.error1() : rates.error2();
}

// A shot's errors and its place among the others, held twice while they are sorted.
inline double shots_bytes(double shots, double errors_per_shot) {
    return shots * (96.0 + 3.0 * sizeof(ErrorEvent) * errors_per_shot);
}

ModeCost trajectories_cost(const Program& program, const NoiseRates& rates, double shots,
                           const RunOptions& options, RunControl& control);

// The same with Kraus channels.
ModeCost kraus_cost(const Program& program, const NoiseRates& rates, double shots,
                    const RunOptions& options, RunControl& control);

ModeCost frame_cost(const NoisyForms& forms, const NoiseRates& rates, double shots,
                    const RunOptions& options);

ModeCost exact_cost(const NoisyForms& forms, const NoiseRates& rates, double shots,
                    Precision precision);

// Where planning the shots alone takes longer than `cheapest` nanoseconds, those of another mode,
// the cost is a rough one, from above.
ModeCost erasure_cost(const Program& program, const NoiseRates& rates, double shots,
                      double cheapest, const RunOptions& options, RunControl& control);

}  // namespace ionsim
