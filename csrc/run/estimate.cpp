#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "base/memory.h"
#include "compile/schedule.h"
#include "run/executor.h"
#include "run/run.h"

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

void estimate_ideal(const Program& program, Task task, std::uint64_t shots,
                    const RunOptions& options, Estimate& result) {
    const Schedule schedule = compile(program, {options.fuse});
    const double amplitudes = std::ldexp(1.0, schedule.qubits);
    double output = 0.0;
    if (task == Task::kStatevector) output = state_bytes(options.precision, schedule.qubits);
    if (task == Task::kProbabilities) output = 8.0 * amplitudes;
    if (task == Task::kSamples) output = 40.0 * static_cast<double>(shots);
    result.method = "statevector";
    result.work = schedule_work(schedule.steps, schedule.qubits) + 2.0 * amplitudes;
    result.seconds = seconds_of(result.work, static_cast<double>(schedule.steps.size()),
                                schedule.qubits, options.block, options);
    result.memory_bytes = state_bytes(options.precision, schedule.qubits) + output +
                          (options.precision == Precision::kSingle
                               ? scratch_bytes<float>(schedule.steps, schedule.qubits)
                               : scratch_bytes<double>(schedule.steps, schedule.qubits));
    result.explanation = explain(schedule);
}

}  // namespace

double allowed_memory(const RunOptions& options) {
    if (options.memory_limit > 0.0) return options.memory_limit;
    const auto available = static_cast<double>(available_memory());
    // Where the system does not tell, half a terabyte stands for "let the allocation decide".
    return available > 0.0 ? 0.8 * available : 0.5 * 1099511627776.0;
}

void require_memory(double needed, const RunOptions& options) {
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
