#include "run/dynamic_plan.h"

#include <algorithm>
#include <utility>

#include "compile/schedule.h"

namespace ionsim {
namespace {

// Gates [begin, end) of a program.
Program part_of(const Program& whole, std::size_t begin, std::size_t end) {
    const ProgramArrays& from = whole.arrays();
    ProgramArrays part;
    part.gates.assign(from.gates.begin() + static_cast<std::ptrdiff_t>(begin),
                      from.gates.begin() + static_cast<std::ptrdiff_t>(end));
    part.control_counts.assign(from.control_counts.begin() + static_cast<std::ptrdiff_t>(begin),
                               from.control_counts.begin() + static_cast<std::ptrdiff_t>(end));
    const auto cut = [&](const auto& starts, const auto& values, auto& new_starts,
                         auto& new_values) {
        const auto first = starts[begin];
        new_values.assign(values.begin() + first, values.begin() + starts[end]);
        for (std::size_t i = begin; i < end; ++i) new_starts.push_back(starts[i + 1] - first);
    };
    cut(from.qubit_starts, from.qubits, part.qubit_starts, part.qubits);
    cut(from.parameter_starts, from.parameters, part.parameter_starts, part.parameters);
    cut(from.letter_starts, from.letters, part.letter_starts, part.letters);
    return Program(whole.gate_set(), whole.qubits(), std::move(part));
}

}  // namespace

DynamicPlan::DynamicPlan(const Flow& of, const Program& gates, const NoiseRates& rates,
                         bool with_noise, const RunOptions& options, RunControl& control)
    : flow(of),
      map(gates),
      noisy(with_noise),
      one(rates.error1(), 3),
      two(rates.error2(), 15),
      channels(rates),
      readout(probability_threshold(rates.readout_flip)) {
    for (const FlowInstruction& each : flow.instructions) {
        segment_of.push_back(segments.size());
        if (each.op != FlowOp::kGates) continue;
        const Program part = part_of(gates, static_cast<std::size_t>(each.first),
                                     static_cast<std::size_t>(each.second));
        Segment segment;
        if (noisy) {
            NoisySteps steps = lower_noisy(part, map, control);
            segment = {std::move(steps.steps), channels.of(steps.sites)};
        } else {
            segment.steps = lower(part, map);
            const Passes& passes = options.passes;
            if (passes.conjugate) segment.steps = conjugate_diagonals(std::move(segment.steps));
            if (passes.merge) {
                segment.steps = merge_one_qubit_steps(std::move(segment.steps), map.size(), false);
            }
            if (passes.diagonals) segment.steps = merge_diagonal_steps(std::move(segment.steps));
        }
        segment.work = schedule_work(segment.steps, map.size());
        segments.push_back(std::move(segment));
    }
    touched.assign(gates.touched().begin(), gates.touched().end());
}

int DynamicPlan::place(std::int64_t qubit) const {
    const auto found = std::lower_bound(touched.begin(), touched.end(), qubit);
    return found != touched.end() && *found == qubit ? map[*found] : -1;
}

}  // namespace ionsim
