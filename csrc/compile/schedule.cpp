#include "compile/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "base/bits.h"

namespace ionsim {
Schedule compile(const Program& program, const CompileOptions& options) {
    const QubitMap map(program);
    Schedule schedule{map.size(), lower(program, map), 0};
    schedule.unfused_steps = schedule.steps.size();
    if (options.fuse) {
        schedule.steps = merge_one_qubit_steps(std::move(schedule.steps), schedule.qubits);
    }
    if (options.fuse && options.merge_diagonals) {
        schedule.steps = merge_diagonal_steps(std::move(schedule.steps));
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

std::string explain(const Schedule& schedule) {
    constexpr std::array<const char*, 4> kNames{"diagonal", "pair", "dense", "Pauli sum"};
    std::array<std::size_t, 4> counts{};
    for (const Step& step : schedule.steps) ++counts[step.index()];
    std::ostringstream text;
    text << schedule.qubits << " qubits simulated, " << schedule.steps.size() << " steps (";
    bool first = true;
    for (std::size_t shape = 0; shape < counts.size(); ++shape) {
        if (counts[shape] == 0) continue;
        text << (first ? "" : ", ") << counts[shape] << ' ' << kNames[shape];
        first = false;
    }
    if (first) text << "nothing to do";
    text << ") from " << schedule.unfused_steps << " before merging";
    return text.str();
}

}  // namespace ionsim
