#include "compile/schedule.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/bits.h"

namespace ionsim {
namespace {

// Below this the plan of tiles costs more than it saves.
constexpr int kTiledQubits = 10;
// A state of so many qubits is one large tile, which need not be moved.
constexpr int kOneTileQubits = 16;

}  // namespace

bool runs_in_tiles(int qubits, const Passes& passes) {
    return passes.tiles && qubits >= kTiledQubits;
}

Schedule compile(const Program& program, const CompileOptions& options, RunControl& control) {
    const QubitMap map(program);
    return compile(lower(program, map), map.size(), options, control);
}

Schedule compile(std::vector<Step> steps, int qubits, const CompileOptions& options,
                 RunControl& control) {
    const Passes& passes = options.passes;
    Schedule schedule;
    schedule.qubits = qubits;
    const bool tiled = runs_in_tiles(qubits, passes);
    schedule.gate_steps = steps.size();
    if (passes.conjugate) steps = conjugate_diagonals(std::move(steps));
    if (passes.merge) {
        steps = merge_one_qubit_steps(std::move(steps), schedule.qubits,
                                      tiled && passes.tangent && passes.registers);
        if (tiled && passes.tangent && passes.diagonals) {
            steps = merge_pair_steps(std::move(steps), schedule.qubits);
        }
    }
    if (!tiled) {
        const std::size_t given = steps.size();
        if (passes.diagonals) steps = merge_diagonal_steps(std::move(steps));
        schedule.parts.push_back({std::move(steps), {}, given});
        return schedule;
    }
    TileSizes& sizes = schedule.sizes;
    sizes = tile_sizes(options.single_precision);
    if (schedule.qubits <= kOneTileQubits) sizes.outer_qubits = schedule.qubits;
    if (!passes.registers) sizes.register_qubits = 0;
    // Steps that need the whole state stand between the parts that run in tiles.
    const auto is_whole = [&](const Step& step) { return !fits_tiles(step, sizes); };
    for (auto step = steps.begin(); step != steps.end();) {
        const bool whole = is_whole(*step);
        const auto end =
            std::find_if(step, steps.end(), [&](const Step& s) { return is_whole(s) != whole; });
        Part part;
        const bool all = step == steps.begin() && end == steps.end();
        if (all) {
            part.steps = std::move(steps);
        } else {
            part.steps.assign(std::move_iterator(step), std::move_iterator(end));
        }
        part.given = part.steps.size();
        if (!whole) {
            part.stages = plan_stages(part.steps, schedule.qubits, sizes, options.reached,
                                      passes.diagonals, control);
        }
        schedule.parts.push_back(std::move(part));
        if (all) break;
        step = end;
    }
    return schedule;
}

double step_work(const Step& step, int qubits) {
    const double amplitudes = std::ldexp(1.0, qubits);
    const auto controlled = [&](const Control& control) {
        return std::ldexp(amplitudes, -std::popcount(control.mask));
    };
    if (const auto* diagonal = std::get_if<DiagonalStep>(&step)) {
        return controlled(diagonal->control) *
               (1.0 + 0.1 * static_cast<double>(diagonal->selectors.size()));
    }
    if (const auto* pair = std::get_if<PairStep>(&step)) return controlled(pair->control);
    if (const auto* dense = std::get_if<DenseStep>(&step)) {
        return controlled(dense->control) * std::ldexp(1.0, static_cast<int>(dense->qubits.size()));
    }
    const auto& sum = std::get<PauliSumStep>(step);
    double norm = 0.0;
    for (const PauliTerm& term : sum.terms) norm += std::abs(sum.time * term.coefficient);
    // Taylor pieces of norm one, about twenty orders each.
    return controlled(sum.control) * 20.0 * std::max(1.0, std::ceil(norm)) *
           static_cast<double>(sum.terms.size() + 2);
}

double schedule_work(std::span<const Step> steps, int qubits) {
    double work = 0.0;
    for (const Step& step : steps) work += step_work(step, qubits);
    return work;
}

}  // namespace ionsim
