// Sixteen numbers in NEON registers: four of float, eight of double.

// Whether the blocks of a visit fit the processor's registers.
inline constexpr bool kManyRegisters = false;
// The same for the single registers of a group of trajectories (lane_visit.inl).
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kGroupInRegisters = false;
#else
inline constexpr bool kGroupInRegisters = true;
#endif

template <class T>
struct Pack;

template <>
struct Pack<float> {
    static constexpr int kRegisters = 4;
    float32x4_t v[kRegisters];
    static Pack load(const float* from) {
        Pack result;
        for (int i = 0; i < kRegisters; ++i) result.v[i] = vld1q_f32(from + 4 * i);
        return result;
    }
    static Pack broadcast(float value) {
        Pack result;
        for (int i = 0; i < kRegisters; ++i) result.v[i] = vdupq_n_f32(value);
        return result;
    }
    void store(float* to) const {
        for (int i = 0; i < kRegisters; ++i) vst1q_f32(to + 4 * i, v[i]);
    }
};

template <>
struct Pack<double> {
    static constexpr int kRegisters = 8;
    float64x2_t v[kRegisters];
    static Pack load(const double* from) {
        Pack result;
        for (int i = 0; i < kRegisters; ++i) result.v[i] = vld1q_f64(from + 2 * i);
        return result;
    }
    static Pack broadcast(double value) {
        Pack result;
        for (int i = 0; i < kRegisters; ++i) result.v[i] = vdupq_n_f64(value);
        return result;
    }
    void store(double* to) const {
        for (int i = 0; i < kRegisters; ++i) vst1q_f64(to + 2 * i, v[i]);
    }
    void store_unaligned(double* to) const { store(to); }
};

inline float32x4_t multiply(float32x4_t a, float32x4_t b) {
    return vmulq_f32(a, b);
}
inline float64x2_t multiply(float64x2_t a, float64x2_t b) {
    return vmulq_f64(a, b);
}
inline float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) {
    return vfmaq_f32(c, a, b);
}
inline float64x2_t multiply_add(float64x2_t a, float64x2_t b, float64x2_t c) {
    return vfmaq_f64(c, a, b);
}
inline float32x4_t multiply_subtract(float32x4_t a, float32x4_t b, float32x4_t c) {
    return vfmsq_f32(c, a, b);
}
inline float64x2_t multiply_subtract(float64x2_t a, float64x2_t b, float64x2_t c) {
    return vfmsq_f64(c, a, b);
}

template <class T>
Pack<T> mul(const Pack<T>& a, const Pack<T>& b) {
    Pack<T> result;
    for (int i = 0; i < Pack<T>::kRegisters; ++i) result.v[i] = multiply(a.v[i], b.v[i]);
    return result;
}
template <class T>
Pack<T> fma(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
    Pack<T> result;
    for (int i = 0; i < Pack<T>::kRegisters; ++i)
        result.v[i] = multiply_add(a.v[i], b.v[i], c.v[i]);
    return result;
}
template <class T>
Pack<T> fnma(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
    Pack<T> result;
    for (int i = 0; i < Pack<T>::kRegisters; ++i) {
        result.v[i] = multiply_subtract(a.v[i], b.v[i], c.v[i]);
    }
    return result;
}
inline Pack<double> widen(const Pack<float>& a) {
    Pack<double> result;
    for (int i = 0; i < 4; ++i) {
        result.v[2 * i] = vcvt_f64_f32(vget_low_f32(a.v[i]));
        result.v[2 * i + 1] = vcvt_high_f64_f32(a.v[i]);
    }
    return result;
}
inline Pack<double> widen(const Pack<double>& a) {
    return a;
}

inline float32x4_t zip_first(float32x4_t a, float32x4_t b) {
    return vzip1q_f32(a, b);
}
inline float32x4_t zip_last(float32x4_t a, float32x4_t b) {
    return vzip2q_f32(a, b);
}
inline float64x2_t zip_first(float64x2_t a, float64x2_t b) {
    return vzip1q_f64(a, b);
}
inline float64x2_t zip_last(float64x2_t a, float64x2_t b) {
    return vzip2q_f64(a, b);
}

// The halves of a and b from register `first` on, lanes in turn.
template <class T>
Pack<T> zip(const Pack<T>& a, const Pack<T>& b, int first) {
    Pack<T> result;
    for (int i = 0; i < Pack<T>::kRegisters / 2; ++i) {
        result.v[2 * i] = zip_first(a.v[first + i], b.v[first + i]);
        result.v[2 * i + 1] = zip_last(a.v[first + i], b.v[first + i]);
    }
    return result;
}
template <class T>
Pack<T> zip_low(const Pack<T>& a, const Pack<T>& b) {
    return zip(a, b, 0);
}
template <class T>
Pack<T> zip_high(const Pack<T>& a, const Pack<T>& b) {
    return zip(a, b, Pack<T>::kRegisters / 2);
}

// One register, for kernels that hold many numbers of which they need not see sixteen at a time.
template <class T>
struct Register;

template <>
struct Register<float> {
    static constexpr int kCount = 4;
    float32x4_t v;
    static Register load(const float* from) { return {vld1q_f32(from)}; }
    static Register broadcast(float value) { return {vdupq_n_f32(value)}; }
    static Register zero() { return {vdupq_n_f32(0.0F)}; }
    void store(float* to) const { vst1q_f32(to, v); }
};
template <>
struct Register<double> {
    static constexpr int kCount = 2;
    float64x2_t v;
    static Register load(const double* from) { return {vld1q_f64(from)}; }
    static Register broadcast(double value) { return {vdupq_n_f64(value)}; }
    static Register zero() { return {vdupq_n_f64(0.0)}; }
    void store(double* to) const { vst1q_f64(to, v); }
};

template <class T>
Register<T> product(const Register<T>& a, const Register<T>& b) {
    return {multiply(a.v, b.v)};
}
template <class T>
Register<T> copied(const Register<T>& a) {
    return a;
}
// to += a b or to -= a b with one rounding.
template <class T>
void add_product(Register<T>& to, const Register<T>& a, const Register<T>& b) {
    to.v = multiply_add(a.v, b.v, to.v);
}
template <class T>
void subtract_product(Register<T>& to, const Register<T>& a, const Register<T>& b) {
    to.v = multiply_subtract(a.v, b.v, to.v);
}

inline float32x4_t choose_negative(float32x4_t chooser, float32x4_t a, float32x4_t b) {
    return vbslq_f32(vcltzq_f32(chooser), a, b);
}
inline float64x2_t choose_negative(float64x2_t chooser, float64x2_t a, float64x2_t b) {
    return vbslq_f64(vcltzq_f64(chooser), a, b);
}

// Lanes of a where `chooser` is negative, else of b.
template <class T>
Pack<T> select_negative(const Pack<T>& chooser, const Pack<T>& a, const Pack<T>& b) {
    Pack<T> result;
    for (int i = 0; i < Pack<T>::kRegisters; ++i) {
        result.v[i] = choose_negative(chooser.v[i], a.v[i], b.v[i]);
    }
    return result;
}

inline float32x4_t exchange_lanes(float32x4_t a, int flip) {
    if (flip & 1) a = vrev64q_f32(a);
    if (flip & 2) a = vextq_f32(a, a, 2);
    return a;
}
inline float64x2_t exchange_lanes(float64x2_t a, int flip) {
    return (flip & 1) ? vextq_f64(a, a, 1) : a;
}

template <class T>
struct Permuter {
    static constexpr int kInside = 16 / Pack<T>::kRegisters;  // lanes of a register
    int inside;
    int across;
    explicit Permuter(int flip) : inside(flip & (kInside - 1)), across(flip / kInside) {}
    Pack<T> operator()(const Pack<T>& a) const {
        Pack<T> result;
        for (int i = 0; i < Pack<T>::kRegisters; ++i) {
            result.v[i] = exchange_lanes(a.v[i ^ across], inside);
        }
        return result;
    }
};
