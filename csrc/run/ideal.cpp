#include <algorithm>
#include <iterator>
#include <vector>

#include "compile/block.h"
#include "compile/schedule.h"
#include "run/blocked.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/run.h"

namespace ionsim {
namespace {

// Below this the plan costs more than it saves.
constexpr int kBlockedQubits = 10;

}  // namespace

template <class T>
Statevector<T> simulate(const Program& program, const RunOptions& options, RunControl& control) {
    const int qubits = QubitMap(program).size();
    const bool blocked = options.block && qubits >= kBlockedQubits;
    Schedule schedule = compile(program, {options.fuse, !blocked});
    StepExecutor<T> executor(options.threads, control);
    Statevector<T> state(qubits);
    executor.set_zero_state(state);
    if (!blocked) {
        executor.apply(state, schedule.steps);
        return state;
    }
    TileSizes sizes = tile_sizes(sizeof(T) == sizeof(float));
    // A state of one large tile need not be moved.
    if (qubits <= kOneThreadQubits) sizes.outer_qubits = qubits;
    // Steps that need the whole state stand between the parts that run in tiles.
    std::vector<Step>& steps = schedule.steps;
    std::uint64_t active = 0;
    const auto is_whole = [&](const Step& step) { return !fits_tiles(step, sizes); };
    for (auto step = steps.begin(); step != steps.end();) {
        const auto whole = std::find_if(step, steps.end(), is_whole);
        std::vector<Step> part{std::move_iterator(step), std::move_iterator(whole)};
        active = run_blocked(state, std::move(part), active, sizes, options.fuse, options.threads,
                             control);
        if (whole == steps.end()) break;
        executor.apply(state, *whole);
        active |= flipped(*whole);
        step = whole + 1;
    }
    return state;
}

template <class T>
void sample_ideal(const Program& program, std::uint64_t seed, std::uint64_t shot_begin,
                  std::span<std::uint64_t> outcomes, const RunOptions& options,
                  RunControl& control) {
    const Statevector<T> state = simulate<T>(program, options, control);
    draw_shots(state, Philox(seed), shot_begin, outcomes, options.threads, control);
}

template Statevector<float> simulate(const Program&, const RunOptions&, RunControl&);
template Statevector<double> simulate(const Program&, const RunOptions&, RunControl&);
template void sample_ideal<float>(const Program&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_ideal<double>(const Program&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
