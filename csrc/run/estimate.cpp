#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "base/memory.h"
#include "compile/cost.h"
#include "compile/schedule.h"
#include "noise/plan.h"
#include "run/executor.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

// Nanoseconds of one core for one double-precision amplitude update (see step_work): while the
// state fits the cache, tile by tile, and with one pass over memory a step. Measured with the
// workloads of bench/ on a processor with wide vectors.
constexpr double kCacheNanoseconds = 0.25;
constexpr double kTiledNanoseconds = 0.3;
constexpr double kMemoryNanoseconds = 0.6;
constexpr double kStepNanoseconds = 250.0;  // preparing one step
constexpr int kCacheQubits = 20;
constexpr double kCallSeconds = 15e-6;
constexpr double kWriteNanoseconds = 1.2;  // one probability
constexpr int kTeamQubits = 12;            // one small tile: nothing to share out
constexpr double kMaxLoweredGates = 1e6;   // broken up for an estimate

double state_bytes(Precision precision, int qubits) {
    return precision == Precision::kSingle ? Statevector<float>::bytes(qubits)
                                           : Statevector<double>::bytes(qubits);
}

std::string bytes_text(double bytes) {
    constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int unit = 0;
    while (bytes >= 1024.0 && unit < 6) bytes /= 1024.0, ++unit;
    std::ostringstream text;
    text.precision(bytes < 10.0 ? 2 : 4);
    text << bytes << ' ' << kUnits[unit];
    return text.str();
}

double seconds_of(double work, double steps, int qubits, bool tiled, const RunOptions& options) {
    const double scale = options.precision == Precision::kSingle ? 0.5 : 1.0;
    const double cost = qubits <= kCacheQubits ? kCacheNanoseconds
                        : tiled                ? kTiledNanoseconds
                                               : kMemoryNanoseconds;
    const double threads = qubits <= kOneThreadQubits ? 1.0 : options.threads;
    return 1e-9 * (work * cost * scale / threads + steps * kStepNanoseconds);
}

// The trajectory plan: outcome, order, start, shot and trajectory of each shot, and its errors,
// which are held twice while the parts of the plan are joined in growing arrays.
double shots_bytes(std::uint64_t shots, double events_per_shot) {
    return static_cast<double>(shots) * (96.0 + 3.0 * sizeof(ErrorEvent) * events_per_shot);
}

void estimate_noisy(const Program& program, const NoiseRates& rates, std::uint64_t shots,
                    const RunOptions& options, Estimate& result) {
    const QubitMap map(program);
    const int qubits = map.size();
    const GateCounts counts = count_gates(program);
    const auto gates = static_cast<double>(counts.one_qubit + counts.two_qubit);
    const double step_bytes = gates * (sizeof(Step) + sizeof(NoiseSite));
    if (gates > kMaxLoweredGates) {
        // Breaking up the gates would take longer than an estimate may: all steps are taken as
        // one-qubit steps, and no shot as free of errors.
        result.method = "trajectories";
        result.work = gates * std::ldexp(1.0, qubits) * (1.0 + 0.5 * static_cast<double>(shots));
        result.seconds =
            seconds_of(result.work, gates * static_cast<double>(shots), qubits, false, options);
        const double events = 0.75 * rates.r1 * static_cast<double>(counts.one_qubit) +
                              0.9375 * rates.r2 * static_cast<double>(counts.two_qubit);
        result.memory_bytes = step_bytes + shots_bytes(shots, events) +
                              options.threads * 4.0 * state_bytes(options.precision, qubits);
        result.explanation = "one trajectory a shot on " + std::to_string(qubits) + " qubits; " +
                             std::to_string(counts.one_qubit + counts.two_qubit) +
                             " gates after breaking up the larger ones";
        return;
    }
    RunControl control({});
    const NoisySteps noisy = lower_noisy(program, map, control);
    // A trajectory branches off the shared error-free run at its first error: on average it then
    // has the later part of the circuit to itself.
    double error_free = 1.0;
    double own_steps = 0.0;  // expected steps after the first error
    double events = 0.0;     // expected errors of a shot
    const auto steps = static_cast<double>(noisy.steps.size());
    for (const NoiseSite& site : noisy.sites) {
        const double p = site.second < 0 ? 0.75 * rates.r1 : 0.9375 * rates.r2;
        own_steps += error_free * p * (steps - site.steps);
        error_free *= 1.0 - p;
        events += p;
    }
    const double work_per_step = steps > 0.0 ? schedule_work(noisy.steps, qubits) / steps : 0.0;
    const double all_steps = steps + static_cast<double>(shots) * own_steps;
    const double amplitudes = std::ldexp(1.0, qubits);
    const double copies = static_cast<double>(shots) * (1.0 - error_free);
    const double draws = static_cast<double>(shots) * static_cast<double>(noisy.sites.size());
    const bool side_by_side = qubits <= kOneThreadQubits;
    const double workers = side_by_side ? options.threads : 1;
    result.method = "trajectories";
    result.work = all_steps * work_per_step + 2.0 * copies * amplitudes + 4.0 * draws;
    result.seconds = seconds_of(result.work - 4.0 * draws, all_steps, qubits, false, options) /
                         (side_by_side ? workers : 1.0) +
                     1e-9 * draws * 8.0 / options.threads;
    result.memory_bytes = workers * 2.0 * state_bytes(options.precision, qubits) +
                          shots_bytes(shots, events) + step_bytes;
    if (options.precision == Precision::kSingle) {
        result.memory_bytes += workers * scratch_bytes<float>(noisy.steps, qubits);
    } else {
        result.memory_bytes += workers * scratch_bytes<double>(noisy.steps, qubits);
    }
    std::ostringstream text;
    text.precision(3);
    text << "one trajectory a shot on " << qubits << " qubits: " << noisy.steps.size() << " steps, "
         << noisy.sites.size() << " noise sites, " << 100.0 * error_free
         << " % of the shots without error; equal trajectories run once and share the error-free "
            "start";
    result.explanation = text.str();
}

// The state, its result unless that is made in place, and what stands beside it meanwhile. Only
// sums of Pauli strings need more memory than that; they are looked for among the steps of the
// gates that can bring them.
double ideal_bytes(const Program& program, Task task, std::uint64_t shots,
                   const RunOptions& options) {
    const QubitMap map(program);
    const int qubits = map.size();
    const bool single = options.precision == Precision::kSingle;
    const double amplitudes = std::ldexp(1.0, qubits);
    const bool in_place =
        single ? results_in_place<float>(qubits) : results_in_place<double>(qubits);
    double output = 0.0;
    if (!in_place && task == Task::kStatevector) output = state_bytes(options.precision, qubits);
    if (!in_place && task == Task::kProbabilities) output = 8.0 * amplitudes;
    // An outcome and its place in two orders; a few sums for each chunk of the state.
    if (task == Task::kSamples) output = 16.0 * static_cast<double>(shots) + amplitudes / 64.0;
    double scratch = 0.0;
    if (!program.arrays().letters.empty()) {
        const std::vector<Step> steps = lower(program, map);
        scratch =
            single ? scratch_bytes<float>(steps, qubits) : scratch_bytes<double>(steps, qubits);
    }
    const double tiles = std::min(state_bytes(options.precision, qubits),
                                  2.0 * options.threads * state_bytes(options.precision, 16));
    return state_bytes(options.precision, qubits) + output + scratch + tiles;
}

void estimate_ideal(const Program& program, Task task, std::uint64_t shots,
                    const RunOptions& options, Estimate& result) {
    const CompileOptions compiling{options.passes, options.precision == Precision::kSingle};
    RunControl control({});
    const Schedule schedule = compile(program, compiling, control);
    const ScheduleCost taken = cost(schedule, compiling);
    const double amplitudes = std::ldexp(1.0, schedule.qubits);
    result.method = "statevector";
    result.work = taken.work + 2.0 * amplitudes;
    // Threads share what grows with the state, but not the memory's speed beyond a few.
    const double threads = schedule.qubits <= kTeamQubits ? 1.0 : options.threads;
    // Single precision writes large results in its last pass.
    const bool single = options.precision == Precision::kSingle;
    const double written = single && results_in_place<float>(schedule.qubits) ? 0.0 : amplitudes;
    result.seconds = 1e-9 * ((taken.shared_nanoseconds() + kWriteNanoseconds * written) / threads +
                             taken.prepare_nanoseconds) +
                     kCallSeconds;
    result.memory_bytes = ideal_bytes(program, task, shots, options);
    result.explanation = explain(schedule, taken);
}

}  // namespace

double allowed_memory(const RunOptions& options) {
    if (options.memory_limit > 0.0) return options.memory_limit;
    const auto available = static_cast<double>(available_memory());
    // Where the system does not tell, half a terabyte stands for "let the allocation decide".
    return available > 0.0 ? 0.8 * available : 0.5 * 1099511627776.0;
}

void require_memory(double needed, const RunOptions& options) {
    // So little is always to be had; asking the system would take longer than a small run.
    constexpr double kSmall = 64.0 * 1048576.0;
    if (needed <= kSmall && !(options.memory_limit > 0.0)) return;
    // More than an address can reach is refused whatever the limit.
    constexpr double kAddressable = 0x1.0p60;
    const double allowed = std::min(allowed_memory(options), kAddressable);
    if (needed <= allowed) return;
    throw LimitError("CircuitTooLarge",
                     "this needs " + bytes_text(needed) + " of memory and " + bytes_text(allowed) +
                         " are allowed (80 % of what is free unless a limit is given): use fewer "
                         "qubits, complex64, or raise the memory limit",
                     needed, allowed);
}

double memory_needed(const Program& program, Task task, const NoiseRates& rates,
                     std::uint64_t shots, const RunOptions& options) {
    if (task != Task::kNoisySamples) return ideal_bytes(program, task, shots, options);
    return estimate(program, task, rates, shots, options).memory_bytes;
}

Estimate estimate(const Program& program, Task task, const NoiseRates& rates, std::uint64_t shots,
                  const RunOptions& options) {
    Estimate result;
    result.memory_allowed_bytes = allowed_memory(options);
    result.qubits_simulated = static_cast<int>(program.touched().size());
    if (task == Task::kNoisySamples) {
        estimate_noisy(program, rates, shots, options, result);
    } else {
        estimate_ideal(program, task, shots, options, result);
    }
    return result;
}

}  // namespace ionsim
