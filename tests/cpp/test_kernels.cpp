// Every shape of step on every instruction set that runs here, against a plain loop over amplitudes,
// and the instruction sets against each other, bit by bit.

#include <cmath>
#include <complex>
#include <cstring>
#include <random>
#include <vector>

#include "base/statevector.h"
#include "check.h"
#include "kernels/kernels.h"
#include "noise/frame.h"
#include "program/step.h"
#include "run/prepare.h"

using namespace ionsim;

namespace {

using Vector = std::vector<Complex>;

// The definition of a step, one amplitude at a time.
Vector reference(const Vector& in, const Step& step) {
    Vector out = in;
    for (std::uint64_t i = 0; i < in.size(); ++i) {
        const auto controlled = [&](const Control& c) { return (i & c.mask) == c.value; };
        if (const auto* s = std::get_if<DiagonalStep>(&step); s && controlled(s->control)) {
            std::size_t p = 0;
            for (std::size_t j = 0; j < s->selectors.size(); ++j) p |= std::size_t(parity(i & s->selectors[j])) << j;
            out[i] = s->factors[p] * in[i];
        }
        if (const auto* s = std::get_if<PairStep>(&step); s && controlled(s->control)) {
            const auto p = static_cast<std::size_t>(parity(i & s->selectors[0]) | parity(i & s->selectors[1]) << 1);
            out[i] = s->keep[p] * in[i] + s->swap[p] * in[i ^ s->flip];
        }
        if (const auto* s = std::get_if<DenseStep>(&step); s && controlled(s->control)) {
            const std::size_t n = std::size_t{1} << s->qubits.size();
            std::size_t row = 0;
            for (std::size_t j = 0; j < s->qubits.size(); ++j) row |= std::size_t((i >> s->qubits[j]) & 1) << j;
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
            case 0: return {real(), 0};
            case 1: return {0, real()};
            default: return {real(), real()};
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
                for (auto& k : s.keep) k = keep == 0 ? Complex{} : keep == 1 ? Complex{real()} : complex();
                for (auto& k : s.swap) k = swap == 0 ? Complex{real()} : swap == 1 ? Complex{0, real()} : complex();
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
const kernels::KernelTable<T>& table_of(const kernels::Isa& isa) {
    if constexpr (std::is_same_v<T, float>) return *isa.single;
    else return *isa.twice;
}

template <class T>
void apply(const kernels::KernelTable<T>& table, Statevector<T>& state, const Step& step) {
    AlignedBuffer<T> memory;
    const auto groups = [&](const kernels::BlockSelection& s) { return bit(state.block_bits() - s.count); };
    if (const auto* s = std::get_if<DiagonalStep>(&step)) {
        const auto plan = prepare(*s, memory);
        table.diagonal(state.data(), plan, 0, groups(plan.selection));
    } else if (const auto* p = std::get_if<PairStep>(&step)) {
        kernels::PairPlan<T> plan;
        prepare(*p, plan);
        // In two pieces, as threads would: the border must not matter.
        const std::uint64_t all = groups(plan.selection);
        table.pair(state.data(), plan, 0, all / 3);
        table.pair(state.data(), plan, all / 3, all);
    } else if (const auto* d = std::get_if<DenseStep>(&step)) {
        const auto plan = prepare(*d, memory);
        table.dense(state.data(), plan, 0, groups(plan.selection));
    }
}

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

template <class T>
void compare_all(double tolerance) {
    const auto list = kernels::compiled_isas();
    Dice dice;
    for (int round = 0; round < 1500; ++round) {
        const int n = 1 + dice.below(9);
        const Step step = dice.step(n);
        Vector amplitudes(std::size_t{1} << n);
        for (auto& a : amplitudes) a = Complex{static_cast<T>(dice.real()), static_cast<T>(dice.real())};
        const Vector expected = reference(amplitudes, step);
        std::vector<T> first;
        for (int k = 0; k < list.count; ++k) {
            const kernels::Isa& isa = list.entries[k];
            if (!isa.runs_here()) continue;
            auto state = stored<T>(amplitudes, n);
            apply(table_of<T>(isa), state, step);
            double worst = 0.0;
            for (std::uint64_t i = 0; i < amplitudes.size(); ++i) {
                const auto got = state[i];
                worst = std::max(worst, std::abs(Complex{got.real(), got.imag()} - expected[i]));
            }
            CHECK_CLOSE(worst, 0.0, tolerance);
            std::vector<T> bits(state.data(), state.data() + 2 * kLanes * state.blocks());
            for (T& value : bits) value += T{0};  // -0 and 0 are the same amplitude
            if (first.empty()) first = bits;
            CHECK(std::memcmp(first.data(), bits.data(), bits.size() * sizeof(T)) == 0);
        }
    }
}

template <class T>
void compare_sums() {
    const auto list = kernels::compiled_isas();
    Dice dice;
    for (int n = 4; n <= 10; ++n) {
        Vector amplitudes(std::size_t{1} << n);
        for (auto& a : amplitudes) a = Complex{static_cast<T>(dice.real()), static_cast<T>(dice.real())};
        const auto state = stored<T>(amplitudes, n);
        double norm = 0.0;
        for (const auto& a : amplitudes) norm += std::norm(a);
        const std::uint64_t x = dice.engine() & low_bits(n);
        const std::uint64_t z = dice.engine() & low_bits(n);
        Complex pauli = 0;
        for (std::uint64_t i = 0; i < amplitudes.size(); ++i) {
            pauli += (parity(i & z) ? -1.0 : 1.0) * std::conj(amplitudes[i]) * amplitudes[i ^ x];
        }
        kernels::PauliSumPlan plan{};
        plan.block_flip = x >> kLaneQubits;
        plan.lane_flip = static_cast<int>(x & kLaneMask);
        plan.sign_blocks = z >> kLaneQubits;
        for (int lane = 0; lane < kLanes; ++lane) plan.lane_sign[lane] = parity(std::uint64_t(lane) & z) ? -1 : 1;
        std::vector<double> first;
        for (int k = 0; k < list.count; ++k) {
            if (!list.entries[k].runs_here()) continue;
            const auto& table = table_of<T>(list.entries[k]);
            std::vector<double> all(amplitudes.size() + 3);
            table.probabilities(state.data(), 0, state.blocks(), all.data());
            for (std::uint64_t i = 0; i < amplitudes.size(); ++i) {
                CHECK_CLOSE(all[i], std::norm(amplitudes[i]), 1e-15);
            }
            all[amplitudes.size()] = table.norm(state.data(), 0, state.blocks());
            table.pauli_sum(state.data(), plan, 0, state.blocks(), all.data() + amplitudes.size() + 1);
            CHECK_CLOSE(all[amplitudes.size()], norm, 1e-12 * norm);
            CHECK_CLOSE(all[amplitudes.size() + 1], pauli.real(), 1e-12 * norm);
            CHECK_CLOSE(all[amplitudes.size() + 2], pauli.imag(), 1e-12 * norm);
            if (first.empty()) first = all;
            CHECK(first == all);
        }
    }
}

}  // namespace

TEST(single_steps_match_the_reference) { compare_all<float>(4e-6); }
TEST(double_steps_match_the_reference) { compare_all<double>(1e-14); }
TEST(single_sums_match_the_reference) { compare_sums<float>(); }
TEST(double_sums_match_the_reference) { compare_sums<double>(); }

// frame^-1 step frame, against the three factors one after the other.
TEST(frames_conjugate_every_shape) {
    Dice dice;
    for (int round = 0; round < 500; ++round) {
        const int n = 1 + dice.below(6);
        const Step step = dice.step(n);
        const PauliFrame frame{dice.engine() & low_bits(n), dice.engine() & low_bits(n)};
        Vector amplitudes(std::size_t{1} << n);
        for (auto& a : amplitudes) a = dice.complex();
        const auto with_frame = [&](const Vector& in) {  // X^x Z^z
            Vector out(in.size());
            for (std::uint64_t i = 0; i < in.size(); ++i) {
                out[i ^ frame.x] = (parity(i & frame.z) ? -1.0 : 1.0) * in[i];
            }
            return out;
        };
        const Vector direct = reference(with_frame(amplitudes), step);
        const Vector moved = with_frame(reference(amplitudes, conjugated(step, frame)));
        double worst = 0.0;
        for (std::size_t i = 0; i < direct.size(); ++i) worst = std::max(worst, std::abs(direct[i] - moved[i]));
        CHECK_CLOSE(worst, 0.0, 1e-13);
    }
}

CHECK_MAIN()
