// Sixteen complex numbers, and the one rule by which every pair of amplitudes is updated.

template <class T>
struct ComplexPack {
    Pack<T> re, im;
    static ComplexPack load(const T* from) {
        return {Pack<T>::load(from), Pack<T>::load(from + kBlockLanes)};
    }
    void store(T* to) const {
        re.store(to);
        im.store(to + kBlockLanes);
    }
};

template <class T>
inline ComplexPack<T> permuted(const Permuter<T>& permute, const ComplexPack<T>& a) {
    return {permute(a.re), permute(a.im)};
}

// keep a + swap b, without the products that the kinds say are zero, or one.
template <class T, Keep K, Swap S>
inline ComplexPack<T> combined(const ComplexPack<T>& keep, const ComplexPack<T>& a,
                               const ComplexPack<T>& swap, const ComplexPack<T>& b) {
    ComplexPack<T> sum;
    if constexpr (K == Keep::kOne) {
        sum = a;
    } else if constexpr (K == Keep::kReal) {
        sum = {mul(keep.re, a.re), mul(keep.re, a.im)};
    } else if constexpr (K == Keep::kComplex) {
        sum = {fnma(keep.im, a.im, mul(keep.re, a.re)), fma(keep.im, a.re, mul(keep.re, a.im))};
    } else {
        sum = {Pack<T>::broadcast(T{0}), Pack<T>::broadcast(T{0})};
    }
    if constexpr (S == Swap::kReal || S == Swap::kComplex) {
        sum = {fma(swap.re, b.re, sum.re), fma(swap.re, b.im, sum.im)};
    }
    if constexpr (S == Swap::kImaginary || S == Swap::kComplex) {
        sum = {fnma(swap.im, b.im, sum.re), fma(swap.im, b.re, sum.im)};
    }
    return sum;
}
