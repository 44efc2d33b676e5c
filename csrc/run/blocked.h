#pragma once

#include <cstdint>

#include "base/control.h"
#include "base/statevector.h"
#include "compile/schedule.h"

namespace ionsim {

struct BlockedOptions {
    bool tangent = true;  // see visit.h
    // The last stage may leave probabilities, in the bytes of the amplitudes.
    bool probabilities = false;
    int threads = 1;
};

struct BlockedResult {
    std::uint64_t active = 0;    // index bits that some amplitude may have
    bool probabilities = false;  // the state holds them, as double
};

// Applies steps to a state tile by tile, so that many of them run while a tile is in cache. Where
// an index has a bit outside `active` the amplitude is zero: such tiles and rows are neither read
// nor computed, so that the state costs what it has grown to. Its memory need not hold the zeros,
// except in the first row of kRowQubits; zero_empty writes them.
template <class T>
BlockedResult run_blocked(Statevector<T>& state, const Part& part, std::uint64_t active,
                          const BlockedOptions& options, RunControl& control);

// Writes zeros where an index has a bit outside `active`, which a run has left out.
template <class T>
void zero_empty(Statevector<T>& state, std::uint64_t active, int threads, RunControl& control);

// Copies a state but for what is empty; both have kRowQubits at least.
template <class T>
void copy_grown(const Statevector<T>& from, std::uint64_t active, Statevector<T>& to, int threads,
                RunControl& control);

}  // namespace ionsim
