#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "compile/lower.h"
#include "compile/schedule.h"
#include "run/executor.h"
#include "run/mode_cost.h"
#include "run/trajectories.h"

namespace ionsim {
namespace {

// Nanoseconds of one core, measured on a processor with wide vectors; in single precision.
// A step of a trajectory, as it is: preparing it, and an amplitude.
constexpr double kStepNanoseconds = 150.0;
constexpr double kStepAmplitudeNanoseconds = 0.07;
// The same where steps are merged and run in tiles.
constexpr double kPlannedStepNanoseconds = 700.0;
constexpr double kSmallNanoseconds = 0.04;    // of a state that one thread runs
constexpr double kSharedNanoseconds = 0.065;  // of a larger one in the last-level cache
constexpr double kLargeNanoseconds = 0.08;    // of a still larger one
constexpr double kCopyNanoseconds = 0.3;      // an amplitude copied, or summed up for the draw
constexpr int kCacheQubits = 21;
constexpr double kDrawNanoseconds = 4.0;  // a site of a shot

// What trajectories run beside the error-free circuit, expected.
struct OwnSteps {
    double steps = 0.0;
    double runs = 0.0;
    double errors = 0.0;      // of a shot
    double error_free = 1.0;  // the part of the shots
};

// A trajectory runs from its first error on, or, where `levels` > 0 and another one has the same
// first error, from its second error on.
OwnSteps own_steps(const NoisySteps& noisy, const NoiseRates& rates, double shots,
                   std::size_t levels) {
    const auto steps = static_cast<double>(noisy.steps.size());
    const std::size_t sites = noisy.sites.size();
    // Steps from the next error after a site on, and the probability that there is one.
    std::vector<double> after(sites + 1), again(sites + 1);
    for (std::size_t k = sites; k-- > 0;) {
        const double p = error_probability(noisy.sites[k], rates);
        after[k] = p * (steps - noisy.sites[k].steps) + (1.0 - p) * after[k + 1];
        again[k] = p + (1.0 - p) * again[k + 1];
    }
    OwnSteps own;
    for (std::size_t k = 0; k < sites; ++k) {
        const NoiseSite& site = noisy.sites[k];
        const double p = error_probability(site, rates);
        const double kinds = site.second < 0 ? 3.0 : 15.0;
        const double here = shots * own.error_free * p;  // shots with their first error here
        const double first = levels > 0 ? -kinds * std::expm1(-here / kinds) : here;
        own.steps += first * (steps - site.steps) + (here - first) * after[k + 1];
        own.runs += first + (here - first) * again[k + 1];
        own.errors += p;
        own.error_free *= 1.0 - p;
    }
    return own;
}

}  // namespace

// A trajectory branches off the shared error-free run at its first error, and on average has the
// later part of the circuit to itself.
ModeCost trajectories_cost(const Program& program, const NoiseRates& rates, double shots,
                           const RunOptions& options, RunControl& control) {
    ModeCost cost;
    cost.mode = NoisyMode::kTrajectories;
    if (program.touched().size() > static_cast<std::size_t>(kMaxMaskQubits)) {
        cost.impossible = "more than 64 touched qubits";
        return cost;
    }
    const QubitMap map(program);
    const int qubits = map.size();
    const GateCounts counts = count_gates(program);
    const auto gates = static_cast<double>(counts.one_qubit + counts.two_qubit);
    const double amplitudes = std::ldexp(1.0, qubits);
    const bool side_by_side = qubits <= kOneThreadQubits;
    const double workers = side_by_side ? options.threads : 1.0;
    const double states =
        1.0 + static_cast<double>(shared_error_levels(qubits, static_cast<std::uint64_t>(shots)));
    const double step_bytes = gates * (sizeof(Step) + sizeof(NoiseSite));
    const bool planned = qubits >= kPlannedTrajectoryQubits;
    const double each =
        precision_factor(options.precision) * (!planned ? kStepAmplitudeNanoseconds
                                               : qubits <= kOneThreadQubits ? kSmallNanoseconds
                                               : qubits <= kCacheQubits     ? kSharedNanoseconds
                                                                            : kLargeNanoseconds);
    const double prepare = planned ? kPlannedStepNanoseconds : kStepNanoseconds;
    if (gates > kMaxPlannedGates) {
        // All steps are taken as one-qubit steps, and no shot as free of errors.
        const double events = rates.error1() * static_cast<double>(counts.one_qubit) +
                              rates.error2() * static_cast<double>(counts.two_qubit);
        cost.work = gates * amplitudes * (1.0 + 0.5 * shots);
        cost.nanoseconds = cost.work * each + gates * shots * prepare;
        cost.memory_bytes = step_bytes + shots_bytes(shots, events) +
                            (1.0 + workers * states) * state_bytes(options.precision, qubits);
        cost.note = std::to_string(counts.one_qubit + counts.two_qubit) +
                    " gates after breaking up the larger ones";
        return cost;
    }
    const NoisySteps noisy = lower_noisy(program, map, control);
    const auto steps = static_cast<double>(noisy.steps.size());
    const double per_step = steps > 0.0 ? schedule_work(noisy.steps, qubits) / steps : 0.0;
    const double distinct = options.trajectories > 0
                                ? std::min(shots, static_cast<double>(options.trajectories))
                                : shots;
    const OwnSteps own = own_steps(noisy, rates, distinct,
                                   shared_error_levels(qubits, static_cast<std::uint64_t>(shots)));
    const double all_steps = steps + own.steps;
    const double draws = shots * static_cast<double>(noisy.sites.size());
    cost.work = all_steps * per_step + 4.0 * draws;
    // A state this small is padded to a block.
    const double padded = std::max(amplitudes, static_cast<double>(kLanes)) / amplitudes;
    cost.nanoseconds =
        (all_steps * per_step * each +
         2.0 * own.runs * amplitudes * precision_factor(options.precision) * kCopyNanoseconds) *
            padded +
        all_steps * prepare + draws * kDrawNanoseconds;
    cost.memory_bytes = (1.0 + workers * states) * state_bytes(options.precision, qubits) +
                        shots_bytes(shots, own.errors) + step_bytes +
                        workers * (options.precision == Precision::kSingle
                                       ? scratch_bytes<float>(noisy.steps, qubits)
                                       : scratch_bytes<double>(noisy.steps, qubits));
    std::ostringstream text;
    text.precision(3);
    text << qubits << " qubits, " << noisy.steps.size() << " steps, " << noisy.sites.size()
         << " noise sites, " << 100.0 * own.error_free
         << " % of the shots without error; equal trajectories run once, and share what comes "
            "before they differ";
    cost.note = text.str();
    return cost;
}

}  // namespace ionsim
