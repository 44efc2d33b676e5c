#include <algorithm>
#include <cstdio>
#include <string>

#include "run/planner.h"
#include "run/run.h"

namespace ionsim {
namespace {

double seconds_of(const ModeCost& cost, const RunOptions& options) {
    const double shared = cost.parallel / options.threads + (1.0 - cost.parallel);
    return 1e-9 * cost.nanoseconds * shared;
}

// What a mode that is not taken would cost: "exact would take 5.2 times the work", for example.
std::string compared(const ModeCost& cost, const ModeCost& taken) {
    const std::string name = mode_name(cost.mode);
    if (!cost.impossible.empty()) return name + " is not possible, " + cost.impossible;
    char text[64];
    std::snprintf(text, sizeof(text), " would take %.2g times the work",
                  cost.nanoseconds / std::max(1.0, taken.nanoseconds));
    return name + text;
}

}  // namespace

void estimate_noisy(const Program& program, const NoiseRates& rates, std::uint64_t shots,
                    const RunOptions& options, Estimate& result) {
    (void)measured_qubits(program, rates);  // refuses outcomes of more than 64 bits
    RunControl control({});
    const NoisyChoice choice = choose_mode(program, rates, shots, options, Compare::kAll, control);
    const ModeCost& cost = choice.cost();
    result.method = mode_name(cost.mode);
    result.work = cost.work;
    result.seconds = seconds_of(cost, options);
    result.memory_bytes = cost.memory_bytes + 8.0 * static_cast<double>(shots);
    result.explanation = cost.note;
    for (std::size_t k = 0; k < choice.modes.size(); ++k) {
        const ModeCost& mode = choice.modes[k];
        if (k != choice.chosen) result.explanation += "; " + compared(mode, cost);
        result.modes.push_back({mode_name(mode.mode), mode.impossible, mode.work,
                                seconds_of(mode, options), mode.memory_bytes});
    }
}

}  // namespace ionsim
