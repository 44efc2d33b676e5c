#include <optional>

#include "base/bits.h"
#include "compile/gate_steps.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

struct OneQubit {
    int qubit;
    Matrix2 matrix;
};

// The matrix of a step that acts on one qubit only.
std::optional<OneQubit> one_qubit(const Step& step) {
    if (const auto* diagonal = std::get_if<DiagonalStep>(&step)) {
        const std::uint64_t mask = support(step);
        if (std::popcount(mask) != 1) return std::nullopt;
        const int qubit = std::countr_zero(mask);
        if (diagonal->selectors.empty()) {
            const Complex factor = diagonal->factors[0];
            return diagonal->control.value != 0 ? OneQubit{qubit, {1, 0, 0, factor}}
                                                : OneQubit{qubit, {factor, 0, 0, 1}};
        }
        if (diagonal->selectors.size() != 1 || diagonal->control.mask != 0) return std::nullopt;
        return OneQubit{qubit, {diagonal->factors[0], 0, 0, diagonal->factors[1]}};
    }
    if (const auto* pair = std::get_if<PairStep>(&step)) {
        const std::uint64_t mask = support(step);
        if (std::popcount(mask) != 1) return std::nullopt;
        // Without a selector both rows share their factors.
        const std::size_t one = pair->selectors[0] != 0 ? 1 : 0;
        return OneQubit{std::countr_zero(mask),
                        {pair->keep[0], pair->swap[0], pair->swap[one], pair->keep[one]}};
    }
    return std::nullopt;
}

Matrix2 after(const Matrix2& later, const Matrix2& earlier) {
    return {later[0] * earlier[0] + later[1] * earlier[2],
            later[0] * earlier[1] + later[1] * earlier[3],
            later[2] * earlier[0] + later[3] * earlier[2],
            later[2] * earlier[1] + later[3] * earlier[3]};
}

bool is_diagonal(const Matrix2& m) {
    return m[1] == Complex{} && m[2] == Complex{};
}

}  // namespace

std::vector<Step> merge_one_qubit_steps(std::vector<Step> steps, int qubits) {
    std::vector<Step> merged;
    merged.reserve(steps.size());
    std::vector<std::optional<Matrix2>> waiting(static_cast<std::size_t>(qubits));
    const auto release = [&](int qubit) {
        auto& matrix = waiting[static_cast<std::size_t>(qubit)];
        if (!matrix) return;
        merged.push_back(one_target_step(*matrix, qubit, {}));
        matrix.reset();
    };
    for (Step& step : steps) {
        if (const auto single = one_qubit(step)) {
            auto& matrix = waiting[static_cast<std::size_t>(single->qubit)];
            matrix = matrix ? after(single->matrix, *matrix) : single->matrix;
            continue;
        }
        const std::uint64_t touched = support(step);
        const std::uint64_t changed = flipped(step);
        for (int qubit = 0; qubit < qubits; ++qubit) {
            const auto& matrix = waiting[static_cast<std::size_t>(qubit)];
            if (!matrix || !(touched & bit(qubit))) continue;
            // A diagonal waits on where the step does not flip the qubit: they commute.
            if (!(changed & bit(qubit)) && is_diagonal(*matrix)) continue;
            release(qubit);
        }
        merged.push_back(std::move(step));
    }
    for (int qubit = 0; qubit < qubits; ++qubit) release(qubit);
    return merged;
}

}  // namespace ionsim
