#include "run/blocked.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/crowding.h"
#include "base/parallel.h"
#include "run/executor.h"

namespace ionsim {
namespace {

constexpr std::size_t kPreparedSteps = 4096;  // at a time

template <class T>
int worth_threads(const Statevector<T>& state, const BlockedOptions& options) {
    return state.qubits() < kTeamQubits ? 1 : std::max(1, options.threads);
}

}  // namespace

template <class T>
PreparedStages<T>::PreparedStages(const Part& part, std::size_t first, std::uint64_t active,
                                  int qubits, RunControl& control)
    : steps_(part.steps), end_(first), active_(active) {
    for (std::size_t taken = 0; end_ < part.stages.size() && taken < kPreparedSteps; ++end_) {
        runs_.emplace_back(steps_, part.stages[end_], active_, qubits);
        active_ = runs_.back().active_after();
        taken += runs_.back().step_count();
        control.check();
    }
    last_ = end_ == part.stages.size();
}

template <class T>
std::size_t PreparedStages<T>::bytes() const {
    std::size_t sum = sizeof(*this);
    for (const StageRun<T>& run : runs_) sum += run.bytes();
    return sum;
}

template <class T>
void PreparedStages<T>::list_phases(std::vector<Phase>& phases,
                                    std::vector<std::uint64_t>& counts) const {
    for (const StageRun<T>& run : runs_) {
        for (std::size_t phase = 0; phase < run.phases(); ++phase) {
            phases.push_back({&run, phase});
            counts.push_back(run.tiles(phase));
        }
    }
}

template <class T>
bool PreparedStages<T>::finishes(const BlockedOptions& options) const {
    return options.probabilities && last_ && lacking_ == Complex{1.0} && !runs_.empty() &&
           runs_.back().can_finish();
}

template <class T>
bool PreparedStages<T>::first_run(Statevector<T>& state, Lacking& lacking,
                                  const BlockedOptions& options, RunControl& control,
                                  std::vector<TileMemory<T>>* tiles) {
    std::vector<PreparedVisit<T>*> visits;
    for (StageRun<T>& run : runs_) run.collect_visits(visits);
    const auto settle = [&] {
        for (std::size_t v = 0; v < visits.size(); ++v) {
            visits[v]->settle(lacking, last_ && v + 1 == visits.size());
        }
        lacking_ = lacking;
    };
    // One team does all: tables first, then what only one thread can do, then the tiles.
    constexpr std::size_t kBefore = 2;
    std::vector<Phase> phases(kBefore);
    std::vector<std::uint64_t> counts{visits.size(), 1};
    list_phases(phases, counts);
    Team team(worth_threads(state, options));
    std::vector<TileMemory<T>> own;
    std::vector<TileMemory<T>>& memory = tiles != nullptr ? *tiles : own;
    memory.resize(std::max(memory.size(), static_cast<std::size_t>(team.threads())));
    parallel_phases(team.threads(), counts, control,
                    [&](std::size_t p, std::uint64_t index, int worker) {
                        team.work(worker, [&] {
                            if (p == 0) return visits[index]->prepare(steps_, options.tangent);
                            if (p == 1) return settle();
                            const auto [run, phase] = phases[p];
                            run->run_tile(phase, index, run == &runs_.back() && finishes(options),
                                          state, memory, worker);
                            control.report(run->work(phase));
                        });
                    });
    return finishes(options);
}

template <class T>
bool PreparedStages<T>::run(Statevector<T>& state, const BlockedOptions& options,
                            RunControl& control) const {
    std::vector<Phase> phases;
    std::vector<std::uint64_t> counts;
    list_phases(phases, counts);
    const bool finish = finishes(options);
    Team team(worth_threads(state, options));
    std::vector<TileMemory<T>> memory(static_cast<std::size_t>(team.threads()));
    parallel_phases(
        team.threads(), counts, control, [&](std::size_t p, std::uint64_t index, int worker) {
            team.work(worker, [&] {
                const auto [run, phase] = phases[p];
                run->run_tile(phase, index, run == &runs_.back() && finish, state, memory, worker);
                control.report(run->work(phase));
            });
        });
    return finish;
}

template <class T>
BlockedResult run_blocked(Statevector<T>& state, const Part& part, std::uint64_t active,
                          const BlockedOptions& options, RunControl& control,
                          BlockedMemory<T> memory) {
    BlockedResult result{active, false};
    Lacking lacking{1.0};
    for (std::size_t next = 0; next < part.stages.size();) {
        PreparedStages<T> stages(part, next, result.active, state.qubits(), control);
        if (const auto* source = std::exchange(memory.source, nullptr)) {
            if (stages.can_take()) {
                stages.take_from(*source);
            } else {
                copy_grown(*source, active, state, options.threads, control);
            }
        }
        result.probabilities = stages.first_run(state, lacking, options, control, memory.tiles);
        result.active = stages.active_after();
        next = stages.end();
    }
    if (lacking != Complex{1.0}) {
        StepExecutor<T>(options.threads, control).apply(state, DiagonalStep{{}, {}, {lacking}});
    }
    return result;
}

namespace {

// Calls body(first, count) for the rows of kRowQubits whose numbers hold a run of rows that are
// chosen(row): one long copy is faster than many short ones.
template <class Chosen, class Body>
void for_rows(std::uint64_t rows, int threads, RunControl& control, Chosen&& chosen, Body&& body) {
    constexpr std::uint64_t kRowsAtOnce = 1 << 11;
    Team team(threads);
    parallel_for(team.threads(), (rows + kRowsAtOnce - 1) / kRowsAtOnce, control,
                 [&](std::uint64_t piece, int worker) {
                     team.work(worker, [&] {
                         const std::uint64_t end = std::min((piece + 1) * kRowsAtOnce, rows);
                         for (std::uint64_t row = piece * kRowsAtOnce; row < end; ++row) {
                             if (!chosen(row)) continue;
                             const std::uint64_t first = row;
                             while (row + 1 < end && chosen(row + 1)) ++row;
                             body(first, row + 1 - first);
                         }
                         control.check();
                     });
                 });
}

constexpr std::uint64_t kRowReals = 2 * bit(kRowQubits);

}  // namespace

template <class T>
void zero_empty(Statevector<T>& state, std::uint64_t active, int threads, RunControl& control) {
    const std::uint64_t empty = low_bits(state.qubits()) & ~active & ~low_bits(kRowQubits);
    if (empty == 0) return;
    for_rows(
        state.amplitudes() >> kRowQubits, threads, control,
        [&](std::uint64_t row) { return ((row << kRowQubits) & empty) != 0; },
        [&](std::uint64_t first, std::uint64_t count) {
            std::fill_n(state.data() + first * kRowReals, count * kRowReals, T{0});
        });
}

template <class T>
void copy_grown(const Statevector<T>& from, std::uint64_t active, Statevector<T>& to, int threads,
                RunControl& control) {
    for_rows(
        to.amplitudes() >> kRowQubits, threads, control,
        [&](std::uint64_t row) { return ((row << kRowQubits) & ~active) == 0; },
        [&](std::uint64_t first, std::uint64_t count) {
            std::copy_n(from.data() + first * kRowReals, count * kRowReals,
                        to.data() + first * kRowReals);
        });
}

template class PreparedStages<float>;
template class PreparedStages<double>;
template BlockedResult run_blocked(Statevector<float>&, const Part&, std::uint64_t,
                                   const BlockedOptions&, RunControl&, BlockedMemory<float>);
template BlockedResult run_blocked(Statevector<double>&, const Part&, std::uint64_t,
                                   const BlockedOptions&, RunControl&, BlockedMemory<double>);
template void zero_empty(Statevector<float>&, std::uint64_t, int, RunControl&);
template void zero_empty(Statevector<double>&, std::uint64_t, int, RunControl&);
template void copy_grown(const Statevector<float>&, std::uint64_t, Statevector<float>&, int,
                         RunControl&);
template void copy_grown(const Statevector<double>&, std::uint64_t, Statevector<double>&, int,
                         RunControl&);

}  // namespace ionsim
