// Pauli rotations of sixteen trajectories side by side, one at a time.

inline bool odd(std::uint64_t bits) {
    return __builtin_parityll(bits) != 0;
}

inline std::uint64_t top_bit(std::uint64_t bits) {
    return std::uint64_t{1} << (63 - __builtin_clzll(bits));
}

// Power of i that goes with the letters Y.
inline unsigned letter_phase(LanePauli pauli) {
    return static_cast<unsigned>(__builtin_popcountll(pauli.x & pauli.z)) & 3U;
}

template <class T>
void lane_tangents(LaneBits minus, LaneBits other, T tangent, T crossed, T* to) {
    // A table, since branches on random bits are dear (and since GCC 12 mistakes two choices that
    // share a condition for one).
    const T values[4] = {tangent, -crossed, crossed, -tangent};
    for (int lane = 0; lane < 16; ++lane) {
        const std::uint64_t first = (minus.words[lane] >> minus.shift) & 1;
        const std::uint64_t second = (other.words[lane] >> other.shift) & 1;
        const T value = values[first | (second << 1)];
        to[lane] = value;
        to[16 + lane] = -value;
    }
}

// new = own - or + t partner, times i where the factor is imaginary; `sign` chooses t or -t.
template <bool kImaginary, class T>
inline void turn_pair(T* first, T* second, const Pack<T>& t_first, const Pack<T>& t_second) {
    const auto re0 = Pack<T>::load(first), im0 = Pack<T>::load(first + 16);
    const auto re1 = Pack<T>::load(second), im1 = Pack<T>::load(second + 16);
    if constexpr (kImaginary) {
        fma(t_first, im1, re0).store(first);
        fnma(t_first, re1, im0).store(first + 16);
        fma(t_second, im0, re1).store(second);
        fnma(t_second, re0, im1).store(second + 16);
    } else {
        fma(t_first, re1, re0).store(first);
        fma(t_first, im1, im0).store(first + 16);
        fma(t_second, re0, re1).store(second);
        fma(t_second, im0, im1).store(second + 16);
    }
}

template <bool kImaginary, class T>
void rotate_pairs(T* state, std::uint64_t size, LanePauli pauli, bool minus, const T* tangents) {
    const std::uint64_t pivot = top_bit(pauli.x);
    const Pack<T> t[2] = {Pack<T>::load(tangents), Pack<T>::load(tangents + 16)};
    // The partner's sign differs by the parity of x & z, which is odd for the real factors.
    const bool partner = !kImaginary;
    for (std::uint64_t high = 0; high < size; high += 2 * pivot) {
        for (std::uint64_t i = high; i < high + pivot; ++i) {
            const bool sign = odd((i ^ pauli.x) & pauli.z) != minus;
            turn_pair<kImaginary>(state + 32 * i, state + 32 * (i ^ pauli.x), t[sign],
                                  t[sign != partner]);
        }
    }
}

template <class T>
void lane_rotate(T* state, std::uint64_t size, LanePauli pauli, const T* tangents) {
    const unsigned phase = (letter_phase(pauli) + 3) & 3U;  // -i times the letters' phase
    if (pauli.x == 0) {
        const Pack<T> t[2] = {Pack<T>::load(tangents), Pack<T>::load(tangents + 16)};
        for (std::uint64_t i = 0; i < size; ++i) {
            T* a = state + 32 * i;
            const Pack<T>& own = t[odd(i & pauli.z)];
            const auto re = Pack<T>::load(a), im = Pack<T>::load(a + 16);
            fma(own, im, re).store(a);
            fnma(own, re, im).store(a + 16);
        }
    } else if (phase & 1U) {
        rotate_pairs<true>(state, size, pauli, phase == 1, tangents);
    } else {
        rotate_pairs<false>(state, size, pauli, phase == 2, tangents);
    }
}

template <class T>
void lane_expand(T* state, std::uint64_t size, LanePauli pauli, const T* tangents) {
    const unsigned phase = (letter_phase(pauli) + 3) & 3U;
    const bool minus = phase == 1 || phase == 2;
    const Pack<T> t[2] = {Pack<T>::load(tangents), Pack<T>::load(tangents + 16)};
    for (std::uint64_t i = 0; i < size; ++i) {
        const T* from = state + 32 * i;
        T* to = state + 32 * (i ^ pauli.x);
        const bool sign = odd(i & pauli.z) != minus;
        const auto re = Pack<T>::load(from), im = Pack<T>::load(from + 16);
        if (phase & 1U) {
            mul(t[sign], im).store(to);
            mul(t[!sign], re).store(to + 16);
        } else {
            mul(t[sign], re).store(to);
            mul(t[sign], im).store(to + 16);
        }
    }
}

template <class T>
void lane_scale(T* state, std::uint64_t size, const T* factors) {
    const Pack<T> factor = Pack<T>::load(factors);
    for (std::uint64_t i = 0; i < 2 * size; ++i) {
        mul(Pack<T>::load(state + 16 * i), factor).store(state + 16 * i);
    }
}
