// Vectors of single trajectories, into the lanes and out of them.

// Lanes that have few different vectors: each number goes to all of those at once.
template <class T>
void fill_shared(T* state, const T* const* vectors, int count,
                 const T (&shares)[kBlockLanes][kBlockLanes], std::uint64_t reals) {
    for (std::uint64_t i = 0; i < reals; ++i) {
        Pack<T> all = Pack<T>::broadcast(vectors[0][i]);
        if (count > 1) all = mul(all, Pack<T>::load(shares[0]));
        for (int vector = 1; vector < count; ++vector) {
            all = fma(Pack<T>::broadcast(vectors[vector][i]), Pack<T>::load(shares[vector]), all);
        }
        all.store(state + kBlockLanes * i);
    }
}

template <class T>
void lane_fill(T* state, const T* const* from, std::uint32_t which, std::uint64_t reals) {
    constexpr int kFew = 4;
    const T* vectors[kBlockLanes];
    alignas(64) T shares[kBlockLanes][kBlockLanes] = {};  // 1 in the lanes of each vector
    alignas(64) T chosen[kBlockLanes];
    int count = 0;
    for (int lane = 0; lane < kBlockLanes; ++lane) {
        const bool taken = ((which >> lane) & 1) != 0;
        chosen[lane] = taken ? T{-1} : T{1};
        if (!taken) continue;
        int vector = 0;
        while (vector < count && vectors[vector] != from[lane]) ++vector;
        if (vector == count) vectors[count++] = from[lane];
        shares[vector][lane] = T{1};
    }
    if (which == (1U << kBlockLanes) - 1 && count <= kFew) {
        fill_shared(state, vectors, count, shares, reals);
        return;
    }
    std::uint64_t i = 0;
    const Pack<T> chooser = Pack<T>::load(chosen);
    for (; i + kBlockLanes <= reals; i += kBlockLanes) {
        T* const rows = state + kBlockLanes * i;
        Pack<T> tile[kBlockLanes];
        for (int lane = 0; lane < kBlockLanes; ++lane) {
            // Those of the other lanes do not matter.
            tile[lane] = Pack<T>::load((((which >> lane) & 1) != 0 ? from[lane] : vectors[0]) + i);
        }
        transpose(tile);
        for (int k = 0; k < kBlockLanes; ++k) {
            T* const row = rows + kBlockLanes * k;
            select_negative(chooser, tile[k], Pack<T>::load(row)).store(row);
        }
    }
    for (; i < reals; ++i) {
        for (int lane = 0; lane < kBlockLanes; ++lane) {
            if ((which >> lane) & 1) state[kBlockLanes * i + lane] = from[lane][i];
        }
    }
}

template <class T>
void lane_keep(const T* state, T* const* to, std::uint64_t reals) {
    std::uint64_t i = 0;
    for (; i + kBlockLanes <= reals; i += kBlockLanes) {
        Pack<T> tile[kBlockLanes];
        for (int k = 0; k < kBlockLanes; ++k) {
            tile[k] = Pack<T>::load(state + kBlockLanes * (i + static_cast<std::uint64_t>(k)));
        }
        transpose(tile);
        for (int lane = 0; lane < kBlockLanes; ++lane) {
            if (to[lane] != nullptr) tile[lane].store(to[lane] + i);
        }
    }
    for (; i < reals; ++i) {
        for (int lane = 0; lane < kBlockLanes; ++lane) {
            if (to[lane] != nullptr) to[lane][i] = state[kBlockLanes * i + lane];
        }
    }
}
