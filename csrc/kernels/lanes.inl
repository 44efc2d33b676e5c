// Sixteen trajectories side by side, over the packs of one instruction set.

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

// a + sign i^phase b for the pair of a measured string.
template <class T>
struct Mixed {
    Pack<T> re, im;
    Mixed(const Pack<T>& re0, const Pack<T>& im0, const Pack<T>& re1, const Pack<T>& im1,
          unsigned phase, const Pack<T>& plus, const Pack<T>& minus)
        : re(phase == 0   ? fma(plus, re1, re0)
             : phase == 1 ? fma(minus, im1, re0)
             : phase == 2 ? fma(minus, re1, re0)
                          : fma(plus, im1, re0)),
          im(phase == 0   ? fma(plus, im1, im0)
             : phase == 1 ? fma(plus, re1, im0)
             : phase == 2 ? fma(minus, im1, im0)
                          : fma(minus, re1, im0)) {}
};

struct SquareSum {
    Pack<double> sum;
    template <class T>
    void add(const Pack<T>& value) {
        const Pack<double> wide = widen(value);
        sum = fma(wide, wide, sum);
    }
    void store(double* to) const { sum.store(to); }
};

template <class T>
void lane_norms(const T* state, std::uint64_t size, LanePauli pauli, double* sums) {
    SquareSum total[2] = {{Pack<double>::broadcast(0.0)}, {Pack<double>::broadcast(0.0)}};
    if (pauli.x == 0) {
        for (std::uint64_t i = 0; i < size; ++i) {
            SquareSum& sum = total[odd(i & pauli.z)];
            sum.add(Pack<T>::load(state + 32 * i));
            sum.add(Pack<T>::load(state + 32 * i + 16));
        }
    } else {
        const std::uint64_t pivot = top_bit(pauli.x);
        const unsigned phase = letter_phase(pauli);
        const Pack<T> one = Pack<T>::broadcast(T(1));
        const Pack<T> less = Pack<T>::broadcast(T(-1));
        for (std::uint64_t high = 0; high < size; high += 2 * pivot) {
            for (std::uint64_t i = high; i < high + pivot; ++i) {
                const T* a = state + 32 * i;
                const T* b = state + 32 * (i ^ pauli.x);
                const auto re0 = Pack<T>::load(a), im0 = Pack<T>::load(a + 16);
                const auto re1 = Pack<T>::load(b), im1 = Pack<T>::load(b + 16);
                const unsigned turned = phase + (odd((i ^ pauli.x) & pauli.z) ? 2U : 0U);
                for (unsigned k = 0; k < 2; ++k) {
                    const Mixed<T> mixed(re0, im0, re1, im1, (turned + 2 * k) & 3U, one, less);
                    total[k].add(mixed.re);
                    total[k].add(mixed.im);
                }
            }
        }
    }
    total[0].store(sums);
    total[1].store(sums + 16);
}

template <class T>
void collapse_diagonal(T* state, std::uint64_t size, std::uint64_t z, const T* ones,
                       const T* factors) {
    const std::uint64_t pivot = top_bit(z);
    const Pack<T> factor = Pack<T>::load(factors);
    const Pack<T> odd_part = mul(Pack<T>::load(ones), factor);
    const Pack<T> keep[2] = {fnma(Pack<T>::load(ones), factor, factor), odd_part};
    T* to = state;
    for (std::uint64_t high = 0; high < size; high += 2 * pivot) {
        for (std::uint64_t i = high; i < high + pivot; ++i, to += 32) {
            const T* a = state + 32 * i;
            const T* b = state + 32 * (i + pivot);
            const bool parity = odd(i & z);
            const auto re =
                fma(keep[!parity], Pack<T>::load(b), mul(keep[parity], Pack<T>::load(a)));
            const auto im =
                fma(keep[!parity], Pack<T>::load(b + 16), mul(keep[parity], Pack<T>::load(a + 16)));
            re.store(to);
            im.store(to + 16);
        }
    }
}

template <class T>
void lane_collapse(T* state, std::uint64_t size, LanePauli pauli, const T* ones, const T* factors) {
    if (pauli.x == 0) return collapse_diagonal(state, size, pauli.z, ones, factors);
    const std::uint64_t pivot = top_bit(pauli.x);
    const unsigned phase = letter_phase(pauli);
    const Pack<T> factor = Pack<T>::load(factors);
    const Pack<T> one = Pack<T>::broadcast(T(1));
    const Pack<T> two = Pack<T>::broadcast(T(2));
    const Pack<T> plus = fnma(Pack<T>::load(ones), two, one);  // 1 or -1
    const Pack<T> minus = mul(plus, Pack<T>::broadcast(T(-1)));
    T* to = state;
    for (std::uint64_t high = 0; high < size; high += 2 * pivot) {
        for (std::uint64_t i = high; i < high + pivot; ++i, to += 32) {
            const T* a = state + 32 * i;
            const T* b = state + 32 * (i ^ pauli.x);
            const unsigned turned = (phase + (odd((i ^ pauli.x) & pauli.z) ? 2U : 0U)) & 3U;
            const Mixed<T> mixed(Pack<T>::load(a), Pack<T>::load(a + 16), Pack<T>::load(b),
                                 Pack<T>::load(b + 16), turned, plus, minus);
            mul(mixed.re, factor).store(to);
            mul(mixed.im, factor).store(to + 16);
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

// Products of the low halves of sixteen 64-bit words with a 32-bit number.
struct Words {
#if defined(__AVX512F__)
    __m512i v[2];
    static Words load(const std::uint64_t* from) {
        return {{_mm512_loadu_si512(from), _mm512_loadu_si512(from + 8)}};
    }
    static Words broadcast(std::uint64_t value) {
        const __m512i all = _mm512_set1_epi64(static_cast<long long>(value));
        return {{all, all}};
    }
    void store(std::uint64_t* to) const {
        _mm512_storeu_si512(to, v[0]);
        _mm512_storeu_si512(to + 8, v[1]);
    }
    Words times(std::uint32_t factor) const {
        const __m512i all = _mm512_set1_epi64(factor);
        return {{_mm512_mul_epu32(v[0], all), _mm512_mul_epu32(v[1], all)}};
    }
    Words high() const { return {{_mm512_srli_epi64(v[0], 32), _mm512_srli_epi64(v[1], 32)}}; }
    Words raised() const { return {{_mm512_slli_epi64(v[0], 32), _mm512_slli_epi64(v[1], 32)}}; }
    Words operator^(const Words& o) const {
        return {{_mm512_xor_si512(v[0], o.v[0]), _mm512_xor_si512(v[1], o.v[1])}};
    }
    Words low() const {
        const __m512i mask = _mm512_set1_epi64(0xFFFFFFFFLL);
        return {{_mm512_and_si512(v[0], mask), _mm512_and_si512(v[1], mask)}};
    }
#else
    std::uint64_t v[16];
    static Words load(const std::uint64_t* from) {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = from[i];
        return r;
    }
    static Words broadcast(std::uint64_t value) {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = value;
        return r;
    }
    void store(std::uint64_t* to) const {
        for (int i = 0; i < 16; ++i) to[i] = v[i];
    }
    Words times(std::uint32_t factor) const {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = (v[i] & 0xFFFFFFFFU) * std::uint64_t{factor};
        return r;
    }
    Words high() const {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = v[i] >> 32;
        return r;
    }
    Words raised() const {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = v[i] << 32;
        return r;
    }
    Words operator^(const Words& o) const {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = v[i] ^ o.v[i];
        return r;
    }
    Words low() const {
        Words r;
        for (int i = 0; i < 16; ++i) r.v[i] = v[i] & 0xFFFFFFFFU;
        return r;
    }
#endif
};

inline std::uint32_t lane_random(std::uint64_t seed, const std::uint64_t* tagged,
                                 std::uint32_t index, const std::uint64_t* below,
                                 std::uint64_t* words) {
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32);
    // Only the low halves of the four words of the counter count.
    const Words shots = Words::load(tagged);
    Words c0 = shots, c1 = shots.high(), c2 = Words::broadcast(index), c3 = Words::broadcast(0);
    for (int round = 0; round < 10; ++round) {
        const Words product0 = c0.times(0xD2511F53U);
        const Words product1 = c2.times(0xCD9E8D57U);
        c0 = product1.high() ^ c1 ^ Words::broadcast(key0);
        c2 = product0.high() ^ c3 ^ Words::broadcast(key1);
        c1 = product1;
        c3 = product0;
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
    (c0.low() ^ c1.raised()).store(words);
    (c2.low() ^ c3.raised()).store(words + 16);
    std::uint32_t hits = 0;
    for (unsigned i = 0; i < 16; ++i) {
        hits |= static_cast<std::uint32_t>(words[i] < below[0]) << i;
        hits |= static_cast<std::uint32_t>(words[16 + i] < below[1]) << (16 + i);
    }
    return hits;
}

template <class T>
constexpr LaneTable<T> make_lanes() {
    return {&lane_rotate<T>, &lane_expand<T>,   &lane_visit<T>,
            &lane_norms<T>,  &lane_collapse<T>, &lane_scale<T>};
}
