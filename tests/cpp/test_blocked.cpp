// Steps run tile by tile against the same steps one after the other over the whole state.

#include <set>

#include "base/control.h"
#include "check.h"
#include "compile/block.h"
#include "compile/schedule.h"
#include "kernels/kernels.h"
#include "run/blocked.h"
#include "run/executor.h"
#include "step_dice.h"

using namespace ionsim;
using namespace ionsim::testing;

namespace {

// A step whose flips fit the smallest tile of these tests.
constexpr TileSizes kSmallest{7, 6, 0};

Step fitting_step(Dice& dice, int n) {
    for (;;) {
        Step step = dice.step(n);
        if (fits_tiles(step, kSmallest)) return step;
    }
}

// Steps that keep the norm, so that long sequences stay comparable: real rotations about random
// Pauli strings, phases, controlled flips.
Step unitary_step(Dice& dice, int n) {
    const double angle = dice.real();
    const auto chosen = dice.qubits(n, std::min(n, 4));
    const std::uint64_t x = bit(chosen[0]) | (dice.below(2) ? bit(chosen[1]) : 0);
    const std::uint64_t z = bit(chosen[2 % chosen.size()]) & ~x;
    const Control control =
        dice.below(3) == 0 ? Control{bit(chosen[3 % chosen.size()]) & ~x, 0} : Control{};
    if (dice.below(3) == 0) {
        return DiagonalStep{
            control,
            {x, z},
            {std::polar(1.0, angle), 1.0, std::polar(1.0, 2 * angle), Complex{0, 1}}};
    }
    PairStep step{control, x, {dice.below(2) ? z : 0, 0}, {}, {}};
    step.keep.fill(std::cos(angle));
    const Complex swap{0, -std::sin(angle)};
    step.swap = {swap, -swap, swap, -swap};
    return step;
}

template <class T, class MakeStep>
void compare(int rounds, std::size_t length, double tolerance, MakeStep make_step) {
    Dice dice;
    RunControl control({});
    for (int round = 0; round < rounds; ++round) {
        const int n = 7 + dice.below(5);
        const TileSizes sizes{std::min(n, 7 + dice.below(4)), 6 + dice.below(2),
                              dice.below(4) ? kLaneQubits + kernels::kRegisterBits<T> : 0};
        std::vector<Step> steps;
        for (std::size_t k = 0; k < length; ++k) steps.push_back(make_step(dice, n));
        // Start from a state with some empty bits.
        const std::uint64_t active = dice.engine() & low_bits(n);
        Vector start(std::size_t{1} << n);
        for (std::uint64_t i = 0; i < start.size(); ++i) {
            if ((i & ~active) == 0) start[i] = Complex{dice.real(), dice.real()};
        }
        auto plain = stored<T>(start, n);
        auto tiled = stored<T>(start, n);
        // What is empty need not be zero in memory, except in the first row.
        for (std::uint64_t i = bit(kRowQubits); i < start.size() && sizes.outer_qubits < n; ++i) {
            if (i & ~active & ~low_bits(kRowQubits)) {
                tiled.data()[2 * kLanes * (i / kLanes) + i % kLanes] = T(7);
            }
        }
        StepExecutor<T> executor(1, control);
        executor.apply(plain, steps);
        Part part{steps, {}, steps.size()};
        // What has been reached is a hint for the tiles, whatever it says.
        const std::uint64_t reached = dice.below(2) ? low_bits(n) : dice.engine() & low_bits(n);
        part.stages = plan_stages(part.steps, n, sizes, reached, dice.below(3) != 0, control);
        const std::uint64_t after =
            run_blocked(tiled, part, active, {dice.below(3) != 0, false, 1 + dice.below(3)},
                        control)
                .active;
        if (sizes.outer_qubits < n) zero_empty(tiled, after, 2, control);
        double worst = 0.0;
        double largest = 1.0;
        for (std::uint64_t i = 0; i < start.size(); ++i) {
            const Complex a{plain[i].real(), plain[i].imag()};
            const Complex b{tiled[i].real(), tiled[i].imag()};
            worst = std::max(worst, std::abs(a - b));
            largest = std::max(largest, std::abs(a));
            if (i & ~after) CHECK(tiled[i] == std::complex<T>{});
        }
        CHECK_CLOSE(worst / largest, 0.0, tolerance);
    }
}

}  // namespace

TEST(any_steps_single) {
    compare<float>(200, 6, 1e-5, fitting_step);
}
TEST(any_steps_double) {
    compare<double>(200, 6, 1e-13, fitting_step);
}
TEST(long_unitary_runs_single) {
    compare<float>(60, 150, 1e-4, unitary_step);
}
TEST(long_unitary_runs_double) {
    compare<double>(60, 150, 1e-12, unitary_step);
}

TEST(every_step_is_planned_once) {
    Dice dice;
    RunControl control({});
    for (int round = 0; round < 50; ++round) {
        const int n = 8 + dice.below(6);
        std::vector<Step> steps;
        for (int k = 0; k < 300; ++k) steps.push_back(unitary_step(dice, n));
        std::multiset<std::uint32_t> seen;
        for (const OuterStage& outer :
             plan_stages(steps, n, {8, 7, 6}, low_bits(n), false, control)) {
            CHECK(std::popcount(outer.local) <= 8);
            for (const Stage& inner : outer.inner) {
                CHECK(std::popcount(inner.local) <= 7);
                CHECK((inner.local & ~outer.local) == 0);
                for (const Visit& visit : inner.visits) {
                    CHECK(visit.steps.size() <= kMaxVisitSteps || !visit.in_registers);
                    CHECK(std::popcount(visit.local) == 6 || !visit.in_registers);
                    CHECK((visit.local & ~inner.local) == 0);
                    for (const std::uint32_t place : visit.steps) {
                        CHECK((flipped(steps[place]) & ~visit.local) == 0);
                        seen.insert(place);
                    }
                }
            }
        }
        CHECK_EQUAL(seen.size(), steps.size());
        CHECK_EQUAL(std::set<std::uint32_t>(seen.begin(), seen.end()).size(), steps.size());
    }
}

// Merging keeps the product of the steps.
TEST(merging_keeps_the_product) {
    Dice dice;
    RunControl control({});
    for (int round = 0; round < 100; ++round) {
        const int n = 2 + dice.below(6);
        std::vector<Step> steps;
        for (int k = 0; k < 60; ++k) {
            steps.push_back(
                dice.below(2)
                    ? unitary_step(dice, n)
                    : Step{DiagonalStep{
                          {}, {bit(dice.below(n))}, {std::polar(1.0, dice.real()), 1.0}}});
        }
        Vector start(std::size_t{1} << n);
        for (auto& a : start) a = Complex{dice.real(), dice.real()};
        auto plain = stored<double>(start, n);
        auto merged = stored<double>(start, n);
        StepExecutor<double> executor(1, control);
        executor.apply(plain, steps);
        auto fewer = merge_one_qubit_steps(steps, n, round % 2 == 0);
        if (round % 4 < 2) fewer = merge_pair_steps(std::move(fewer), n);
        fewer = merge_diagonal_steps(std::move(fewer));
        CHECK(round % 4 < 3 || fewer.size() <= steps.size());
        executor.apply(merged, fewer);
        double worst = 0.0;
        for (std::uint64_t i = 0; i < start.size(); ++i)
            worst = std::max(worst, std::abs(plain[i] - merged[i]));
        CHECK_CLOSE(worst, 0.0, 1e-12);
    }
}

CHECK_MAIN()
