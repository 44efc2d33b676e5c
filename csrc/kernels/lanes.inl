// Random numbers of sixteen trajectories, and the table of their kernels.

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
    std::uint32_t below(std::uint64_t limit) const {
        const __m512i all = _mm512_set1_epi64(static_cast<long long>(limit));
        return _mm512_cmplt_epu64_mask(v[0], all) |
               static_cast<std::uint32_t>(_mm512_cmplt_epu64_mask(v[1], all)) << 8;
    }
#elif defined(__AVX2__)
    static constexpr int kParts = 4;
    __m256i v[kParts];
    template <class Part>
    static Words each(Part&& part) {
        return {{part(0), part(1), part(2), part(3)}};
    }
    static Words load(const std::uint64_t* from) {
        return each([&](int i) {
            return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 4 * i));
        });
    }
    static Words broadcast(std::uint64_t value) {
        const __m256i all = _mm256_set1_epi64x(static_cast<long long>(value));
        return {{all, all, all, all}};
    }
    void store(std::uint64_t* to) const {
        for (int i = 0; i < kParts; ++i) {
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 4 * i), v[i]);
        }
    }
    Words times(std::uint32_t factor) const {
        const __m256i all = _mm256_set1_epi64x(factor);
        return each([&](int i) { return _mm256_mul_epu32(v[i], all); });
    }
    Words high() const {
        return each([&](int i) { return _mm256_srli_epi64(v[i], 32); });
    }
    Words raised() const {
        return each([&](int i) { return _mm256_slli_epi64(v[i], 32); });
    }
    Words operator^(const Words& o) const {
        return each([&](int i) { return _mm256_xor_si256(v[i], o.v[i]); });
    }
    Words low() const {
        const __m256i mask = _mm256_set1_epi64x(0xFFFFFFFFLL);
        return each([&](int i) { return _mm256_and_si256(v[i], mask); });
    }
    std::uint32_t below(std::uint64_t limit) const {
        // The processor compares numbers with signs.
        const std::uint64_t top = std::uint64_t{1} << 63;
        const __m256i shift = _mm256_set1_epi64x(static_cast<long long>(top));
        const __m256i all = _mm256_set1_epi64x(static_cast<long long>(limit ^ top));
        std::uint32_t bits = 0;
        for (int i = 0; i < kParts; ++i) {
            const __m256i less = _mm256_cmpgt_epi64(all, _mm256_xor_si256(v[i], shift));
            bits |= static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(less)))
                    << (4 * i);
        }
        return bits;
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
    std::uint32_t below(std::uint64_t limit) const {
        std::uint32_t bits = 0;
        for (unsigned i = 0; i < 16; ++i) bits |= static_cast<std::uint32_t>(v[i] < limit) << i;
        return bits;
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
    const Words first = c0.low() ^ c1.raised();
    const Words second = c2.low() ^ c3.raised();
    first.store(words);
    second.store(words + 16);
    return first.below(below[0]) | second.below(below[1]) << 16;
}

template <class T>
constexpr LaneTable<T> make_lanes() {
    return {&lane_tangents<T>, &lane_rotate<T>, &lane_expand<T>, &lane_visit<T>, &lane_norms<T>,
            &lane_collapse<T>, &lane_scale<T>,  &lane_fill<T>,   &lane_keep<T>};
}
