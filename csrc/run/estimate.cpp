#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "base/memory.h"
#include "compile/cost.h"
#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/executor.h"
#include "run/planner.h"
#include "run/run.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

constexpr double kCallSeconds = 20e-6;
constexpr int kOneChunkQubits = 18;  // see write_probabilities

std::string bytes_text(double bytes) {
    constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int unit = 0;
    while (bytes >= 1024.0 && unit < 6) bytes /= 1024.0, ++unit;
    std::ostringstream text;
    text.precision(bytes < 10.0 ? 2 : 4);
    text << bytes << ' ' << kUnits[unit];
    return text.str();
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
    const double tiles = std::min(
        state_bytes(options.precision, qubits),
        2.0 * options.threads * state_bytes(options.precision, tile_sizes(single).outer_qubits));
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
    // Where the state is one tile, a team meets after every short stage, and much of what a member
    // reads then was written by another: each further thread is worth less.
    constexpr double kWorthInOneTile = 0.65;
    const double further = (options.threads - 1.0) * (taken.one_tile ? kWorthInOneTile : 1.0);
    const double threads = schedule.qubits < kTeamQubits ? 1.0 : 1.0 + further;
    // Single precision writes large results in its last pass.
    const bool fused =
        compiling.single_precision && !taken.one_tile && results_in_place<float>(schedule.qubits);
    const double written = write_nanoseconds(schedule, compiling, fused);
    const double shared = taken.shared_nanoseconds() + taken.table_nanoseconds;
    // Small results are written by one thread.
    const double spread = schedule.qubits <= kOneChunkQubits ? shared / threads + written
                                                             : (shared + written) / threads;
    result.seconds = 1e-9 * (spread + taken.prepare_nanoseconds) + kCallSeconds;
    const double state = state_bytes(options.precision, schedule.qubits);
    result.flops = taken.flops;
    result.moved_bytes = taken.moved_amplitudes / amplitudes * state;
    result.passes = taken.moved_amplitudes / (2.0 * amplitudes);
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
    (void)measured_qubits(program, rates);  // refuses outcomes of more than 64 bits
    RunControl control({});
    const NoisyChoice choice =
        choose_mode(program, rates, shots, options, Compare::kUntilClear, control);
    return choice.cost().memory_bytes + 8.0 * static_cast<double>(shots);
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
