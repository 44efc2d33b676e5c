#pragma once

// Random steps, and the definition of each shape of step, one amplitude at a time.

#include <algorithm>
#include <complex>
#include <cstdint>
#include <random>
#include <vector>

#include "base/statevector.h"
#include "program/step.h"

namespace ionsim::testing {

using Vector = std::vector<Complex>;

// The definition of a step, one amplitude at a time.
inline Vector reference(const Vector& in, const Step& step) {
    Vector out = in;
    for (std::uint64_t i = 0; i < in.size(); ++i) {
        const auto controlled = [&](const Control& c) { return (i & c.mask) == c.value; };
        if (const auto* s = std::get_if<DiagonalStep>(&step); s && controlled(s->control)) {
            std::size_t p = 0;
            for (std::size_t j = 0; j < s->selectors.size(); ++j)
                p |= std::size_t(parity(i & s->selectors[j])) << j;
            out[i] = s->factors[p] * in[i];
        }
        if (const auto* s = std::get_if<PairStep>(&step); s && controlled(s->control)) {
            const auto p = static_cast<std::size_t>(parity(i & s->selectors[0]) |
                                                    parity(i & s->selectors[1]) << 1);
            out[i] = s->keep[p] * in[i] + s->swap[p] * in[i ^ s->flip];
        }
        if (const auto* s = std::get_if<DenseStep>(&step); s && controlled(s->control)) {
            const std::size_t n = std::size_t{1} << s->qubits.size();
            std::size_t row = 0;
            for (std::size_t j = 0; j < s->qubits.size(); ++j)
                row |= std::size_t((i >> s->qubits[j]) & 1) << j;
            out[i] = 0;
            for (std::size_t column = 0; column < n; ++column) {
                std::uint64_t from = i;
                for (std::size_t j = 0; j < s->qubits.size(); ++j) {
                    if (((row ^ column) >> j) & 1) from ^= bit(s->qubits[j]);
                }
                out[i] += s->matrix[row * n + column] * in[from];
            }
        }
    }
    return out;
}

struct Dice {
    std::mt19937_64 engine{20261122};
    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine); }
    double real() { return std::uniform_real_distribution<double>(-1, 1)(engine); }
    Complex complex() {
        switch (below(4)) {  // zeros and pure numbers choose other kernels
            case 0:
                return {real(), 0};
            case 1:
                return {0, real()};
            default:
                return {real(), real()};
        }
    }
    std::vector<int> qubits(int n, int count) {
        std::vector<int> all(static_cast<std::size_t>(n));
        for (int q = 0; q < n; ++q) all[static_cast<std::size_t>(q)] = q;
        std::shuffle(all.begin(), all.end(), engine);
        all.resize(static_cast<std::size_t>(count));
        return all;
    }
    Control control(const std::vector<int>& qubits) {
        Control control;
        for (const int q : qubits) {
            control.mask |= bit(q);
            if (below(2)) control.value |= bit(q);
        }
        return control;
    }
    // Any step on n qubits: targets and controls disjoint, as they are in programs.
    Step step(int n) {
        const int targets = 1 + below(std::min(n, 3));
        const int controls = below(std::min(n - targets, 7) + 1);
        auto chosen = qubits(n, targets + controls);
        const std::vector<int> rest(chosen.begin() + targets, chosen.end());
        chosen.resize(static_cast<std::size_t>(targets));
        std::uint64_t mask = 0;
        for (const int q : chosen) mask |= bit(q);
        const Control on = control(rest);
        const auto some = [&] { return mask & engine(); };
        switch (below(3)) {
            case 0: {
                DiagonalStep s{on, {}, {}};
                for (int k = below(4); k > 0; --k) s.selectors.push_back(some());
                s.factors.resize(std::size_t{1} << s.selectors.size());
                const bool only_real = below(3) == 0;
                for (auto& f : s.factors) f = only_real ? Complex{real()} : complex();
                return s;
            }
            case 1: {
                PairStep s{on, mask, {some(), below(2) ? some() : 0}, {}, {}};
                const int keep = below(3);
                const int swap = below(3);
                for (auto& k : s.keep)
                    k = keep == 0 ? Complex{} : keep == 1 ? Complex{real()} : complex();
                for (auto& k : s.swap)
                    k = swap == 0 ? Complex{real()} : swap == 1 ? Complex{0, real()} : complex();
                return s;
            }
            default: {
                DenseStep s{on, chosen, {}};
                s.matrix.resize(std::size_t{1} << (2 * targets));
                for (auto& f : s.matrix) f = complex();
                return s;
            }
        }
    }
};

template <class T>
Statevector<T> stored(const Vector& amplitudes, int qubits) {
    Statevector<T> state(qubits);
    std::fill_n(state.data(), 2 * kLanes * state.blocks(), T{0});
    for (std::uint64_t i = 0; i < amplitudes.size(); ++i) {
        T* re = state.data() + 2 * kLanes * (i / kLanes) + i % kLanes;
        re[0] = static_cast<T>(amplitudes[i].real());
        re[kLanes] = static_cast<T>(amplitudes[i].imag());
    }
    return state;
}

}  // namespace ionsim::testing
