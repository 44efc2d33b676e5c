#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/control.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/statevector.h"
#include "compile/schedule.h"
#include "noise/channel.h"
#include "program/program.h"
#include "program/step.h"

namespace ionsim {

enum class Precision : std::uint8_t { kSingle, kDouble };

inline double state_bytes(Precision precision, int qubits) {
    return precision == Precision::kSingle ? Statevector<float>::bytes(qubits)
                                           : Statevector<double>::bytes(qubits);
}

// How the shots of a noisy circuit are made.
enum class NoisyMode : std::uint8_t { kAuto, kTrajectories, kFrame, kExact, kErasure };

struct RunOptions {
    int threads = 1;
    Passes passes;
    // Shots that meet errors of the same effect share a state, and all the error-free start.
    bool share = true;
    Precision precision = Precision::kDouble;
    double memory_limit = 0.0;  // bytes; 0: 80 % of what the machine has free
    NoisyMode mode = NoisyMode::kAuto;
    std::uint64_t total_shots = 0;  // of the job, of which a run may be a part; 0: those of the run
    std::uint64_t trajectories = 0;  // shot k meets the errors of shot k modulo this; 0: its own
};

// Bytes a run may use under the options.
double allowed_memory(const RunOptions& options);

// Throws LimitError (CircuitTooLarge) when `needed` bytes are not allowed.
void require_memory(double needed, const RunOptions& options);

enum class Task : std::uint8_t {
    kStatevector,
    kProbabilities,
    kSamples,
    kNoisySamples,
    kExpectation
};

// Bytes that a run needs, results included; costs less than an estimate.
double memory_needed(const Program& program, Task task, const NoiseRates& rates,
                     std::uint64_t shots, const RunOptions& options);
// One way to run a noisy circuit.
struct ModeEstimate {
    std::string mode;
    std::string impossible;  // why not; empty where it can run
    double work = 0.0;
    double seconds = 0.0;
    double memory_bytes = 0.0;
};

// What a run would take, before anything is allocated.
struct Estimate {
    std::string method;
    double work = 0.0;  // amplitude updates, the unit of RunControl::report
    double seconds = 0.0;
    double flops = 0.0;        // of an ideal run: operations on floating-point numbers,
    double moved_bytes = 0.0;  // what goes between the state and the tiles, both ways,
    double passes = 0.0;       // and the same in states read and written
    double memory_bytes = 0.0;
    double memory_allowed_bytes = 0.0;
    int qubits_simulated = 0;
    std::string explanation;
    std::vector<ModeEstimate> modes;  // of a noisy run
};
Estimate estimate(const Program& program, Task task, const NoiseRates& rates, std::uint64_t shots,
                  const RunOptions& options);

// The part of estimate() for noisy runs: the modes, and which one the planner takes.
void estimate_noisy(const Program& program, const NoiseRates& rates, std::uint64_t shots,
                    const RunOptions& options, Estimate& result);

// Runs body(index, options) for each of `programs`: the small ones side by side on one thread each,
// then the large ones one after the other on all threads.
template <class Body>
void for_each_program(std::span<const Program* const> programs, const RunOptions& options,
                      RunControl& control, Body&& body);

// The touched qubits, or all declared ones when a readout flip can turn an idle qubit's 0 into 1.
// Throws LimitError (NotEnoughQubits) when an outcome has more than 64 bits.
std::vector<std::int32_t> measured_qubits(const Program& program, const NoiseRates& rates);

// The final state over the touched qubits, bit j of an index being touched()[j].
template <class T>
Statevector<T> simulate(const Program& program, const RunOptions& options, RunControl& control);

// |amplitude|^2 of that state, made in its own memory.
template <class T>
AlignedBuffer<double> simulate_probabilities(const Program& program, const RunOptions& options,
                                             RunControl& control);

// outcomes[k] is that of shot `shot_begin` + k, drawn from the exact distribution.
template <class T>
void sample_ideal(const Program& program, std::uint64_t seed, std::uint64_t shot_begin,
                  std::span<std::uint64_t> outcomes, const RunOptions& options,
                  RunControl& control);

// The same with noise, in the mode that choose_mode gives.
template <class T>
void sample_noisy(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control);

// A state this small runs on one thread, and a batch of such runs side by side.
inline constexpr int kOneThreadQubits = 16;

template <class Body>
void for_each_program(std::span<const Program* const> programs, const RunOptions& options,
                      RunControl& control, Body&& body) {
    std::vector<std::size_t> small;
    std::vector<std::size_t> large;
    for (std::size_t index = 0; index < programs.size(); ++index) {
        const bool fits = programs[index]->touched().size() <= kOneThreadQubits;
        (fits && programs.size() > 1 ? small : large).push_back(index);
    }
    RunOptions alone = options;
    alone.threads = 1;
    parallel_for(options.threads, small.size(), control, [&](std::uint64_t place, int) {
        body(small[place], alone);
        control.check();
    });
    for (const std::size_t index : large) body(index, options);
}

}  // namespace ionsim
