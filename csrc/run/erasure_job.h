#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "compile/gate_steps.h"
#include "compile/lower.h"
#include "compile/site_gates.h"
#include "noise/channel.h"
#include "program/program.h"
#include "run/run.h"

namespace ionsim {

// A circuit as the mode erasure sees it.
struct ErasureJob {
    ErasureJob(const Program& program, const NoiseRates& rates, RunControl& control);

    int qubits() const { return map.size(); }
    // The sites at which a shot is erased.
    std::vector<std::uint32_t> erased(const Philox& random, std::uint64_t shot) const;
    // The step at which a stop stands.
    std::uint32_t step_of(std::uint32_t stop) const { return gates[stop - 1].end; }

    QubitMap map;
    NoisySteps noisy;
    std::vector<SiteGate> gates;
    std::uint64_t one;
    std::uint64_t two;
};

// What the shots of a job need. It follows from the circuit, the noise and all shots of the job,
// and so do the stops: places in the circuit, as numbers of sites, at which the error-free state is
// kept. Shots begin at the last stop before their first erasure, or anew where there is none.
struct ErasureNeeds {
    double work = 0.0;         // of a shot, on average: amplitudes that gates on two qubits update
    double copied = 0.0;       // amplitudes
    int width = 0;             // qubits in the state at a time, at most
    bool share_clean = false;  // shots without erasure share a run
    std::vector<std::uint32_t> stops;
};
ErasureNeeds erasure_needs(const ErasureJob& job, std::uint64_t shots);

// More of them where their states fit the cache of a core, and no more than fit some memory.
int most_stops(int qubits);

// The last stop before the first of the erased sites; 0 where there is none.
std::uint32_t stop_before(std::span<const std::uint32_t> stops,
                          std::span<const std::uint32_t> erased);

// Much of a shot's time goes to its plan, which is made on one thread: shots run side by side even
// where a state would be large enough for a team.
bool side_by_side(int qubits, const RunOptions& options);

// The shots without erasure share a state of so many qubits, however few a shot needs at a time.
inline constexpr int kMostSharedQubits = 22;

}  // namespace ionsim
