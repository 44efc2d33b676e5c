// Every shape of step on every instruction set that runs here, against a plain loop over
// amplitudes, and the instruction sets against each other, bit by bit.

#include <array>
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
#include "step_dice.h"

using namespace ionsim;
using namespace ionsim::testing;

namespace {

template <class T>
const kernels::KernelTable<T>& table_of(const kernels::Isa& isa) {
    if constexpr (std::is_same_v<T, float>)
        return *isa.single;
    else
        return *isa.twice;
}

template <class T>
void apply(const kernels::KernelTable<T>& table, Statevector<T>& state, const Step& step) {
    AlignedBuffer<T> memory;
    const auto groups = [&](const kernels::BlockSelection& s) {
        return bit(state.block_bits() - s.count);
    };
    if (const auto* s = std::get_if<DiagonalStep>(&step)) {
        std::vector<std::size_t> dimensions;
        const auto plan = prepare(*s, memory, 0, dimensions);
        table.diagonal(state.data(), plan, 0, 0, groups(plan.selection));
    } else if (const auto* p = std::get_if<PairStep>(&step)) {
        kernels::PairPlan<T> plan;
        prepare(*p, plan);
        // In two pieces, as threads would: the border must not matter.
        const std::uint64_t all = groups(plan.selection);
        table.pair(state.data(), plan, 0, 0, all / 3);
        table.pair(state.data(), plan, 0, all / 3, all);
    } else if (const auto* d = std::get_if<DenseStep>(&step)) {
        const auto plan = prepare(*d, memory);
        table.dense(state.data(), plan, 0, groups(plan.selection));
    }
}

template <class T>
void compare_all(double tolerance) {
    const auto list = kernels::compiled_isas();
    Dice dice;
    for (int round = 0; round < 1500; ++round) {
        const int n = 1 + dice.below(9);
        const Step step = dice.step(n);
        Vector amplitudes(std::size_t{1} << n);
        for (auto& a : amplitudes)
            a = Complex{static_cast<T>(dice.real()), static_cast<T>(dice.real())};
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
        for (auto& a : amplitudes)
            a = Complex{static_cast<T>(dice.real()), static_cast<T>(dice.real())};
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
        for (int lane = 0; lane < kLanes; ++lane)
            plan.lane_sign[lane] = parity(std::uint64_t(lane) & z) ? -1 : 1;
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
            table.pauli_sum(state.data(), plan, 0, state.blocks(),
                            all.data() + amplitudes.size() + 1);
            CHECK_CLOSE(all[amplitudes.size()], norm, 1e-12 * norm);
            alignas(64) std::array<double, kLanes> lanes;
            lanes.fill(1.0);
            table.add_norms(state.data(), 0, 1, lanes.data());
            table.add_norms(state.data(), 1, state.blocks(), lanes.data());
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                double own = 1.0;
                for (std::size_t i = lane; i < amplitudes.size(); i += kLanes) {
                    own += std::norm(amplitudes[i]);
                }
                CHECK_CLOSE(lanes[lane], own, 1e-12 * own);
            }
            all.insert(all.end(), lanes.begin(), lanes.end());
            CHECK_CLOSE(all[amplitudes.size() + 1], pauli.real(), 1e-12 * norm);
            CHECK_CLOSE(all[amplitudes.size() + 2], pauli.imag(), 1e-12 * norm);
            if (first.empty()) first = all;
            CHECK(first == all);
        }
    }
}

}  // namespace

TEST(single_steps_match_the_reference) {
    compare_all<float>(4e-6);
}
TEST(double_steps_match_the_reference) {
    compare_all<double>(1e-14);
}
TEST(single_sums_match_the_reference) {
    compare_sums<float>();
}
TEST(double_sums_match_the_reference) {
    compare_sums<double>();
}

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
        for (std::size_t i = 0; i < direct.size(); ++i)
            worst = std::max(worst, std::abs(direct[i] - moved[i]));
        CHECK_CLOSE(worst, 0.0, 1e-13);
    }
}

CHECK_MAIN()
