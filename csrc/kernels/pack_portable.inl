// Sixteen numbers in plain C++. The fused multiply-add is the library's where the processor has
// none: slow there, but with the same bits as everywhere else.

// Whether the blocks of a visit fit the processor's registers.
inline constexpr bool kManyRegisters = false;
// The same for the single registers of a group of trajectories (lane_visit.inl).
inline constexpr bool kGroupInRegisters = false;

template <class T>
struct Pack {
    T lane[16];

    static Pack load(const T* from) {
        Pack result;
        for (int i = 0; i < 16; ++i) result.lane[i] = from[i];
        return result;
    }
    static Pack broadcast(T value) {
        Pack result;
        for (int i = 0; i < 16; ++i) result.lane[i] = value;
        return result;
    }
    void store(T* to) const {
        for (int i = 0; i < 16; ++i) to[i] = lane[i];
    }
    void store_unaligned(T* to) const { store(to); }
};

inline float fused(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}
inline double fused(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}

template <class T>
Pack<T> mul(const Pack<T>& a, const Pack<T>& b) {
    Pack<T> result;
    for (int i = 0; i < 16; ++i) result.lane[i] = a.lane[i] * b.lane[i];
    return result;
}

// a b + c with one rounding.
template <class T>
Pack<T> fma(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
    Pack<T> result;
    for (int i = 0; i < 16; ++i) result.lane[i] = fused(a.lane[i], b.lane[i], c.lane[i]);
    return result;
}

// c - a b with one rounding.
template <class T>
Pack<T> fnma(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
    Pack<T> result;
    for (int i = 0; i < 16; ++i) result.lane[i] = fused(-a.lane[i], b.lane[i], c.lane[i]);
    return result;
}

// The lower halves of a and b, lanes in turn, and the upper halves.
template <class T>
Pack<T> zip(const T* a, const T* b) {
    Pack<T> result;
    for (int i = 0; i < 8; ++i) {
        result.lane[2 * i] = a[i];
        result.lane[2 * i + 1] = b[i];
    }
    return result;
}
template <class T>
Pack<T> zip_low(const Pack<T>& a, const Pack<T>& b) {
    return zip(a.lane, b.lane);
}
template <class T>
Pack<T> zip_high(const Pack<T>& a, const Pack<T>& b) {
    return zip(a.lane + 8, b.lane + 8);
}

// What the processor takes at a time, in the kernels for which sixteen numbers are too many.
template <class T>
struct Register {
    static constexpr int kCount = 4;
    T lane[kCount];
    static Register load(const T* from) { return {from[0], from[1], from[2], from[3]}; }
    static Register broadcast(T value) { return {value, value, value, value}; }
    static Register zero() { return {}; }
    void store(T* to) const {
        for (int i = 0; i < kCount; ++i) to[i] = lane[i];
    }
};

template <class T>
Register<T> product(const Register<T>& a, const Register<T>& b) {
    Register<T> result;
    for (int i = 0; i < Register<T>::kCount; ++i) result.lane[i] = a.lane[i] * b.lane[i];
    return result;
}
template <class T>
Register<T> copied(const Register<T>& a) {
    return a;
}
// to += a b or to -= a b with one rounding.
template <class T>
void add_product(Register<T>& to, const Register<T>& a, const Register<T>& b) {
    for (int i = 0; i < Register<T>::kCount; ++i) {
        to.lane[i] = fused(a.lane[i], b.lane[i], to.lane[i]);
    }
}
template <class T>
void subtract_product(Register<T>& to, const Register<T>& a, const Register<T>& b) {
    for (int i = 0; i < Register<T>::kCount; ++i) {
        to.lane[i] = fused(-a.lane[i], b.lane[i], to.lane[i]);
    }
}

inline Pack<double> widen(const Pack<float>& a) {
    Pack<double> result;
    for (int i = 0; i < 16; ++i) result.lane[i] = static_cast<double>(a.lane[i]);
    return result;
}
inline Pack<double> widen(const Pack<double>& a) {
    return a;
}

// Lane i of the result is lane i ^ flip of the argument.
// Lanes of a where the sign of `chooser` is set, else of b.
template <class T>
Pack<T> select_negative(const Pack<T>& chooser, const Pack<T>& a, const Pack<T>& b) {
    Pack<T> result;
    for (int i = 0; i < 16; ++i)
        result.lane[i] = __builtin_signbit(chooser.lane[i]) ? a.lane[i] : b.lane[i];
    return result;
}

template <class T>
struct Permuter {
    int flip;
    explicit Permuter(int lane_flip) : flip(lane_flip) {}
    Pack<T> operator()(const Pack<T>& a) const {
        Pack<T> result;
        for (int i = 0; i < 16; ++i) result.lane[i] = a.lane[i ^ flip];
        return result;
    }
};
