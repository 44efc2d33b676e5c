#include "run/planner.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "compile/lower.h"

namespace ionsim {
namespace {

// Whether the exact mode takes less than the errors of the shots take to be drawn.
bool is_clear(const ModeCost& exact, double shots, double gates) {
    return exact.impossible.empty() && exact.nanoseconds < shots * gates * kLaneDrawNanoseconds;
}

}  // namespace

const char* mode_name(NoisyMode mode) {
    switch (mode) {
        case NoisyMode::kTrajectories:
            return "trajectories";
        case NoisyMode::kFrame:
            return "frame";
        case NoisyMode::kExact:
            return "exact";
        case NoisyMode::kErasure:
            return "erasure";
        default:
            return "auto";
    }
}

NoisyChoice choose_mode(const Program& program, const NoiseRates& rates, std::uint64_t shots,
                        const RunOptions& options, Compare compare, RunControl& control) {
    NoisyChoice choice;
    const auto total = static_cast<double>(options.total_shots > 0 ? options.total_shots : shots);
    const GateCounts counts = count_gates(program);
    const auto gates = static_cast<double>(counts.one_qubit + counts.two_qubit);
    const bool plannable = gates <= kMaxPlannedGates;
    const bool reuse = options.passes.reuse;
    if (compare == Compare::kUntilClear && plannable && options.mode == NoisyMode::kAuto &&
        !rates.kraus && program.touched().size() <= static_cast<std::size_t>(kMaxExactQubits)) {
        choice.forms = noisy_forms(program, false, reuse, control);
        ModeCost exact = exact_cost(*choice.forms, rates, total, options.precision);
        if (is_clear(exact, total, gates)) {
            choice.modes.push_back(std::move(exact));
            return choice;
        }
    }
    const auto wanted = [&](NoisyMode mode) {
        return compare == Compare::kAll || options.mode == NoisyMode::kAuto || options.mode == mode;
    };
    if (wanted(NoisyMode::kTrajectories)) {
        choice.modes.push_back(rates.kraus
                                   ? kraus_cost(program, rates, total, options, control)
                                   : trajectories_cost(program, rates, total, options, control));
    }
    if (plannable) {
        if (wanted(NoisyMode::kFrame)) {
            choice.forms = noisy_forms(program, true, reuse, control, choice.forms);
            choice.modes.push_back(frame_cost(*choice.forms, rates, total, options));
        }
        if (wanted(NoisyMode::kExact)) {
            choice.forms = noisy_forms(program, false, reuse, control, choice.forms);
            choice.modes.push_back(exact_cost(*choice.forms, rates, total, options.precision));
        }
        double cheapest = std::numeric_limits<double>::infinity();
        for (const ModeCost& cost : choice.modes) {
            if (cost.impossible.empty() && options.mode != NoisyMode::kErasure) {
                cheapest = std::min(cheapest, cost.nanoseconds);
            }
        }
        if (wanted(NoisyMode::kErasure)) {
            choice.modes.push_back(erasure_cost(program, rates, total, cheapest, options, control));
        }
    } else {
        for (const NoisyMode mode : {NoisyMode::kFrame, NoisyMode::kExact, NoisyMode::kErasure}) {
            ModeCost cost;
            cost.mode = mode;
            cost.impossible = "more than 200,000 gates after breaking up the larger ones";
            choice.modes.push_back(cost);
        }
    }
    if (options.mode != NoisyMode::kAuto) {
        const auto found =
            std::find_if(choice.modes.begin(), choice.modes.end(),
                         [&](const ModeCost& cost) { return cost.mode == options.mode; });
        if (!found->impossible.empty()) {
            throw LimitError("QuantumCircuitComplexityError",
                             std::string("the mode ") + mode_name(options.mode) +
                                 " cannot run this circuit: " + found->impossible +
                                 "; take another mode, or auto",
                             0.0, 0.0);
        }
        choice.chosen = static_cast<std::size_t>(found - choice.modes.begin());
        return choice;
    }
    if (std::all_of(choice.modes.begin(), choice.modes.end(),
                    [](const ModeCost& cost) { return !cost.impossible.empty(); })) {
        std::string reasons;
        for (const ModeCost& cost : choice.modes) {
            reasons += std::string("; ") + mode_name(cost.mode) + ": " + cost.impossible;
        }
        throw LimitError("NotEnoughQubits",
                         "no mode can run this noisy circuit" + reasons + ": use fewer qubits",
                         static_cast<double>(program.touched().size()), kMaxMaskQubits);
    }
    bool any = false;
    for (std::size_t k = 0; k < choice.modes.size(); ++k) {
        if (!choice.modes[k].impossible.empty()) continue;
        if (!any || choice.modes[k].nanoseconds < choice.cost().nanoseconds) choice.chosen = k;
        any = true;
    }
    return choice;
}

}  // namespace ionsim
