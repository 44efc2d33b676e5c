// Sixteen numbers in AVX-512 registers: one of float, two of double.

// Whether the blocks of a visit fit the processor's registers. Under a sanitizer every access is a
// call, and the unrolled code would take longer to compile than all else together.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kManyRegisters = false;
#else
inline constexpr bool kManyRegisters = true;
#endif
// The same for the single registers of a group of trajectories (lane_visit.inl).
inline constexpr bool kGroupInRegisters = kManyRegisters;

template <class T>
struct Pack;

template <>
struct Pack<float> {
    __m512 v;
    static Pack load(const float* from) { return {_mm512_load_ps(from)}; }
    static Pack broadcast(float value) { return {_mm512_set1_ps(value)}; }
    void store(float* to) const { _mm512_store_ps(to, v); }
};

template <>
struct Pack<double> {
    __m512d lo, hi;
    static Pack load(const double* from) {
        return {_mm512_load_pd(from), _mm512_load_pd(from + 8)};
    }
    static Pack broadcast(double value) { return {_mm512_set1_pd(value), _mm512_set1_pd(value)}; }
    void store(double* to) const {
        _mm512_store_pd(to, lo);
        _mm512_store_pd(to + 8, hi);
    }
    void store_unaligned(double* to) const {
        _mm512_storeu_pd(to, lo);
        _mm512_storeu_pd(to + 8, hi);
    }
};

inline Pack<float> mul(Pack<float> a, Pack<float> b) {
    return {_mm512_mul_ps(a.v, b.v)};
}
inline Pack<float> fma(Pack<float> a, Pack<float> b, Pack<float> c) {
    return {_mm512_fmadd_ps(a.v, b.v, c.v)};
}
inline Pack<float> fnma(Pack<float> a, Pack<float> b, Pack<float> c) {
    return {_mm512_fnmadd_ps(a.v, b.v, c.v)};
}
inline Pack<double> mul(Pack<double> a, Pack<double> b) {
    return {_mm512_mul_pd(a.lo, b.lo), _mm512_mul_pd(a.hi, b.hi)};
}
inline Pack<double> fma(Pack<double> a, Pack<double> b, Pack<double> c) {
    return {_mm512_fmadd_pd(a.lo, b.lo, c.lo), _mm512_fmadd_pd(a.hi, b.hi, c.hi)};
}
inline Pack<double> fnma(Pack<double> a, Pack<double> b, Pack<double> c) {
    return {_mm512_fnmadd_pd(a.lo, b.lo, c.lo), _mm512_fnmadd_pd(a.hi, b.hi, c.hi)};
}
inline Pack<double> widen(Pack<float> a) {
    return {_mm512_cvtps_pd(_mm512_castps512_ps256(a.v)),
            _mm512_cvtps_pd(_mm512_extractf32x8_ps(a.v, 1))};
}
inline Pack<double> widen(Pack<double> a) {
    return a;
}

// The lower halves of a and b, lanes in turn, and the upper halves.
inline Pack<float> zip_low(Pack<float> a, Pack<float> b) {
    const __m512i index = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return {_mm512_permutex2var_ps(a.v, index, b.v)};
}
inline Pack<float> zip_high(Pack<float> a, Pack<float> b) {
    const __m512i index =
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    return {_mm512_permutex2var_ps(a.v, index, b.v)};
}
inline Pack<double> zip(__m512d a, __m512d b) {
    const __m512i low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    const __m512i high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    return {_mm512_permutex2var_pd(a, low, b), _mm512_permutex2var_pd(a, high, b)};
}
inline Pack<double> zip_low(Pack<double> a, Pack<double> b) {
    return zip(a.lo, b.lo);
}
inline Pack<double> zip_high(Pack<double> a, Pack<double> b) {
    return zip(a.hi, b.hi);
}

// One register, for kernels that hold many numbers of which they need not see sixteen at a time.
template <class T>
struct Register;

template <>
struct Register<float> {
    static constexpr int kCount = 16;
    __m512 v;
    static Register load(const float* from) { return {_mm512_load_ps(from)}; }
    static Register broadcast(float value) { return {_mm512_set1_ps(value)}; }
    static Register zero() { return {_mm512_setzero_ps()}; }
    void store(float* to) const { _mm512_store_ps(to, v); }
};
template <>
struct Register<double> {
    static constexpr int kCount = 8;
    __m512d v;
    static Register load(const double* from) { return {_mm512_load_pd(from)}; }
    static Register broadcast(double value) { return {_mm512_set1_pd(value)}; }
    static Register zero() { return {_mm512_setzero_pd()}; }
    void store(double* to) const { _mm512_store_pd(to, v); }
};

// As those of packs.
inline Register<float> zip_low(Register<float> a, Register<float> b) {
    return {zip_low(Pack<float>{a.v}, Pack<float>{b.v}).v};
}
inline Register<float> zip_high(Register<float> a, Register<float> b) {
    return {zip_high(Pack<float>{a.v}, Pack<float>{b.v}).v};
}
inline Register<float> product(const Register<float>& a, const Register<float>& b) {
    return {_mm512_mul_ps(a.v, b.v)};
}
inline Register<double> product(const Register<double>& a, const Register<double>& b) {
    return {_mm512_mul_pd(a.v, b.v)};
}
// A copy, and to += a b or to -= a b with one rounding, in the registers where they are: the
// compiler would copy to and fro, which takes as long to issue as the products.
inline Register<float> copied(const Register<float>& a) {
    Register<float> result;
    __asm__("vmovaps %1, %0" : "=v"(result.v) : "v"(a.v));
    return result;
}
inline Register<double> copied(const Register<double>& a) {
    Register<double> result;
    __asm__("vmovapd %1, %0" : "=v"(result.v) : "v"(a.v));
    return result;
}
inline void add_product(Register<float>& to, const Register<float>& a, const Register<float>& b) {
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(to.v) : "v"(a.v), "v"(b.v));
}
inline void subtract_product(Register<float>& to, const Register<float>& a,
                             const Register<float>& b) {
    __asm__("vfnmadd231ps %2, %1, %0" : "+v"(to.v) : "v"(a.v), "v"(b.v));
}
inline void add_product(Register<double>& to, const Register<double>& a,
                        const Register<double>& b) {
    __asm__("vfmadd231pd %2, %1, %0" : "+v"(to.v) : "v"(a.v), "v"(b.v));
}
inline void subtract_product(Register<double>& to, const Register<double>& a,
                             const Register<double>& b) {
    __asm__("vfnmadd231pd %2, %1, %0" : "+v"(to.v) : "v"(a.v), "v"(b.v));
}

// Lanes of a where the sign of `chooser` is set, else of b.
inline Pack<float> select_negative(Pack<float> chooser, Pack<float> a, Pack<float> b) {
    return {_mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(chooser.v)), b.v, a.v)};
}
inline Pack<double> select_negative(Pack<double> chooser, Pack<double> a, Pack<double> b) {
    return {
        _mm512_mask_blend_pd(_mm512_movepi64_mask(_mm512_castpd_si512(chooser.lo)), b.lo, a.lo),
        _mm512_mask_blend_pd(_mm512_movepi64_mask(_mm512_castpd_si512(chooser.hi)), b.hi, a.hi)};
}

template <class T>
struct Permuter;

template <>
struct Permuter<float> {
    __m512i index;
    explicit Permuter(int flip)
        : index(_mm512_xor_si512(
              _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
              _mm512_set1_epi32(flip))) {}
    Pack<float> operator()(Pack<float> a) const { return {_mm512_permutexvar_ps(index, a.v)}; }
};

template <>
struct Permuter<double> {
    __m512i index;
    bool exchange;
    explicit Permuter(int flip)
        : index(_mm512_xor_si512(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7),
                                 _mm512_set1_epi64(flip & 7))),
          exchange((flip & 8) != 0) {}
    Pack<double> operator()(Pack<double> a) const {
        const __m512d lo = _mm512_permutexvar_pd(index, a.lo);
        const __m512d hi = _mm512_permutexvar_pd(index, a.hi);
        return exchange ? Pack<double>{hi, lo} : Pack<double>{lo, hi};
    }
};
