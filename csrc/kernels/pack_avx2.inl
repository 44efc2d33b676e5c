// Sixteen numbers in AVX2 registers: two of float, four of double.

// Whether the blocks of a visit fit the processor's registers.
inline constexpr bool kManyRegisters = false;
// The same for the single registers of a group of trajectories (lane_visit.inl), all but the
// factors.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kGroupInRegisters = false;
#else
inline constexpr bool kGroupInRegisters = true;
#endif

template <class T>
struct Pack;

template <>
struct Pack<float> {
    __m256 v[2];
    static Pack load(const float* from) {
        return {{_mm256_load_ps(from), _mm256_load_ps(from + 8)}};
    }
    static Pack broadcast(float value) { return {{_mm256_set1_ps(value), _mm256_set1_ps(value)}}; }
    void store(float* to) const {
        _mm256_store_ps(to, v[0]);
        _mm256_store_ps(to + 8, v[1]);
    }
};

template <>
struct Pack<double> {
    __m256d v[4];
    static Pack load(const double* from) {
        return {{_mm256_load_pd(from), _mm256_load_pd(from + 4), _mm256_load_pd(from + 8),
                 _mm256_load_pd(from + 12)}};
    }
    static Pack broadcast(double value) {
        const __m256d all = _mm256_set1_pd(value);
        return {{all, all, all, all}};
    }
    void store(double* to) const {
        for (int i = 0; i < 4; ++i) _mm256_store_pd(to + 4 * i, v[i]);
    }
    void store_unaligned(double* to) const {
        for (int i = 0; i < 4; ++i) _mm256_storeu_pd(to + 4 * i, v[i]);
    }
};

inline Pack<float> mul(const Pack<float>& a, const Pack<float>& b) {
    return {{_mm256_mul_ps(a.v[0], b.v[0]), _mm256_mul_ps(a.v[1], b.v[1])}};
}
inline Pack<float> fma(const Pack<float>& a, const Pack<float>& b, const Pack<float>& c) {
    return {{_mm256_fmadd_ps(a.v[0], b.v[0], c.v[0]), _mm256_fmadd_ps(a.v[1], b.v[1], c.v[1])}};
}
inline Pack<float> fnma(const Pack<float>& a, const Pack<float>& b, const Pack<float>& c) {
    return {{_mm256_fnmadd_ps(a.v[0], b.v[0], c.v[0]), _mm256_fnmadd_ps(a.v[1], b.v[1], c.v[1])}};
}
inline Pack<double> mul(const Pack<double>& a, const Pack<double>& b) {
    Pack<double> result;
    for (int i = 0; i < 4; ++i) result.v[i] = _mm256_mul_pd(a.v[i], b.v[i]);
    return result;
}
inline Pack<double> fma(const Pack<double>& a, const Pack<double>& b, const Pack<double>& c) {
    Pack<double> result;
    for (int i = 0; i < 4; ++i) result.v[i] = _mm256_fmadd_pd(a.v[i], b.v[i], c.v[i]);
    return result;
}
inline Pack<double> fnma(const Pack<double>& a, const Pack<double>& b, const Pack<double>& c) {
    Pack<double> result;
    for (int i = 0; i < 4; ++i) result.v[i] = _mm256_fnmadd_pd(a.v[i], b.v[i], c.v[i]);
    return result;
}
inline Pack<double> widen(const Pack<float>& a) {
    return {{_mm256_cvtps_pd(_mm256_castps256_ps128(a.v[0])),
             _mm256_cvtps_pd(_mm256_extractf128_ps(a.v[0], 1)),
             _mm256_cvtps_pd(_mm256_castps256_ps128(a.v[1])),
             _mm256_cvtps_pd(_mm256_extractf128_ps(a.v[1], 1))}};
}
inline Pack<double> widen(const Pack<double>& a) {
    return a;
}

// The lower halves of a and b, lanes in turn, and the upper halves.
inline Pack<float> zip(__m256 a, __m256 b) {
    const __m256 even = _mm256_unpacklo_ps(a, b), odd = _mm256_unpackhi_ps(a, b);
    return {{_mm256_permute2f128_ps(even, odd, 0x20), _mm256_permute2f128_ps(even, odd, 0x31)}};
}
inline Pack<float> zip_low(const Pack<float>& a, const Pack<float>& b) {
    return zip(a.v[0], b.v[0]);
}
inline Pack<float> zip_high(const Pack<float>& a, const Pack<float>& b) {
    return zip(a.v[1], b.v[1]);
}
inline Pack<double> zip(const __m256d* a, const __m256d* b) {
    Pack<double> result;
    for (int i = 0; i < 2; ++i) {
        const __m256d even = _mm256_unpacklo_pd(a[i], b[i]), odd = _mm256_unpackhi_pd(a[i], b[i]);
        result.v[2 * i] = _mm256_permute2f128_pd(even, odd, 0x20);
        result.v[2 * i + 1] = _mm256_permute2f128_pd(even, odd, 0x31);
    }
    return result;
}
inline Pack<double> zip_low(const Pack<double>& a, const Pack<double>& b) {
    return zip(a.v, b.v);
}
inline Pack<double> zip_high(const Pack<double>& a, const Pack<double>& b) {
    return zip(a.v + 2, b.v + 2);
}

// One register, for kernels that hold many numbers of which they need not see sixteen at a time.
template <class T>
struct Register;

template <>
struct Register<float> {
    static constexpr int kCount = 8;
    __m256 v;
    static Register load(const float* from) { return {_mm256_load_ps(from)}; }
    static Register broadcast(float value) { return {_mm256_set1_ps(value)}; }
    static Register zero() { return {_mm256_setzero_ps()}; }
    void store(float* to) const { _mm256_store_ps(to, v); }
};
template <>
struct Register<double> {
    static constexpr int kCount = 4;
    __m256d v;
    static Register load(const double* from) { return {_mm256_load_pd(from)}; }
    static Register broadcast(double value) { return {_mm256_set1_pd(value)}; }
    static Register zero() { return {_mm256_setzero_pd()}; }
    void store(double* to) const { _mm256_store_pd(to, v); }
};

inline Register<float> product(const Register<float>& a, const Register<float>& b) {
    return {_mm256_mul_ps(a.v, b.v)};
}
inline Register<double> product(const Register<double>& a, const Register<double>& b) {
    return {_mm256_mul_pd(a.v, b.v)};
}
template <class T>
Register<T> copied(const Register<T>& a) {
    return a;
}
// to += a b or to -= a b with one rounding.
inline void add_product(Register<float>& to, const Register<float>& a, const Register<float>& b) {
    to.v = _mm256_fmadd_ps(a.v, b.v, to.v);
}
inline void subtract_product(Register<float>& to, const Register<float>& a,
                             const Register<float>& b) {
    to.v = _mm256_fnmadd_ps(a.v, b.v, to.v);
}
inline void add_product(Register<double>& to, const Register<double>& a,
                        const Register<double>& b) {
    to.v = _mm256_fmadd_pd(a.v, b.v, to.v);
}
inline void subtract_product(Register<double>& to, const Register<double>& a,
                             const Register<double>& b) {
    to.v = _mm256_fnmadd_pd(a.v, b.v, to.v);
}

// Lanes of a where the sign of `chooser` is set, else of b.
inline Pack<float> select_negative(const Pack<float>& chooser, const Pack<float>& a,
                                   const Pack<float>& b) {
    return {{_mm256_blendv_ps(b.v[0], a.v[0], chooser.v[0]),
             _mm256_blendv_ps(b.v[1], a.v[1], chooser.v[1])}};
}
inline Pack<double> select_negative(const Pack<double>& chooser, const Pack<double>& a,
                                    const Pack<double>& b) {
    Pack<double> result;
    for (int i = 0; i < 4; ++i) result.v[i] = _mm256_blendv_pd(b.v[i], a.v[i], chooser.v[i]);
    return result;
}

template <class T>
struct Permuter;

template <>
struct Permuter<float> {
    __m256i index;
    bool exchange;
    explicit Permuter(int flip)
        : index(_mm256_xor_si256(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                 _mm256_set1_epi32(flip & 7))),
          exchange((flip & 8) != 0) {}
    Pack<float> operator()(const Pack<float>& a) const {
        const __m256 lo = _mm256_permutevar8x32_ps(a.v[0], index);
        const __m256 hi = _mm256_permutevar8x32_ps(a.v[1], index);
        return exchange ? Pack<float>{{hi, lo}} : Pack<float>{{lo, hi}};
    }
};

template <>
struct Permuter<double> {
    __m256i index;  // pairs of 32-bit lanes
    bool near_exchange;
    bool far_exchange;
    explicit Permuter(int flip)
        : index(_mm256_xor_si256(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                 _mm256_set1_epi32(2 * (flip & 3)))),
          near_exchange((flip & 4) != 0),
          far_exchange((flip & 8) != 0) {}
    __m256d inside(__m256d a) const {
        return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(a), index));
    }
    Pack<double> operator()(const Pack<double>& a) const {
        __m256d r0 = inside(a.v[0]), r1 = inside(a.v[1]), r2 = inside(a.v[2]), r3 = inside(a.v[3]);
        if (near_exchange) {
            const __m256d s0 = r0, s2 = r2;
            r0 = r1, r1 = s0, r2 = r3, r3 = s2;
        }
        return far_exchange ? Pack<double>{{r2, r3, r0, r1}} : Pack<double>{{r0, r1, r2, r3}};
    }
};
