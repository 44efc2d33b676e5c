// The kernels, written once over Pack<T> and included by one file per instruction set, inside an
// unnamed namespace of its own.

#include "kernels/complex_pack.inl"

// The block with group number `group`: zeros are inserted at the fixed positions, then filled.
inline std::uint64_t selected_block(const BlockSelection& selection, std::uint64_t group) {
    for (int i = 0; i < selection.count; ++i) {
        const std::uint64_t below = (std::uint64_t{1} << selection.positions[i]) - 1;
        group = ((group & ~below) << 1) | (group & below);
    }
    return group | selection.value;
}

// Calls body(block) for the blocks of groups [begin, end); blocks that follow each other in memory
// are walked without recomputing their index.
template <class Body>
inline void for_selected_blocks(const BlockSelection& selection, std::uint64_t begin,
                                std::uint64_t end, Body&& body) {
    const std::uint64_t run =
        selection.count > 0 ? std::uint64_t{1} << selection.positions[0] : end;
    for (std::uint64_t group = begin; group < end;) {
        const std::uint64_t first = selected_block(selection, group);
        const std::uint64_t left_in_run =
            selection.count > 0 ? run - (group & (run - 1)) : end - group;
        const std::uint64_t steps = left_in_run < end - group ? left_in_run : end - group;
        for (std::uint64_t i = 0; i < steps; ++i) body(first + i);
        group += steps;
    }
}

inline int parity_of(std::uint64_t bits) {
    return __builtin_popcountll(bits) & 1;
}

template <class T>
inline ComplexPack<T> keep_table(const PairPlan<T>& plan, int pattern) {
    return {Pack<T>::load(plan.keep_re[pattern]), Pack<T>::load(plan.keep_im[pattern])};
}
template <class T>
inline ComplexPack<T> swap_table(const PairPlan<T>& plan, int pattern) {
    return {Pack<T>::load(plan.swap_re[pattern]), Pack<T>::load(plan.swap_im[pattern])};
}

template <class T>
inline int pair_pattern(const PairPlan<T>& plan, std::uint64_t block) {
    return parity_of(block & plan.selectors[0]) | (parity_of(block & plan.selectors[1]) << 1);
}

template <class T, Keep K, Swap S>
void pair_in_block(T* state, const PairPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
                   std::uint64_t end) {
    const Permuter<T> permute(plan.lane_flip);
    for_selected_blocks(plan.selection, begin, end, [&](std::uint64_t block) {
        const int pattern = (plan.uniform ? plan.first_pattern : pair_pattern(plan, block)) ^
                            static_cast<int>(offset);
        T* here = state + kBlockReals * block;
        const auto a = ComplexPack<T>::load(here);
        combined<T, K, S>(keep_table(plan, pattern), a, swap_table(plan, pattern),
                          permuted(permute, a))
            .store(here);
    });
}

template <class T, Keep K, Swap S, bool Uniform, bool Lanes>
void pair_across(T* state, const PairPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
                 std::uint64_t end) {
    const Permuter<T> permute(plan.lane_flip);
    const int first = plan.first_pattern ^ static_cast<int>(offset);
    const int second = first ^ plan.partner_pattern;
    const auto keep_a = keep_table(plan, first), keep_b = keep_table(plan, second);
    const auto swap_a = swap_table(plan, first), swap_b = swap_table(plan, second);
    for_selected_blocks(plan.selection, begin, end, [&](std::uint64_t block) {
        T* here = state + kBlockReals * block;
        T* there = state + kBlockReals * (block ^ plan.block_flip);
        const auto a = ComplexPack<T>::load(here);
        const auto b = ComplexPack<T>::load(there);
        ComplexPack<T> from_b = b, from_a = a;
        if constexpr (Lanes) {
            from_b = permuted(permute, b);
            from_a = permuted(permute, a);
        }
        if constexpr (Uniform) {
            combined<T, K, S>(keep_a, a, swap_a, from_b).store(here);
            combined<T, K, S>(keep_b, b, swap_b, from_a).store(there);
        } else {
            const int pattern = pair_pattern(plan, block) ^ static_cast<int>(offset);
            const int other = pattern ^ plan.partner_pattern;
            combined<T, K, S>(keep_table(plan, pattern), a, swap_table(plan, pattern), from_b)
                .store(here);
            combined<T, K, S>(keep_table(plan, other), b, swap_table(plan, other), from_a)
                .store(there);
        }
    });
}

template <class T, Keep K, Swap S>
void pair_kinds(T* state, const PairPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
                std::uint64_t end) {
    if (plan.block_flip == 0) return pair_in_block<T, K, S>(state, plan, offset, begin, end);
    if (plan.uniform) {
        return plan.lane_flip == 0
                   ? pair_across<T, K, S, true, false>(state, plan, offset, begin, end)
                   : pair_across<T, K, S, true, true>(state, plan, offset, begin, end);
    }
    return plan.lane_flip == 0 ? pair_across<T, K, S, false, false>(state, plan, offset, begin, end)
                               : pair_across<T, K, S, false, true>(state, plan, offset, begin, end);
}

template <class T, Keep K>
void pair_swaps(T* state, const PairPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
                std::uint64_t end) {
    switch (plan.swap) {
        case Swap::kReal:
            return pair_kinds<T, K, Swap::kReal>(state, plan, offset, begin, end);
        case Swap::kImaginary:
            return pair_kinds<T, K, Swap::kImaginary>(state, plan, offset, begin, end);
        case Swap::kComplex:
            return pair_kinds<T, K, Swap::kComplex>(state, plan, offset, begin, end);
    }
}

template <class T>
void pair(T* state, const PairPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
          std::uint64_t end) {
    switch (plan.keep) {
        case Keep::kZero:
            return pair_swaps<T, Keep::kZero>(state, plan, offset, begin, end);
        case Keep::kOne:
            return pair_swaps<T, Keep::kOne>(state, plan, offset, begin, end);
        case Keep::kReal:
            return pair_swaps<T, Keep::kReal>(state, plan, offset, begin, end);
        case Keep::kComplex:
            return pair_swaps<T, Keep::kComplex>(state, plan, offset, begin, end);
    }
}

template <class T, bool Real>
void diagonal_kind(T* state, const DiagonalPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
                   std::uint64_t end) {
    for_selected_blocks(plan.selection, begin, end, [&](std::uint64_t block) {
        std::uint64_t pattern = offset;
        for (int i = 0; i < plan.selector_count; ++i) {
            pattern ^= static_cast<std::uint64_t>(parity_of(block & plan.selectors[i])) << i;
        }
        const auto factor = ComplexPack<T>::load(plan.table + kBlockReals * pattern);
        T* here = state + kBlockReals * block;
        const auto a = ComplexPack<T>::load(here);
        if constexpr (Real) {
            ComplexPack<T>{mul(factor.re, a.re), mul(factor.re, a.im)}.store(here);
        } else {
            ComplexPack<T>{fnma(factor.im, a.im, mul(factor.re, a.re)),
                           fma(factor.im, a.re, mul(factor.re, a.im))}
                .store(here);
        }
    });
}

template <class T>
void diagonal(T* state, const DiagonalPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
              std::uint64_t end) {
    return plan.real ? diagonal_kind<T, true>(state, plan, offset, begin, end)
                     : diagonal_kind<T, false>(state, plan, offset, begin, end);
}

template <class T>
void dense(T* state, const DensePlan<T>& plan, std::uint64_t begin, std::uint64_t end) {
    alignas(64) T inputs[(1 << kMaxDenseQubits) * kBlockReals];
    const int columns = plan.outputs * plan.lane_terms;
    for_selected_blocks(plan.selection, begin, end, [&](std::uint64_t block) {
        T* slot = inputs;
        for (int j = 0; j < plan.outputs; ++j) {
            const auto a =
                ComplexPack<T>::load(state + kBlockReals * (block | plan.block_offsets[j]));
            for (int p = 0; p < plan.lane_terms; ++p, slot += kBlockReals) {
                permuted(Permuter<T>(plan.lane_flips[p]), a).store(slot);
            }
        }
        const T* factors = plan.table;
        for (int o = 0; o < plan.outputs; ++o) {
            ComplexPack<T> sum{Pack<T>::broadcast(T{0}), Pack<T>::broadcast(T{0})};
            for (int c = 0; c < columns; ++c, factors += kBlockReals) {
                const auto factor = ComplexPack<T>::load(factors);
                const auto a = ComplexPack<T>::load(inputs + kBlockReals * c);
                sum.re = fnma(factor.im, a.im, fma(factor.re, a.re, sum.re));
                sum.im = fma(factor.im, a.re, fma(factor.re, a.im, sum.im));
            }
            sum.store(state + kBlockReals * (block | plan.block_offsets[o]));
        }
    });
}

template <class T>
void accumulate(const T* in, T* out, const AccumulatePlan<T>& plan, std::uint64_t begin,
                std::uint64_t end) {
    const Permuter<T> permute(plan.lane_flip);
    ComplexPack<T> weights[2];
    weights[0] = {Pack<T>::load(plan.weight_re), Pack<T>::load(plan.weight_im)};
    weights[1] = {mul(weights[0].re, Pack<T>::broadcast(T{-1})),
                  mul(weights[0].im, Pack<T>::broadcast(T{-1}))};
    for_selected_blocks(plan.selection, begin, end, [&](std::uint64_t block) {
        const auto weight = weights[parity_of(block & plan.sign_blocks)];
        const auto a =
            permuted(permute, ComplexPack<T>::load(in + kBlockReals * (block ^ plan.block_flip)));
        T* here = out + kBlockReals * block;
        const auto sum = ComplexPack<T>::load(here);
        ComplexPack<T>{fnma(weight.im, a.im, fma(weight.re, a.re, sum.re)),
                       fma(weight.im, a.re, fma(weight.re, a.im, sum.im))}
            .store(here);
    });
}

inline double tree_sum(const Pack<double>& pack) {
    alignas(64) double lane[kBlockLanes];
    pack.store(lane);
    for (int width = kBlockLanes / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
    }
    return lane[0];
}

template <class T>
[[gnu::always_inline]] inline Pack<double> lane_norms(const T* state, std::uint64_t begin,
                                                      std::uint64_t end, Pack<double> sum) {
    for (std::uint64_t block = begin; block < end; ++block) {
        const auto a = ComplexPack<T>::load(state + kBlockReals * block);
        const Pack<double> re = widen(a.re), im = widen(a.im);
        sum = fma(im, im, fma(re, re, sum));
    }
    return sum;
}

template <class T>
double norm(const T* state, std::uint64_t begin, std::uint64_t end) {
    return tree_sum(lane_norms(state, begin, end, Pack<double>::broadcast(0.0)));
}

template <class T>
void add_norms(const T* state, std::uint64_t begin, std::uint64_t end, double* lanes) {
    lane_norms(state, begin, end, Pack<double>::load(lanes)).store(lanes);
}

template <class T>
void probabilities(const T* state, std::uint64_t begin, std::uint64_t end, double* out) {
    for (std::uint64_t block = begin; block < end; ++block) {
        const auto a = ComplexPack<T>::load(state + kBlockReals * block);
        const Pack<double> re = widen(a.re), im = widen(a.im);
        fma(re, re, mul(im, im)).store_unaligned(out + kBlockLanes * block);
    }
}

template <class T>
void pauli_sum(const T* state, const PauliSumPlan& plan, std::uint64_t begin, std::uint64_t end,
               double* re_im) {
    const Permuter<T> permute(plan.lane_flip);
    const Pack<double> lane_sign = Pack<double>::load(plan.lane_sign);
    const Pack<double> signs[2] = {lane_sign, mul(lane_sign, Pack<double>::broadcast(-1.0))};
    Pack<double> sum_re = Pack<double>::broadcast(0.0);
    Pack<double> sum_im = sum_re;
    for (std::uint64_t block = begin; block < end; ++block) {
        const auto a = ComplexPack<T>::load(state + kBlockReals * block);
        const auto b = permuted(
            permute, ComplexPack<T>::load(state + kBlockReals * (block ^ plan.block_flip)));
        const Pack<double> sign = signs[parity_of(block & plan.sign_blocks)];
        const Pack<double> a_re = mul(sign, widen(a.re)), a_im = mul(sign, widen(a.im));
        const Pack<double> b_re = widen(b.re), b_im = widen(b.im);
        sum_re = fma(a_im, b_im, fma(a_re, b_re, sum_re));
        sum_im = fnma(a_im, b_re, fma(a_re, b_im, sum_im));
    }
    re_im[0] = tree_sum(sum_re);
    re_im[1] = tree_sum(sum_im);
}

#include "kernels/registers.inl"

template <class T>
constexpr KernelTable<T> make_table() {
    return {pair<T>, diagonal<T>,  dense<T>,         visit<T>,    accumulate<T>,
            norm<T>, add_norms<T>, probabilities<T>, pauli_sum<T>};
}
