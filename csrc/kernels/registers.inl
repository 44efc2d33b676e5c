// The register interpreter: steps run on blocks that stay in registers between them.

// Everything here must be inlined into visit, so that `r` is held in registers: all its indices are
// then constants.
template <class T, int Bits>
using RegisterBlocks = ComplexPack<T>[1 << Bits];

template <class T, Rule R>
[[gnu::always_inline]] inline ComplexPack<T> updated(const ComplexPack<T>& a,
                                                     const ComplexPack<T>& b, const T* entry) {
    const auto factor = [&](int k) __attribute__((always_inline)) {
        return Pack<T>::load(entry + k * kBlockLanes);
    };
    // A part that the rule does not read may be any number.
    [[maybe_unused]] const auto pair_of = [&](int re, int im) __attribute__((always_inline)) {
        return ComplexPack<T>{factor(re), factor(im)};
    };
    if constexpr (R == Rule::kExchange) {
        return {select_negative(factor(0), b.re, a.re), select_negative(factor(0), b.im, a.im)};
    } else if constexpr (R == Rule::kReal) {
        return {mul(factor(0), a.re), mul(factor(0), a.im)};
    } else if constexpr (R == Rule::kComplex) {
        return {fnma(factor(1), a.im, mul(factor(0), a.re)),
                fma(factor(1), a.re, mul(factor(0), a.im))};
    } else if constexpr (R == Rule::kOneReal) {
        return combined<T, Keep::kOne, Swap::kReal>(a, a, pair_of(0, 0), b);
    } else if constexpr (R == Rule::kOneImaginary) {
        return combined<T, Keep::kOne, Swap::kImaginary>(a, a, pair_of(0, 0), b);
    } else if constexpr (R == Rule::kOneComplex) {
        return combined<T, Keep::kOne, Swap::kComplex>(a, a, pair_of(0, 1), b);
    } else if constexpr (R == Rule::kRealReal) {
        return combined<T, Keep::kReal, Swap::kReal>(pair_of(0, 0), a, pair_of(1, 1), b);
    } else if constexpr (R == Rule::kRealImaginary) {
        return combined<T, Keep::kReal, Swap::kImaginary>(pair_of(0, 0), a, pair_of(1, 1), b);
    } else {
        return combined<T, Keep::kComplex, Swap::kComplex>(pair_of(0, 1), a, pair_of(2, 3), b);
    }
}

template <class T, int Bits, Rule R, int Flip, bool Lanes, bool Uniform>
[[gnu::always_inline]] inline void register_step(RegisterBlocks<T, Bits>& r,
                                                 const RegisterStep<T>& step,
                                                 std::uint64_t entries) {
    constexpr int kEntryReals = rule_components(R) * kBlockLanes;
    const T* const first = step.table + (entries & 0xFF) * kEntryReals;
    const auto entry = [&](int block) __attribute__((always_inline)) {
        if constexpr (Uniform) {
            return first;
        } else {
            return step.table + ((entries >> (8 * block)) & 0xFF) * kEntryReals;
        }
    };
    const Permuter<T> permute(Lanes ? step.lane_flip : 0);
    const auto partner = [&](const ComplexPack<T>& a) __attribute__((always_inline)) {
        if constexpr (Lanes) {
            return permuted(permute, a);
        } else {
            return a;
        }
    };
#pragma GCC unroll 8
    for (int block = 0; block < (1 << Bits); ++block) {
        if constexpr (Flip == 0) {
            r[block] = updated<T, R>(r[block], partner(r[block]), entry(block));
        } else {
            const int other = block ^ Flip;
            if (other < block) continue;
            const ComplexPack<T> a = r[block], b = r[other];
            r[block] = updated<T, R>(a, partner(b), entry(block));
            r[other] = updated<T, R>(b, partner(a), entry(other));
        }
    }
}

// The same with the blocks in memory, where the processor has too few registers to hold them: small
// code, and the first-level cache serves as registers.
template <class T, int Bits, Rule R>
void memory_step(RegisterBlocks<T, Bits>& r, const RegisterStep<T>& step, std::uint64_t entries) {
    constexpr int kEntryReals = rule_components(R) * kBlockLanes;
    const Permuter<T> permute(step.lane_flip);
    const bool lanes = step.lane_flip != 0;
    const int flip = step.register_flip;
    const auto entry = [&](int block) {
        return step.table + ((entries >> (8 * block)) & 0xFF) * kEntryReals;
    };
    for (int block = 0; block < (1 << Bits); ++block) {
        const int other = block ^ flip;
        if (other < block) continue;
        const ComplexPack<T> a = r[block], b = r[other];
        r[block] = updated<T, R>(a, lanes ? permuted(permute, b) : b, entry(block));
        if (flip != 0) {
            r[other] = updated<T, R>(b, lanes ? permuted(permute, a) : a, entry(other));
        }
    }
}

template <class T, int Bits, Rule R, bool Lanes, bool Uniform>
[[gnu::always_inline]] inline void by_flip(RegisterBlocks<T, Bits>& r, const RegisterStep<T>& step,
                                           std::uint64_t entries) {
    switch (step.register_flip & ((1 << Bits) - 1)) {
        case 0:
            return register_step<T, Bits, R, 0, Lanes, Uniform>(r, step, entries);
        case 1:
            return register_step<T, Bits, R, 1, Lanes, Uniform>(r, step, entries);
        case 2:
            return register_step<T, Bits, R, 2, Lanes, Uniform>(r, step, entries);
        case 3:
            return register_step<T, Bits, R, 3, Lanes, Uniform>(r, step, entries);
    }
    if constexpr (Bits > 2) {
        switch (step.register_flip) {
            case 4:
                return register_step<T, Bits, R, 4, Lanes, Uniform>(r, step, entries);
            case 5:
                return register_step<T, Bits, R, 5, Lanes, Uniform>(r, step, entries);
            case 6:
                return register_step<T, Bits, R, 6, Lanes, Uniform>(r, step, entries);
            case 7:
                return register_step<T, Bits, R, 7, Lanes, Uniform>(r, step, entries);
        }
    }
}

template <class T, int Bits, Rule R>
[[gnu::always_inline]] inline void any_step(RegisterBlocks<T, Bits>& r, const RegisterStep<T>& step,
                                            std::uint64_t entries) {
    if constexpr (!kManyRegisters) {
        memory_step<T, Bits, R>(r, step, entries);
    } else if constexpr (R == Rule::kReal || R == Rule::kComplex) {
        register_step<T, Bits, R, 0, false, false>(r, step, entries);
    } else if (step.uniform) {
        step.lane_flip == 0 ? by_flip<T, Bits, R, false, true>(r, step, entries)
                            : by_flip<T, Bits, R, true, true>(r, step, entries);
    } else {
        step.lane_flip == 0 ? by_flip<T, Bits, R, false, false>(r, step, entries)
                            : by_flip<T, Bits, R, true, false>(r, step, entries);
    }
}

template <class T>
void visit(const T* source, T* target, const VisitPlan<T>& plan, const std::uint8_t* outside) {
    constexpr int kBits = kRegisterBits<T>;
    for (std::uint32_t group = 0; group < plan.groups; ++group) {
        RegisterBlocks<T, kBits> r;
        const T* from = source + std::uint64_t{kBlockReals} * plan.source_groups[group];
#pragma GCC unroll 8
        for (int block = 0; block < (1 << kBits); ++block) {
            r[block] = ComplexPack<T>::load(from + kBlockReals * plan.source_blocks[block]);
        }
        for (int k = 0; k < plan.count; ++k) {
            const RegisterStep<T>& step = plan.steps[k];
            const unsigned inside = step.patterns[group], around = outside[k];
            if (((inside | around) & kSkipped) != 0) continue;
            const std::uint64_t entries =
                step.entries ^ ((inside ^ around) * 0x0101010101010101ULL);
            switch (step.rule) {
                case Rule::kReal:
                    any_step<T, kBits, Rule::kReal>(r, step, entries);
                    break;
                case Rule::kComplex:
                    any_step<T, kBits, Rule::kComplex>(r, step, entries);
                    break;
                case Rule::kOneReal:
                    any_step<T, kBits, Rule::kOneReal>(r, step, entries);
                    break;
                case Rule::kOneImaginary:
                    any_step<T, kBits, Rule::kOneImaginary>(r, step, entries);
                    break;
                case Rule::kOneComplex:
                    any_step<T, kBits, Rule::kOneComplex>(r, step, entries);
                    break;
                case Rule::kRealReal:
                    any_step<T, kBits, Rule::kRealReal>(r, step, entries);
                    break;
                case Rule::kRealImaginary:
                    any_step<T, kBits, Rule::kRealImaginary>(r, step, entries);
                    break;
                case Rule::kComplexComplex:
                    any_step<T, kBits, Rule::kComplexComplex>(r, step, entries);
                    break;
                case Rule::kExchange:
                    any_step<T, kBits, Rule::kExchange>(r, step, entries);
                    break;
            }
        }
        T* to = target + std::uint64_t{kBlockReals} * plan.target_groups[group];
#pragma GCC unroll 8
        for (int block = 0; block < (1 << kBits); ++block) {
            r[block].store(to + kBlockReals * plan.target_blocks[block]);
        }
    }
}
