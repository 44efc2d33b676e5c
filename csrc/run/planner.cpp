#include "run/planner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "compile/lower.h"
#include "compile/schedule.h"
#include "noise/plan.h"
#include "run/erasure.h"
#include "run/exact.h"
#include "run/executor.h"
#include "run/kraus_trajectories.h"
#include "run/lane_runner.h"
#include "run/trajectories.h"
#include "run/wide_runner.h"

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
constexpr double kDrawNanoseconds = 4.0;         // a site of a shot, one shot at a time
constexpr double kLaneDrawNanoseconds = 1.5;     // the same, sixteen shots at a time
constexpr double kLaneTurnNanoseconds = 0.02;    // a rotation of an amplitude of one lane,
constexpr double kLaneVisitNanoseconds = 0.055;  // taking it into the registers for some of them,
constexpr double kLaneSlowNanoseconds = 0.04;    // the same from behind the second-level cache,
constexpr double kLaneWorkNanoseconds = 0.06;    // and what else there is
constexpr double kLaneOpNanoseconds = 2.0;       // an operation of one lane
constexpr int kLaneCacheWidth = 13;
constexpr double kWideNanoseconds = 0.1;        // an amplitude of a vector by itself
constexpr double kWideSharedNanoseconds = 0.2;  // of one in the last-level cache
constexpr double kWideLargeNanoseconds = 0.5;   // of one in memory
constexpr double kWideOpNanoseconds = 600.0;    // an operation on it

// Breaking up more gates would take longer than a plan may.
constexpr double kMaxPlannedGates = 2e5;

double factor_of(const RunOptions& options) {
    return options.precision == Precision::kSingle ? 1.0 : 2.0;
}

double state_bytes(const RunOptions& options, int qubits) {
    return options.precision == Precision::kSingle ? Statevector<float>::bytes(qubits)
                                                   : Statevector<double>::bytes(qubits);
}

// A shot's errors and its place among the others, held twice while they are sorted.
double shots_bytes(double shots, double events_per_shot) {
    return shots * (96.0 + 3.0 * sizeof(ErrorEvent) * events_per_shot);
}

double probability(const NoiseSite& site, const NoiseRates& rates) {
    return site.second < 0 ? 0.75 * rates.r1 : 0.9375 * rates.r2;
}

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
        const double p = probability(noisy.sites[k], rates);
        after[k] = p * (steps - noisy.sites[k].steps) + (1.0 - p) * after[k + 1];
        again[k] = p + (1.0 - p) * again[k + 1];
    }
    OwnSteps own;
    for (std::size_t k = 0; k < sites; ++k) {
        const NoiseSite& site = noisy.sites[k];
        const double p = probability(site, rates);
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

// The planner's picture of a trajectory run: it branches off the shared error-free run at its first
// error, and on average has the later part of the circuit to itself.
ModeCost trajectories(const Program& program, const NoiseRates& rates, double shots,
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
    const double each = factor_of(options) * (!planned ? kStepAmplitudeNanoseconds
                                              : qubits <= kOneThreadQubits ? kSmallNanoseconds
                                              : qubits <= kCacheQubits     ? kSharedNanoseconds
                                                                           : kLargeNanoseconds);
    const double prepare = planned ? kPlannedStepNanoseconds : kStepNanoseconds;
    if (gates > kMaxPlannedGates) {
        // All steps are taken as one-qubit steps, and no shot as free of errors.
        const double events = 0.75 * rates.r1 * static_cast<double>(counts.one_qubit) +
                              0.9375 * rates.r2 * static_cast<double>(counts.two_qubit);
        cost.work = gates * amplitudes * (1.0 + 0.5 * shots);
        cost.nanoseconds = cost.work * each + gates * shots * prepare;
        cost.memory_bytes = step_bytes + shots_bytes(shots, events) +
                            (1.0 + workers * states) * state_bytes(options, qubits);
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
    cost.nanoseconds = (all_steps * per_step * each +
                        2.0 * own.runs * amplitudes * factor_of(options) * kCopyNanoseconds) *
                           padded +
                       all_steps * prepare + draws * kDrawNanoseconds;
    cost.memory_bytes = (1.0 + workers * states) * state_bytes(options, qubits) +
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

// Of each operation of the plan on one lane.
std::vector<double> lane_nanoseconds(const FramePlan& plan) {
    std::vector<double> each(plan.ops.size());
    for (std::size_t k = 0; k < each.size(); ++k) {
        each[k] = plan.ops[k].work() * kLaneWorkNanoseconds + kLaneOpNanoseconds;
    }
    for (const FrameVisit& visit : plan.visits) {
        const double amplitudes = std::ldexp(1.0, visit.width);
        for (std::size_t k = visit.begin; k < visit.end; ++k) {
            each[k] = amplitudes * kLaneTurnNanoseconds + kLaneOpNanoseconds;
        }
        each[visit.begin] +=
            amplitudes *
            (kLaneVisitNanoseconds + (visit.width > kLaneCacheWidth ? kLaneSlowNanoseconds : 0.0));
    }
    return each;
}

ModeCost frame(const NoisyForms& forms, const NoiseRates& rates, double shots,
               const RunOptions& options) {
    ModeCost cost;
    cost.mode = NoisyMode::kFrame;
    if (rates.kraus) {
        cost.impossible = "a Kraus channel is not taken for a mixture of Paulis";
    } else if (!forms.circuit) {
        cost.impossible = "a pauliexp on two qubits has terms that do not commute";
    } else if (!forms.frame) {
        cost.impossible = "more than " + std::to_string(kMaxFrameRotations) + " rotations";
    } else if (forms.frame->plan.width > 40) {
        cost.impossible = std::to_string(forms.frame->plan.width) + " active qubits";
    }
    if (!cost.impossible.empty()) return cost;
    const FrameJob& job = *forms.frame;
    double work = 0.0;
    std::size_t rotations = 0;
    // Until the first outcome is drawn, a shot shares the error-free run up to its first error.
    double events = 0.0;
    double error_free = 1.0;
    double own_share = 0.0;
    const auto site_count = static_cast<double>(job.circuit->sites.size());
    double left = site_count;
    for (const NoiseSite& site : job.circuit->sites) {
        const double p = probability(site, rates);
        events += p;
        own_share += error_free * p * left / site_count;
        error_free *= 1.0 - p;
        left -= 1.0;
    }
    const bool lanes = job.plan.width <= kMaxLaneWidth;
    const double wide = job.plan.width <= kOneThreadQubits ? kWideNanoseconds
                        : job.plan.width < kCacheQubits    ? kWideSharedNanoseconds
                                                           : kWideLargeNanoseconds;
    const std::vector<double> lane = lane_nanoseconds(job.plan);
    bool drawn = false;
    double own = 0.0;
    double own_nanoseconds = 0.0;
    double all_nanoseconds = 0.0;
    for (std::size_t k = 0; k < job.plan.ops.size(); ++k) {
        const FrameOp& op = job.plan.ops[k];
        drawn = drawn || op.draws();
        const double share = drawn ? 1.0 : own_share;
        const double nanoseconds =
            factor_of(options) * (lanes ? lane[k] : op.work() * wide + kWideOpNanoseconds);
        work += op.work();
        own += op.work() * share;
        all_nanoseconds += nanoseconds;
        own_nanoseconds += nanoseconds * share;
        rotations += op.kind <= FrameOp::Kind::kExpand;
    }
    const double lane_shots = lanes ? std::ceil(shots / 16.0) * 16.0 : shots;
    cost.work = work * (lanes ? 16.0 : 1.0) + own * lane_shots + 4.0 * site_count * shots;
    cost.nanoseconds = own_nanoseconds * lane_shots + site_count * shots * kLaneDrawNanoseconds +
                       all_nanoseconds * (lanes ? 16.0 : 1.0);
    const double workers = lanes || job.plan.width <= kOneThreadWidth ? options.threads : 1.0;
    const bool single = options.precision == Precision::kSingle;
    const double one =
        lanes ? (single ? LaneRunner<float>::bytes(job.plan) : LaneRunner<double>::bytes(job.plan))
              : (single ? WideRunner<float>::bytes(job.plan) : WideRunner<double>::bytes(job.plan));
    // At most a quarter of a million shots are planned at a time.
    cost.memory_bytes = workers * one + (lanes ? 128.0 * one / 16.0 : 0.0) +
                        shots_bytes(std::min(shots, 262144.0), events) +
                        FlipTable::bytes(*job.circuit, job.plan.flip_bits);
    std::ostringstream text;
    text << job.plan.qubits << " qubits, of which at most " << job.plan.width
         << " are active at a time; " << rotations << " rotations after the Clifford gates are "
         << "drawn out; " << (lanes ? "sixteen shots side by side" : "one shot after the other");
    cost.note = text.str();
    return cost;
}

ModeCost exact(const NoisyForms& forms, const NoiseRates& rates, double shots,
               const RunOptions& options) {
    ModeCost cost;
    cost.mode = NoisyMode::kExact;
    if (!forms.circuit) {
        cost.impossible = "a pauliexp on two qubits has terms that do not commute";
    } else if (!forms.vector) {
        cost.impossible = "more than " + std::to_string(kMaxExactQubits) + " touched qubits";
    }
    if (!cost.impossible.empty()) return cost;
    const ExactCost own = exact_cost(forms, rates, shots, options.precision);
    cost.work = own.work;
    cost.nanoseconds = own.nanoseconds;
    cost.parallel = own.parallel;
    cost.memory_bytes = own.memory_bytes;
    const int qubits = forms.circuit->qubits;
    cost.note = "the exact distribution over " + std::to_string(qubits) + " qubits from their " +
                std::to_string(2 * qubits) + "-bit Pauli strings, and draws from it";
    return cost;
}

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
        ModeCost own = exact(*choice.forms, rates, total, options);
        if (is_clear(own, total, gates)) {
            choice.modes.push_back(std::move(own));
            return choice;
        }
    }
    const auto wanted = [&](NoisyMode mode) {
        return compare == Compare::kAll || options.mode == NoisyMode::kAuto || options.mode == mode;
    };
    if (wanted(NoisyMode::kTrajectories)) {
        choice.modes.push_back(rates.kraus ? kraus_cost(program, rates, total, options, control)
                                           : trajectories(program, rates, total, options, control));
    }
    if (plannable) {
        if (wanted(NoisyMode::kFrame)) {
            choice.forms = noisy_forms(program, true, reuse, control, choice.forms);
            choice.modes.push_back(frame(*choice.forms, rates, total, options));
        }
        if (wanted(NoisyMode::kExact)) {
            choice.forms = noisy_forms(program, false, reuse, control, choice.forms);
            choice.modes.push_back(exact(*choice.forms, rates, total, options));
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
