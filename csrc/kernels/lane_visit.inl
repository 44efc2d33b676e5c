// Rotations on groups of amplitudes that stay in registers between them, in sixteen trajectories.

template <int...>
struct Numbers {};

// The numbers below First, then the others.
template <int First, int... Others>
struct Below : Below<First - 1, First - 1, Others...> {};
template <int... All>
struct Below<0, All...> : Numbers<All...> {};

// Everything here must be inlined into visit_groups, so that the arrays are held in registers: all
// their indices are then constants.
template <class T>
struct LaneGroup {
    Register<T> re[kGroupBlocks], im[kGroupBlocks];
};

// own - or + t partner, times i where the factor is imaginary.
template <class T>
[[gnu::always_inline]] inline void turn_group(LaneGroup<T>& g, int flip, unsigned signs,
                                              const Register<T>& t) {
    const auto add = [&](bool minus, Register<T>& to, const Register<T>& part)
                         __attribute__((always_inline)) {
                             minus ? subtract_product(to, t, part) : add_product(to, t, part);
                         };
    const bool real = __builtin_parity(signs & static_cast<unsigned>(flip)) != 0;
#pragma GCC unroll 8
    for (int j = 0; j < kGroupBlocks; ++j) {
        const int k = j ^ flip;
        if (k < j) continue;
        const bool minus = __builtin_parity(signs & static_cast<unsigned>(j)) != 0;
        Register<T>& partner_of_re = real ? g.re[k] : g.im[k];
        Register<T>& partner_of_im = real ? g.im[k] : g.re[k];
        const Register<T> re = copied(g.re[j]);
        add(minus, g.re[j], partner_of_re);
        if (flip == 0) {
            add(!minus, g.im[j], re);
            continue;
        }
        const Register<T> im = copied(g.im[j]);
        add(real ? minus : !minus, g.im[j], partner_of_im);
        // An imaginary factor is the same both ways, a real one changes its sign.
        add(!minus, partner_of_re, re);
        add(real ? !minus : minus, partner_of_im, im);
    }
}

// The compilers make one jump of the chain of comparisons.
template <class T, int... Turns>
[[gnu::always_inline]] inline void turn_by_code(LaneGroup<T>& g, int code, const Register<T>& t,
                                                Numbers<Turns...>) {
    const auto turned = [&](int turn) __attribute__((always_inline)) {
        turn_group(g, turn / kGroupBlocks, static_cast<unsigned>(turn % kGroupBlocks), t);
        return true;
    };
    if (!((code == Turns && turned(Turns)) || ...)) __builtin_unreachable();
}

template <class T, bool Grows>
void visit_groups(T* state, const LaneVisit& visit, const T* tangents) {
    constexpr int kParts = kBlockLanes / Register<T>::kCount;
    const std::uint64_t upper = visit.upper;
    std::uint64_t base = 0;
    for (std::uint64_t left = visit.groups; left != 0; --left) {
        for (int part = 0; part < kParts; ++part) {
            T* const lanes = state + part * Register<T>::kCount;
            LaneGroup<T> g;
#pragma GCC unroll 8
            for (int j = 0; j < kGroupBlocks; ++j) {
                const T* from = lanes + (base ^ visit.blocks[j]);
                if (Grows && (visit.blocks[j] & upper) != 0) {
                    g.re[j] = g.im[j] = Register<T>::zero();
                } else {
                    g.re[j] = Register<T>::load(from);
                    g.im[j] = Register<T>::load(from + 16);
                }
            }
            const T* from = tangents + part * Register<T>::kCount;
            const LaneStep* const end = visit.steps + visit.count;
            for (const LaneStep* step = visit.steps; step != end; ++step, from += 32) {
                const bool minus = __builtin_parityll(base & step->selector) != 0;
                const auto t = Register<T>::load(from + (minus ? 16 : 0));
                if constexpr (kGroupInRegisters) {
                    turn_by_code(g, step->code, t, Below<kGroupBlocks * kGroupBlocks>{});
                } else {
                    turn_group(g, step->code / kGroupBlocks,
                               static_cast<unsigned>(step->code % kGroupBlocks), t);
                }
            }
#pragma GCC unroll 8
            for (int j = 0; j < kGroupBlocks; ++j) {
                T* to = lanes + (base ^ visit.blocks[j]);
                g.re[j].store(to);
                g.im[j].store(to + 16);
            }
        }
        base = ((base | visit.pivots) + 1) & ~visit.pivots;
    }
}

template <class T>
void lane_visit(T* state, const LaneVisit& visit, const T* tangents) {
    (visit.upper != 0 ? visit_groups<T, true> : visit_groups<T, false>)(state, visit, tangents);
}
