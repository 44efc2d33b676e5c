// The kernels of sixteen lanes on every instruction set that runs here, against one lane at a time.

#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <cstring>
#include <iterator>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "base/bits.h"
#include "base/memory.h"
#include "base/philox.h"
#include "check.h"
#include "frame_helpers.h"
#include "gates/gate.h"
#include "kernels/lanes.h"

using namespace ionsim;

namespace {

// (P a)[i] for one lane.
Complex pauli(const std::vector<Complex>& a, kernels::LanePauli p, std::uint64_t i) {
    static const Complex kPowers[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    const Complex phase = kPowers[std::popcount(p.x & p.z) & 3];
    return phase * (parity((i ^ p.x) & p.z) ? -1.0 : 1.0) * a[i ^ p.x];
}

template <class T>
std::vector<Complex> lane_of(const AlignedBuffer<T>& state, std::size_t size, std::size_t lane) {
    std::vector<Complex> values;
    for (std::size_t i = 0; i < size; ++i) {
        values.emplace_back(state.data()[32 * i + lane], state.data()[32 * i + 16 + lane]);
    }
    return values;
}

template <class T>
void check_lanes(double tolerance) {
    std::mt19937_64 dice(5);
    std::normal_distribution<double> normal;
    constexpr std::size_t kSize = 32;
    for (int round = 0; round < 200; ++round) {
        kernels::LanePauli p{dice() % kSize, dice() % kSize};
        const bool expands = round % 4 == 3;
        if (expands) p.x |= kSize;
        if (expands && round % 8 == 7) p.z |= kSize;
        AlignedBuffer<T> start(64 * kSize);
        for (std::size_t k = 0; k < start.size(); ++k)
            start.data()[k] = static_cast<T>(normal(dice));
        AlignedBuffer<T> tangents(32);
        AlignedBuffer<T> ones(16);
        AlignedBuffer<T> factors(16);
        for (std::size_t lane = 0; lane < 16; ++lane) {
            tangents.data()[lane] = static_cast<T>(normal(dice));
            tangents.data()[16 + lane] = -tangents.data()[lane];
            ones.data()[lane] = static_cast<T>(dice() % 2);
            factors.data()[lane] = static_cast<T>(std::ldexp(1.0, static_cast<int>(dice() % 5)));
        }
        std::vector<AlignedBuffer<T>> results;
        for (const NamedLanes& isa : lanes_here()) {
            const auto& table = table_of<T>(*isa.lanes);
            AlignedBuffer<T> state(64 * kSize);
            std::memcpy(state.data(), start.data(), sizeof(T) * start.size());
            std::size_t size = kSize;
            AlignedBuffer<double> sums(32);
            if (round % 4 == 0 || expands) {
                (expands ? table.expand : table.rotate)(state.data(), size, p, tangents.data());
                if (expands) size *= 2;
            } else if (round % 4 == 1) {
                table.norms(state.data(), size, p, sums.data());
            } else if ((p.x | p.z) != 0) {
                table.collapse(state.data(), size, p, ones.data(), factors.data());
                size /= 2;
            }
            for (std::size_t lane = 0; lane < 16; ++lane) {
                auto before = lane_of(start, kSize, lane);
                const auto after = lane_of(state, size, lane);
                const double t = static_cast<double>(tangents.data()[lane]);
                if (round % 4 == 0 || expands) {
                    if (expands) before.resize(2 * kSize);
                    for (std::size_t i = 0; i < size; ++i) {
                        const Complex expected = before[i] - Complex{0, t} * pauli(before, p, i);
                        CHECK_CLOSE(std::abs(expected - after[i]), 0.0, tolerance);
                    }
                } else if (round % 4 == 1) {
                    for (const double sign : {1.0, -1.0}) {
                        double norm = 0.0;
                        for (std::size_t i = 0; i < kSize; ++i) {
                            norm += std::norm(before[i] + sign * pauli(before, p, i)) / 4.0;
                        }
                        if (p.x != 0) norm *= 2.0;
                        CHECK_CLOSE(sums.data()[lane + (sign < 0 ? 16 : 0)], norm, 40 * tolerance);
                    }
                } else if ((p.x | p.z) != 0) {
                    const double sign = ones.data()[lane] != T{0} ? -1.0 : 1.0;
                    const std::uint64_t pivot = std::bit_floor(p.x != 0 ? p.x : p.z);
                    for (std::size_t j = 0; j < size; ++j) {
                        std::uint64_t i = ((j & ~(pivot - 1)) << 1) | (j & (pivot - 1));
                        if (p.x == 0 && (parity(i & p.z) ? -1.0 : 1.0) != sign) i |= pivot;
                        Complex expected = before[i] + sign * pauli(before, p, i);
                        if (p.x == 0) expected *= 0.5;
                        expected *= static_cast<double>(factors.data()[lane]);
                        CHECK_CLOSE(std::abs(expected - after[j]), 0.0, 40 * tolerance);
                    }
                }
            }
            results.push_back(std::move(state));
        }
        for (const auto& other : results) {
            const std::size_t size = round % 4 == 2 ? kSize / 2 : kSize;
            CHECK(std::memcmp(other.data(), results[0].data(), sizeof(T) * 32 * size) == 0);
        }
    }
}

}  // namespace

TEST(kernels_of_lanes_in_single_precision) {
    check_lanes<float>(2e-5);
}
TEST(kernels_of_lanes_in_double_precision) {
    check_lanes<double>(1e-13);
}

template <class T>
void check_tangents() {
    std::mt19937_64 dice(6);
    for (int round = 0; round < 100; ++round) {
        std::vector<std::uint64_t> first(16), second(16);
        for (std::size_t lane = 0; lane < 16; ++lane) first[lane] = dice(), second[lane] = dice();
        const auto here = static_cast<unsigned>(dice() % 64);
        const auto there = static_cast<unsigned>(dice() % 64);
        for (const NamedLanes& isa : lanes_here()) {
            AlignedBuffer<T> found(32);
            table_of<T>(*isa.lanes)
                .tangents({first.data(), here}, {second.data(), there}, T(0.25), T(0.75),
                          found.data());
            for (std::size_t lane = 0; lane < 16; ++lane) {
                const bool minus = (first[lane] >> here) & 1;
                const bool other = (second[lane] >> there) & 1;
                const double size = minus == other ? 0.25 : 0.75;
                CHECK_EQUAL(static_cast<double>(found.data()[lane]), minus ? -size : size);
                CHECK_EQUAL(static_cast<double>(found.data()[16 + lane]), minus ? size : -size);
            }
        }
    }
}

TEST(tangents_have_the_signs_of_the_lanes) {
    check_tangents<float>();
    check_tangents<double>();
}

// Vectors of `reals` numbers, aligned like the states.
template <class T>
std::vector<AlignedBuffer<T>> random_vectors(std::size_t count, std::size_t reals) {
    std::mt19937_64 dice(9);
    std::normal_distribution<double> normal;
    std::vector<AlignedBuffer<T>> vectors;
    for (std::size_t k = 0; k < count; ++k) {
        vectors.emplace_back(reals);
        for (T& real : vectors.back().span()) real = static_cast<T>(normal(dice));
    }
    return vectors;
}

template <class T>
void check_fill(std::size_t reals) {
    std::mt19937_64 dice(3);
    const auto vectors = random_vectors<T>(17, reals);
    for (const std::uint32_t which : {0xFFFFU, 0x8001U, 0x0FF0U, 0x0004U}) {
        for (const std::size_t different : {1, 2, 5, 16}) {
            std::array<const T*, 16> from{};
            for (std::size_t lane = 0; lane < 16; ++lane) {
                if ((which >> lane) & 1) from[lane] = vectors[dice() % different].data();
            }
            for (const NamedLanes& isa : lanes_here()) {
                AlignedBuffer<T> state(16 * reals);
                for (T& real : state.span()) real = T{7};
                table_of<T>(*isa.lanes).fill(state.data(), from.data(), which, reals);
                for (std::size_t k = 0; k < 16 * reals; ++k) {
                    const T* const vector = from[k % 16];
                    CHECK_EQUAL(state.data()[k], vector == nullptr ? T{7} : vector[k / 16]);
                }
            }
        }
    }
}

TEST(lanes_are_filled_from_vectors_of_their_own) {
    for (const std::size_t reals : {2, 8, 48, 256}) {
        check_fill<float>(reals);
        check_fill<double>(reals);
    }
}

template <class T>
void check_keep(std::size_t reals) {
    const auto states = random_vectors<T>(1, 16 * reals);
    for (const std::uint32_t which : {0xFFFFU, 0x8001U, 0x0004U}) {
        for (const NamedLanes& isa : lanes_here()) {
            std::vector<AlignedBuffer<T>> kept;
            std::array<T*, 16> to{};
            for (std::size_t lane = 0; lane < 16; ++lane) {
                kept.emplace_back(reals);
                if ((which >> lane) & 1) to[lane] = kept.back().data();
            }
            table_of<T>(*isa.lanes).keep(states[0].data(), to.data(), reals);
            for (std::size_t lane = 0; lane < 16; ++lane) {
                for (std::size_t k = 0; to[lane] != nullptr && k < reals; ++k) {
                    CHECK_EQUAL(to[lane][k], states[0].data()[16 * k + lane]);
                }
            }
        }
    }
}

TEST(lanes_are_kept_as_vectors_of_their_own) {
    for (const std::size_t reals : {2, 8, 48, 256}) {
        check_keep<float>(reals);
        check_keep<double>(reals);
    }
}

TEST(random_words_are_those_of_philox) {
    const Philox random(0x123456789abcdefULL);
    for (const NamedLanes& isa : lanes_here()) {
        std::vector<std::uint64_t> shots(16);
        std::vector<std::uint64_t> words(32);
        for (std::size_t k = 0; k < 16; ++k) shots[k] = tagged(k * 977 + 5, Purpose::kMeasure);
        const std::uint64_t limits[] = {0, std::uint64_t{1} << 62, std::uint64_t{1} << 63,
                                        std::uint64_t{13} << 60, ~std::uint64_t{0}};
        for (std::size_t limit = 0; limit + 1 < std::size(limits); ++limit) {
            const std::uint64_t* const below = limits + limit;
            const std::uint32_t hits =
                isa.lanes->random(0x123456789abcdefULL, shots.data(), 42, below, words.data());
            for (std::size_t k = 0; k < 16; ++k) {
                const auto expected = random.words(k * 977 + 5, 42, Purpose::kMeasure);
                CHECK_EQUAL(words[k], expected[0]);
                CHECK_EQUAL(words[16 + k], expected[1]);
                CHECK_EQUAL(((hits >> k) & 1) != 0, expected[0] < below[0]);
                CHECK_EQUAL(((hits >> (16 + k)) & 1) != 0, expected[1] < below[1]);
            }
        }
    }
}

CHECK_MAIN()
