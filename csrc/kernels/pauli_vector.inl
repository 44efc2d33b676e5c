// Pauli vectors: the sixteen strings on two qubits stay in registers through all turns of a visit.

// Everything here must be inlined into pauli_visit, so that the array is held in registers.
template <class T>
struct Strings {
    Register<T> of[16];  // letter on the first qubit plus 4 times that on the second
};

// A rotation about letter `kAxis` of one qubit, whose letters are `kStride` apart.
template <int kAxis, int kStride, class T>
[[gnu::always_inline]] inline void turn_one(Strings<T>& strings, const T* factors) {
    constexpr int q = next_letter(kAxis) * kStride;
    constexpr int r = next_letter(next_letter(kAxis)) * kStride;
    constexpr int other = kStride == 1 ? 4 : 1;
    const auto to_q = Register<T>::broadcast(factors[0]);
    const auto to_r = Register<T>::broadcast(factors[1]);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
        const Register<T> before = copied(strings.of[q + k * other]);
        add_product(strings.of[q + k * other], to_q, strings.of[r + k * other]);
        add_product(strings.of[r + k * other], to_r, before);
    }
}

template <bool kQuarter, class T>
[[gnu::always_inline]] inline void turn_pair(Register<T>& q, Register<T>& r, T own, T to_q,
                                             T to_r) {
    const Register<T> before = copied(q);
    if constexpr (kQuarter) {
        q = product(r, Register<T>::broadcast(to_q));
        r = product(before, Register<T>::broadcast(to_r));
    } else {
        q = product(q, Register<T>::broadcast(own));
        add_product(q, Register<T>::broadcast(to_q), r);
        r = product(r, Register<T>::broadcast(own));
        add_product(r, Register<T>::broadcast(to_r), before);
    }
}

// A rotation about the product of two letters.
template <int kFirst, int kSecond, bool kQuarter, class T>
[[gnu::always_inline]] inline void turn_both(Strings<T>& strings, const T* f) {
    constexpr int q = next_letter(kFirst), r = next_letter(q);
    constexpr int s = 4 * next_letter(kSecond), t = 4 * next_letter(next_letter(kSecond));
    constexpr int both = 4 * kSecond;
    Register<T>(&of)[16] = strings.of;
    turn_pair<kQuarter>(of[q], of[r + both], f[0], f[1], f[2]);
    turn_pair<kQuarter>(of[q + both], of[r], f[0], f[3], f[4]);
    turn_pair<kQuarter>(of[s], of[t + kFirst], f[0], f[5], f[6]);
    turn_pair<kQuarter>(of[s + kFirst], of[t], f[0], f[7], f[8]);
    of[0] = product(of[0], Register<T>::broadcast(f[9]));
}

template <class T>
[[gnu::always_inline]] inline void scale_strings(Strings<T>& strings, const T* factors) {
#pragma GCC unroll 16
    for (int k = 0; k < 16; ++k) {
        strings.of[k] = product(strings.of[k], Register<T>::broadcast(factors[k]));
    }
}

// The axes of rotations about one letter, and about two.
using OneAxes = Numbers<1, 2, 3, 4, 8, 12>;
using BothAxes = Numbers<5, 6, 7, 9, 10, 11, 13, 14, 15>;

// The compilers make one jump of the chain of comparisons.
template <class T, int... One, int... Both>
[[gnu::always_inline]] inline void turn_by_axis(Strings<T>& strings, const PauliTurn<T>& step,
                                                Numbers<One...>, Numbers<Both...>) {
    const T* f = step.factors;
    constexpr int kQuarter = PauliTurn<T>::kQuarter;
    if (((step.axis == One &&
          (turn_one<((One & 3) | (One >> 2)), ((One & 3) != 0 ? 1 : 4)>(strings, f), true)) ||
         ...)) {
        return;
    }
    if (((step.axis == Both && (turn_both<(Both & 3), (Both >> 2), false>(strings, f), true)) ||
         ...)) {
        return;
    }
    if (((step.axis == Both + kQuarter &&
          (turn_both<(Both & 3), (Both >> 2), true>(strings, f), true)) ||
         ...)) {
        return;
    }
    scale_strings(strings, f);
}

// The component of the string with an X at a position only.
inline std::uint64_t stride_of(int position) {
    return std::uint64_t{1} << (2 * position);
}

// Calls body(components) for the first of the sixteen components of all groups of strings that
// differ only at two positions and in the lanes.
template <class T, class Body>
[[gnu::always_inline]] inline void for_groups(T* vector, std::uint64_t first, std::uint64_t second,
                                              const PauliTile& tile, Body&& body) {
    const std::uint64_t pivots = 3 * first | 3 * second | tile.fixed | (kBlockLanes - 1);
    const std::uint64_t last = tile.size - 1;
    T* const base = vector + place_of(tile.base);
    std::uint64_t group = 0;
    do {
        body(base + place_of(group));
        group = ((group | pivots) + 1) & ~pivots & last;
    } while (group != 0);
}

// Calls body(k, address) for sixteen components, by few registers for their addresses.
template <class T, class Body>
[[gnu::always_inline]] inline void for_strings(T* group, std::uint64_t near, std::uint64_t far,
                                               Body&& body) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k, group += far) {
        body(4 * k, group);
        body(4 * k + 1, group + near);
        body(4 * k + 2, group + 2 * near);
        body(4 * k + 3, group + 3 * near);
    }
}

template <class T>
[[gnu::always_inline]] inline void exchange_group(T* group, std::uint64_t near, std::uint64_t far) {
    Pack<T> rows[16];
    for_strings(group, near, far, [&](int k, const T* from) __attribute__((always_inline)) {
        rows[k] = Pack<T>::load(from);
    });
    transpose(rows);
    for_strings(group, near, far,
                [&](int k, T* to) __attribute__((always_inline)) { rows[k].store(to); });
}

template <class T>
void pauli_visit(T* vector, const PauliVisit<T>& visit, const PauliTile& tile) {
    constexpr bool kWholeRows = Register<T>::kCount == kBlockLanes;
    const std::uint64_t first = stride_of(visit.first), second = stride_of(visit.second);
    const std::uint64_t near = place_of(first), far = place_of(second);
    const PauliTurn<T>* const end = visit.turns + visit.count;
    for_groups(vector, first, second, tile, [&](T* group) __attribute__((always_inline)) {
        for (int part = 0; part < kBlockLanes; part += Register<T>::kCount) {
            Strings<T> strings;
            for_strings(group + part, near, far,
                        [&](int k, const T* from) __attribute__((always_inline)) {
                            strings.of[k] = Register<T>::load(from);
                        });
            for (const PauliTurn<T>* step = visit.turns; step != end; ++step) {
                turn_by_axis(strings, *step, OneAxes{}, BothAxes{});
            }
            if constexpr (kWholeRows) {
                if (visit.exchanges) transpose(strings.of);
            }
            for_strings(group + part, near, far, [&](int k, T* to) __attribute__((always_inline)) {
                strings.of[k].store(to);
            });
        }
        if constexpr (!kWholeRows) {
            if (visit.exchanges) exchange_group(group, near, far);
        }
    });
}

template <class T>
constexpr PauliTable<T> make_pauli() {
    return {&pauli_visit<T>};
}
