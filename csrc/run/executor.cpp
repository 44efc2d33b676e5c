#include "run/executor.h"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "base/parallel.h"
#include "kernels/select.h"
#include "run/prepare.h"

namespace ionsim {
namespace {

// A piece is what one thread does between two looks at the clock.
constexpr std::uint64_t kPieceBlocks = 1 << 12;
// Loops below this size run on the calling thread: waking a team costs some microseconds.
constexpr std::uint64_t kTeamBlocks = 1 << 12;

}  // namespace

template <class T>
template <class Body>
void StepExecutor<T>::in_pieces(std::uint64_t groups, std::uint64_t blocks_per_group, Body&& body) {
    const std::uint64_t blocks = groups * blocks_per_group;
    if (blocks <= kTeamBlocks) {
        body(std::uint64_t{0}, groups);
        meter_.add(static_cast<double>(blocks * kLanes));
        return;
    }
    const std::uint64_t piece = std::max<std::uint64_t>(1, kPieceBlocks / blocks_per_group);
    parallel_for(threads_, (groups + piece - 1) / piece, control_, [&](std::uint64_t p, int) {
        const std::uint64_t begin = p * piece;
        const std::uint64_t end = std::min(begin + piece, groups);
        body(begin, end);
        control_.report(static_cast<double>((end - begin) * blocks_per_group * kLanes));
    });
}

template <class T>
void StepExecutor<T>::set_zero_state(Statevector<T>& state) {
    T* data = state.data();
    in_pieces(state.blocks(), 1, [&](std::uint64_t begin, std::uint64_t end) {
        std::fill(data + 2 * kLanes * begin, data + 2 * kLanes * end, T{0});
    });
    data[0] = T{1};
}

template <class T>
void StepExecutor<T>::copy(const Statevector<T>& from, Statevector<T>& to) {
    in_pieces(from.blocks(), 1, [&](std::uint64_t begin, std::uint64_t end) {
        std::copy(from.data() + 2 * kLanes * begin, from.data() + 2 * kLanes * end,
                  to.data() + 2 * kLanes * begin);
    });
}

template <class T>
void StepExecutor<T>::apply(Statevector<T>& state, const Step& step) {
    std::visit([&](const auto& shape) { run(state, shape); }, step);
}

template <class T>
void StepExecutor<T>::apply(Statevector<T>& state, std::span<const Step> steps) {
    const auto is_simple = [](const Step& step) {
        return std::holds_alternative<PairStep>(step) || std::holds_alternative<DiagonalStep>(step);
    };
    constexpr std::size_t kMostTogether = 64;  // their plans take memory
    const bool team = threads_ > 1 && state.blocks() > kTeamBlocks;
    for (std::size_t k = 0; k < steps.size();) {
        std::size_t end = k;
        while (team && end < steps.size() && end - k < kMostTogether && is_simple(steps[end])) {
            ++end;
        }
        if (end > k + 1) {
            run_together(state, steps.subspan(k, end - k));
            k = end;
        } else {
            apply(state, steps[k++]);
        }
    }
}

template <class T>
void StepExecutor<T>::run_together(Statevector<T>& state, std::span<const Step> steps) {
    struct Prepared {
        std::variant<kernels::PairPlan<T>, kernels::DiagonalPlan<T>> plan;
        AlignedBuffer<T> table;
        std::uint64_t groups;
        std::uint64_t piece;
    };
    std::vector<Prepared> prepared(steps.size());
    std::vector<std::uint64_t> counts;
    for (std::size_t k = 0; k < steps.size(); ++k) {
        Prepared& own = prepared[k];
        std::uint64_t blocks_per_group = 1;
        if (const auto* pair = std::get_if<PairStep>(&steps[k])) {
            auto& plan = own.plan.template emplace<kernels::PairPlan<T>>();
            prepare(*pair, plan);
            own.groups = bit(state.block_bits() - plan.selection.count);
            blocks_per_group = pair->flip > kLaneMask ? 2 : 1;
        } else {
            own.plan = prepare(std::get<DiagonalStep>(steps[k]), own.table, 0, dimensions_);
            own.groups = bit(state.block_bits() -
                             std::get<kernels::DiagonalPlan<T>>(own.plan).selection.count);
        }
        own.piece = kPieceBlocks / blocks_per_group;
        counts.push_back((own.groups + own.piece - 1) / own.piece);
    }
    parallel_phases(threads_, counts, control_, [&](std::size_t k, std::uint64_t p, int) {
        const Prepared& own = prepared[k];
        const std::uint64_t begin = p * own.piece;
        const std::uint64_t end = std::min(begin + own.piece, own.groups);
        if (const auto* pair = std::get_if<kernels::PairPlan<T>>(&own.plan)) {
            kernels::active<T>().pair(state.data(), *pair, 0, begin, end);
        } else {
            kernels::active<T>().diagonal(
                state.data(), std::get<kernels::DiagonalPlan<T>>(own.plan), 0, begin, end);
        }
        control_.report(static_cast<double>((end - begin) * (kPieceBlocks / own.piece) * kLanes));
    });
}

template <class T>
void StepExecutor<T>::run(Statevector<T>& state, const PairStep& step) {
    prepare(step, pair_plan_);
    const std::uint64_t groups = bit(state.block_bits() - pair_plan_.selection.count);
    in_pieces(groups, step.flip > kLaneMask ? 2 : 1, [&](std::uint64_t begin, std::uint64_t end) {
        kernels::active<T>().pair(state.data(), pair_plan_, 0, begin, end);
    });
}

template <class T>
void StepExecutor<T>::run(Statevector<T>& state, const DiagonalStep& step) {
    const auto plan = prepare(step, table_, 0, dimensions_);
    const std::uint64_t groups = bit(state.block_bits() - plan.selection.count);
    in_pieces(groups, 1, [&](std::uint64_t begin, std::uint64_t end) {
        kernels::active<T>().diagonal(state.data(), plan, 0, begin, end);
    });
}

template <class T>
void StepExecutor<T>::run(Statevector<T>& state, const DenseStep& step) {
    const auto plan = prepare(step, table_);
    const std::uint64_t groups = bit(state.block_bits() - plan.selection.count);
    in_pieces(groups, static_cast<std::uint64_t>(plan.outputs),
              [&](std::uint64_t begin, std::uint64_t end) {
                  kernels::active<T>().dense(state.data(), plan, begin, end);
              });
}

// exp(-i t H) in pieces of norm at most one, each by its Taylor series on the state:
// state += term, term <- (-i t / (pieces * order)) H term.
template <class T>
void StepExecutor<T>::run(Statevector<T>& state, const PauliSumStep& step) {
    double norm = 0.0;
    for (const PauliTerm& term : step.terms) norm += std::abs(step.time * term.coefficient);
    const int pieces = std::max(1, static_cast<int>(std::ceil(norm)));
    const double piece_norm = norm / pieces;
    Statevector<T> term(state.qubits());
    Statevector<T> next(state.qubits());
    const std::uint64_t blocks = state.blocks();
    const auto zero = [&](Statevector<T>& vector) {
        in_pieces(blocks, 1, [&](std::uint64_t begin, std::uint64_t end) {
            std::fill(vector.data() + 2 * kLanes * begin, vector.data() + 2 * kLanes * end, T{0});
        });
    };
    kernels::AccumulatePlan<T> plan{};
    const auto accumulate = [&](const Statevector<T>& in, Statevector<T>& out) {
        in_pieces(bit(out.block_bits() - plan.selection.count), 1,
                  [&](std::uint64_t begin, std::uint64_t end) {
                      kernels::active<T>().accumulate(in.data(), out.data(), plan, begin, end);
                  });
    };
    for (int piece = 0; piece < pieces; ++piece) {
        copy(state, term);
        double bound = 1.0;
        for (int order = 1; bound > 1e-18; ++order) {
            bound *= piece_norm / order;
            zero(next);
            for (const PauliTerm& pauli : step.terms) {
                const Complex weight{0.0, -step.time * pauli.coefficient / (pieces * order)};
                prepare(pauli, weight, step.control, plan);
                accumulate(term, next);
            }
            std::swap(term, next);
            // Where the control does not hold the term is zero from the first order on.
            prepare(PauliTerm{}, Complex{1.0}, step.control, plan);
            accumulate(term, state);
        }
    }
}

template <class T>
double scratch_bytes(std::span<const Step> steps, int qubits) {
    const bool sums = std::any_of(steps.begin(), steps.end(), [](const Step& step) {
        return std::holds_alternative<PauliSumStep>(step);
    });
    return sums ? 2.0 * Statevector<T>::bytes(qubits) : 0.0;
}

template class StepExecutor<float>;
template class StepExecutor<double>;
template double scratch_bytes<float>(std::span<const Step>, int);
template double scratch_bytes<double>(std::span<const Step>, int);

}  // namespace ionsim
