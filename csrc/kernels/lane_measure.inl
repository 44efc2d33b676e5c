// Measurements in sixteen trajectories side by side.

// Pairs of amplitudes i and i ^ flip, whose bit `pivot` is 0 in i, numbered by the other bits of i.
struct Pairs {
    std::uint64_t pivot;
    std::uint64_t flip;
    std::uint64_t first(std::uint64_t number) const {
        const std::uint64_t low = number & (pivot - 1);
        return ((number ^ low) << 1) | low;
    }
};

// re0 and im0 plus t times the other pair, or i t times it.
template <bool kImaginary, class T>
inline void mix(const Pack<T>& t, const Pack<T>& re1, const Pack<T>& im1, Pack<T>& re0,
                Pack<T>& im0) {
    if constexpr (kImaginary) {
        re0 = fnma(t, im1, re0);
        im0 = fma(t, re1, im0);
    } else {
        re0 = fma(t, re1, re0);
        im0 = fma(t, im1, im0);
    }
}

// Sums of squares: in the precision of the amplitudes over a few of them, then in double.
template <class T>
struct SquareSum {
    Pack<double> sum = Pack<double>::broadcast(0.0);
    Pack<T> part = Pack<T>::broadcast(T(0));
    void add(const Pack<T>& re, const Pack<T>& im) { part = fma(im, im, fma(re, re, part)); }
    void widen_part() {
        sum = fma(widen(part), Pack<double>::broadcast(1.0), sum);
        part = Pack<T>::broadcast(T(0));
    }
};

// Calls body(number) for all numbers, and after every few of them closes both sums.
template <class T, class Body>
inline void sum_in_parts(std::uint64_t count, double* sums, Body&& body) {
    constexpr std::uint64_t kPart = 4;
    SquareSum<T> total[2];
    for (std::uint64_t begin = 0; begin < count; begin += kPart) {
        const std::uint64_t end = begin + kPart < count ? begin + kPart : count;
        for (std::uint64_t number = begin; number < end; ++number) body(number, total[0], total[1]);
        total[0].widen_part();
        total[1].widen_part();
    }
    total[0].sum.store(sums);
    total[1].sum.store(sums + 16);
}

template <bool kImaginary, class T>
void paired_norms(const T* state, std::uint64_t size, LanePauli pauli, bool minus, double* sums) {
    const Pairs pairs{top_bit(pauli.x), pauli.x};
    const Pack<T> t[2] = {Pack<T>::broadcast(T(1)), Pack<T>::broadcast(T(-1))};
    sum_in_parts<T>(size / 2, sums,
                    [&](std::uint64_t number, SquareSum<T>& plus, SquareSum<T>& less) {
                        const std::uint64_t i = pairs.first(number);
                        const T* a = state + 32 * i;
                        const T* b = state + 32 * (i ^ pauli.x);
                        const bool sign = odd((i ^ pauli.x) & pauli.z) != minus;
                        const auto re1 = Pack<T>::load(b), im1 = Pack<T>::load(b + 16);
                        auto re = Pack<T>::load(a), im = Pack<T>::load(a + 16);
                        auto other_re = re, other_im = im;
                        mix<kImaginary>(t[sign], re1, im1, re, im);
                        mix<kImaginary>(t[!sign], re1, im1, other_re, other_im);
                        plus.add(re, im);
                        less.add(other_re, other_im);
                    });
}

template <class T>
void lane_norms(const T* state, std::uint64_t size, LanePauli pauli, double* sums) {
    const auto square = [&](SquareSum<T>& sum, std::uint64_t i) {
        const T* a = state + 32 * i;
        sum.add(Pack<T>::load(a), Pack<T>::load(a + 16));
    };
    if (pauli.x != 0) {
        const unsigned phase = letter_phase(pauli);
        (phase & 1U ? paired_norms<true, T> : paired_norms<false, T>)(state, size, pauli,
                                                                      phase >= 2, sums);
    } else if (pauli.z != 0) {
        const Pairs pairs{top_bit(pauli.z), top_bit(pauli.z)};
        sum_in_parts<T>(size / 2, sums,
                        [&](std::uint64_t number, SquareSum<T>& even, SquareSum<T>& uneven) {
                            const std::uint64_t i = pairs.first(number);
                            const std::uint64_t swap = odd(i & pauli.z) ? pairs.pivot : 0;
                            square(even, i ^ swap);
                            square(uneven, i ^ swap ^ pairs.pivot);
                        });
    } else {
        sum_in_parts<T>(size, sums,
                        [&](std::uint64_t i, SquareSum<T>& all, SquareSum<T>&) { square(all, i); });
    }
}

template <class T>
void collapse_diagonal(T* state, std::uint64_t size, std::uint64_t z, const T* ones,
                       const T* factors) {
    const Pairs pairs{top_bit(z), top_bit(z)};
    const Pack<T> factor = Pack<T>::load(factors);
    const Pack<T> uneven = mul(Pack<T>::load(ones), factor);
    const Pack<T> even = fnma(Pack<T>::load(ones), factor, factor);
    T* to = state;
    for (std::uint64_t number = 0; number < size / 2; ++number, to += 32) {
        const std::uint64_t i = pairs.first(number);
        const std::uint64_t swap = odd(i & z) ? pairs.pivot : 0;
        const T* a = state + 32 * (i ^ swap);
        const T* b = state + 32 * (i ^ swap ^ pairs.pivot);
        const auto re = fma(uneven, Pack<T>::load(b), mul(even, Pack<T>::load(a)));
        const auto im = fma(uneven, Pack<T>::load(b + 16), mul(even, Pack<T>::load(a + 16)));
        re.store(to);
        im.store(to + 16);
    }
}

template <bool kImaginary, class T>
void collapse_paired(T* state, std::uint64_t size, LanePauli pauli, bool minus, const T* ones,
                     const T* factors) {
    const Pairs pairs{top_bit(pauli.x), pauli.x};
    const Pack<T> factor = Pack<T>::load(factors);
    const Pack<T> plus =
        fnma(Pack<T>::load(ones), Pack<T>::broadcast(T(2)), Pack<T>::broadcast(T(1)));  // 1 or -1
    const Pack<T> t[2] = {plus, mul(plus, Pack<T>::broadcast(T(-1)))};
    T* to = state;
    for (std::uint64_t number = 0; number < size / 2; ++number, to += 32) {
        const std::uint64_t i = pairs.first(number);
        const T* a = state + 32 * i;
        const T* b = state + 32 * (i ^ pauli.x);
        const bool sign = odd((i ^ pauli.x) & pauli.z) != minus;
        auto re = Pack<T>::load(a), im = Pack<T>::load(a + 16);
        mix<kImaginary>(t[sign], Pack<T>::load(b), Pack<T>::load(b + 16), re, im);
        mul(re, factor).store(to);
        mul(im, factor).store(to + 16);
    }
}

template <class T>
void lane_collapse(T* state, std::uint64_t size, LanePauli pauli, const T* ones, const T* factors) {
    if (pauli.x == 0) return collapse_diagonal(state, size, pauli.z, ones, factors);
    const unsigned phase = letter_phase(pauli);
    (phase & 1U ? collapse_paired<true, T> : collapse_paired<false, T>)(state, size, pauli,
                                                                        phase >= 2, ones, factors);
}
