#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "base/statevector.h"
#include "compile/schedule.h"
#include "run/stage_run.h"

namespace ionsim {

// Smaller states are done before a team is awake.
inline constexpr int kTeamQubits = 14;

struct BlockedOptions {
    bool tangent = true;  // see visit.h
    // The last stage may leave probabilities, in the bytes of the amplitudes.
    bool probabilities = false;
    int threads = 1;
};

// What a run may use beside the state.
template <class T>
struct BlockedMemory {
    const Statevector<T>* source = nullptr;       // its content comes first
    std::vector<TileMemory<T>>* tiles = nullptr;  // kept from run to run
};

struct BlockedResult {
    std::uint64_t active = 0;    // index bits that some amplitude may have
    bool probabilities = false;  // the state holds them, as double
};

// Stages of a part with all that they need to run. Once they have run they do not change any more,
// and run on other states as they are, also side by side.
template <class T>
class PreparedStages {
  public:
    // Takes stages from `first` on, not all if they are many: their tables take memory. `part` must
    // outlive the first run.
    PreparedStages(const Part& part, std::size_t first, std::uint64_t active, int qubits,
                   RunControl& control);

    std::size_t end() const { return end_; }  // the first stage that it has not taken
    bool ends_part() const { return last_; }
    std::uint64_t active_after() const { return active_; }
    Lacking lacking_after() const { return lacking_; }
    // Whether the run can begin with another state's content, and that it does.
    bool can_take() const { return !runs_.empty() && runs_.front().can_take(); }
    void take_from(const Statevector<T>& source) { runs_.front().take_from(source.data()); }
    std::size_t bytes() const;

    // Makes the tables, and runs. The state lacks a factor before and after (see visit.h).
    bool first_run(Statevector<T>& state, Lacking& lacking, const BlockedOptions& options,
                   RunControl& control, std::vector<TileMemory<T>>* tiles = nullptr);
    // Runs again, on a state that lacks nothing. Both return whether it now holds probabilities.
    bool run(Statevector<T>& state, const BlockedOptions& options, RunControl& control) const;

  private:
    struct Phase {
        const StageRun<T>* run;
        std::size_t phase;
    };

    void list_phases(std::vector<Phase>& phases, std::vector<std::uint64_t>& counts) const;
    bool finishes(const BlockedOptions& options) const;

    std::span<const Step> steps_;
    std::size_t end_;
    bool last_;  // of the part
    std::uint64_t active_;
    Lacking lacking_{1.0};  // what the state lacks afterwards
    std::vector<StageRun<T>> runs_;
};

// Applies steps to a state tile by tile, so that many of them run while a tile is in cache. Where
// an index has a bit outside `active` the amplitude is zero: such tiles and rows are neither read
// nor computed, so that the state costs what it has grown to. Its memory need not hold the zeros,
// except in the first row of kRowQubits; zero_empty writes them. Of a source no copy is made where
// tiles are moved.
template <class T>
BlockedResult run_blocked(Statevector<T>& state, const Part& part, std::uint64_t active,
                          const BlockedOptions& options, RunControl& control,
                          BlockedMemory<T> memory = {});

// Writes zeros where an index has a bit outside `active`, which a run has left out.
template <class T>
void zero_empty(Statevector<T>& state, std::uint64_t active, int threads, RunControl& control);

// Copies a state but for what is empty; both have kRowQubits at least.
template <class T>
void copy_grown(const Statevector<T>& from, std::uint64_t active, Statevector<T>& to, int threads,
                RunControl& control);

}  // namespace ionsim
