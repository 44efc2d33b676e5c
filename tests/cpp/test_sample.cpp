// Sampling and results in the memory of a state. IONSIM_ISA chooses the kernels.

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "check.h"
#include "run/draw.h"
#include "sample/in_place.h"
#include "sample/sampler.h"

using namespace ionsim;

namespace {

double uniform(std::uint64_t shot, std::uint32_t index) {
    return Philox(99).uniform(shot, index, Purpose::kSample);
}

// Random amplitudes, whole blocks and whole chunks of them zero; `holes` is the share of zeros.
template <class T>
Statevector<T> random_state(int qubits, double holes) {
    Statevector<T> state(qubits);
    for (std::uint64_t block = 0; block < state.blocks(); ++block) {
        const bool empty = uniform(block, 0) < holes || uniform(block / 1000, 1) < holes;
        for (std::uint64_t k = 0; k < 2 * kLanes; ++k) {
            const bool beyond = k % kLanes >= state.amplitudes();
            const double value = uniform(2 * kLanes * block + k, 2) - 0.5;
            state.data()[2 * kLanes * block + k] =
                empty || beyond || value < -0.4 ? T{0} : static_cast<T>(value);
        }
    }
    state.data()[0] = T{1};
    return state;
}

template <class T>
Statevector<T> copy_of(const Statevector<T>& state) {
    Statevector<T> copy(state.qubits());
    std::copy_n(state.data(), 2 * kLanes * state.blocks(), copy.data());
    return copy;
}

template <class T>
std::vector<std::uint64_t> draw(const Sampler<T>& sampler, std::vector<double> uniforms,
                                int threads) {
    std::vector<std::uint64_t> draws(uniforms.size());
    std::transform(uniforms.begin(), uniforms.end(), draws.begin(),
                   [](double u) { return std::bit_cast<std::uint64_t>(u); });
    RunControl control({});
    sampler.draw_many(draws, threads, control);
    return draws;
}

template <class T>
void check_draws(int qubits, double holes, std::size_t shots) {
    RunControl control({});
    const Statevector<T> state = random_state<T>(qubits, holes);
    std::vector<double> uniforms(shots);
    for (std::size_t k = 0; k < shots; ++k) uniforms[k] = uniform(k, 3);
    uniforms.front() = 0.0;
    uniforms.back() = 1.0 - 0x1.0p-53;
    const Sampler<T> sampler(state, 2, control);
    const auto drawn = draw(sampler, uniforms, 1);
    // The interval of an outcome holds the number that it was drawn for.
    std::vector<long double> ends(state.amplitudes());
    long double sum = 0.0;
    for (std::uint64_t index = 0; index < ends.size(); ++index) {
        const long double re = state[index].real(), im = state[index].imag();
        ends[index] = sum += re * re + im * im;
    }
    for (std::size_t k = 0; k < shots; ++k) {
        const std::uint64_t index = drawn[k];
        CHECK(index < state.amplitudes());
        CHECK(std::norm(state[index]) > T{0});
        const long double target = uniforms[k] * sum;
        CHECK(target < ends[index] + 1e-12 * sum);
        CHECK(index == 0 || target > ends[index - 1] - 1e-12 * sum);
    }
    // Neither threads nor company change an outcome.
    for (const int threads : {2, 3}) {
        CHECK(draw(Sampler<T>(state, threads, control), uniforms, threads) == drawn);
    }
    for (std::size_t k = 0; k < shots; k += 1 + shots / 50) {
        CHECK_EQUAL(draw(sampler, {uniforms[k]}, 1)[0], drawn[k]);
    }
    const std::size_t half = shots / 3;
    CHECK(
        draw(sampler, {uniforms.begin() + static_cast<std::ptrdiff_t>(half), uniforms.end()}, 2) ==
        std::vector<std::uint64_t>(drawn.begin() + static_cast<std::ptrdiff_t>(half), drawn.end()));
}

template <class T>
void check_in_place(int qubits) {
    RunControl control({});
    const Statevector<T> state = random_state<T>(qubits, 0.2);
    std::vector<double> expected(std::max<std::uint64_t>(state.amplitudes(), kLanes));
    write_probabilities(state, expected, 1, control);
    expected.resize(state.amplitudes());
    for (const int threads : {1, 2, 3}) {
        const AlignedBuffer<double> found = take_probabilities(copy_of(state), threads, control);
        CHECK_EQUAL(found.size(), expected.size());
        CHECK(std::equal(expected.begin(), expected.end(), found.data()));
        const AlignedBuffer<T> amplitudes = take_amplitudes(copy_of(state), threads, control);
        CHECK_EQUAL(amplitudes.size(), 2 * state.amplitudes());
        bool same = true;
        for (std::uint64_t index = 0; index < state.amplitudes(); ++index) {
            same &= amplitudes.data()[2 * index] == state[index].real() &&
                    amplitudes.data()[2 * index + 1] == state[index].imag();
        }
        CHECK(same);
    }
}

}  // namespace

TEST(an_outcome_depends_on_the_state_and_the_number_only) {
    for (const int qubits : {0, 1, 3, 4, 8, 12, 13, 17, 19}) {
        for (const double holes : {0.0, 0.5, 0.999}) {
            for (const std::size_t shots : {1, 5, 1000, 50000}) {
                check_draws<float>(qubits, holes, shots);
                check_draws<double>(qubits, holes, shots);
            }
        }
    }
}

TEST(shots_are_the_same_in_a_range_and_in_a_list) {
    RunControl control({});
    const Statevector<float> state = random_state<float>(14, 0.3);
    const Philox random(5);
    std::vector<std::uint64_t> range(70000);
    draw_shots(state, random, 1000, range, 2, control);
    std::vector<std::uint64_t> shots(range.size()), list(range.size());
    for (std::size_t k = 0; k < shots.size(); ++k) shots[k] = 1000 + shots.size() - 1 - k;
    draw_shots(state, random, shots, list, 3, control);
    std::reverse(list.begin(), list.end());
    CHECK(list == range);
}

// The sizes around a piece, a chunk and the least pooled size.
TEST(results_in_place_are_those_beside_the_state) {
    for (const int qubits : {0, 2, 4, 5, 9, 10, 11, 13, 14, 15, 16, 18, 19, 20}) {
        check_in_place<float>(qubits);
        check_in_place<double>(qubits);
    }
}

CHECK_MAIN()
