// Noisy shots in the Clifford frame: angles, what shots share, and whole runs, so that sanitizers
// see them.

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "base/turn.h"
#include "check.h"
#include "compile/rotations.h"
#include "run/exact.h"
#include "run/frame.h"
#include "run/frame_flips.h"
#include "run/lane_runner.h"
#include "run/noisy_forms.h"
#include "run/run.h"

using namespace ionsim;

namespace {

constexpr double kPi = 3.14159265358979323846;

// A program of gates by name: (name, control or -1, target, angle or 0).
struct SimpleGate {
    const char* name;
    int control;
    int target;
    double angle;
};

Program program_of(int qubits, const std::vector<SimpleGate>& gates) {
    ProgramArrays arrays;
    for (const SimpleGate& gate : gates) {
        arrays.gates.push_back(gate_code(*find_gate(GateSet::kQis, gate.name)));
        arrays.control_counts.push_back(gate.control >= 0);
        if (gate.control >= 0) arrays.qubits.push_back(gate.control);
        arrays.qubits.push_back(gate.target);
        arrays.qubit_starts.push_back(static_cast<std::int64_t>(arrays.qubits.size()));
        if (gate.name[0] == 'r') arrays.parameters.push_back(gate.angle);
        arrays.parameter_starts.push_back(static_cast<std::int64_t>(arrays.parameters.size()));
        arrays.letter_starts.push_back(0);
    }
    return Program(GateSet::kQis, qubits, std::move(arrays));
}

Program layers(int qubits, int count) {
    std::vector<SimpleGate> gates;
    for (int layer = 0; layer < count; ++layer) {
        for (int q = 0; q < qubits; ++q) {
            gates.push_back({"rx", -1, q, 0.3 + q + 0.7 * layer});
            gates.push_back({"rz", -1, q, 0.9 * q - 0.2 * layer});
        }
        for (int q = layer % 2; q + 1 < qubits; q += 2) gates.push_back({"cnot", q, q + 1, 0.0});
        for (int q = 0; q < qubits; ++q) gates.push_back({"cnot", q, (q + 3) % qubits, 0.0});
    }
    return program_of(qubits, gates);
}

std::vector<std::uint64_t> frame_shots(const Program& program, std::size_t shots, int threads,
                                       bool in_registers = true, bool share = true,
                                       const NoiseRates& rates = {0.05, 0.1, 0.02}) {
    RunControl control({});
    RunOptions options;
    options.threads = threads;
    options.share = share;
    options.passes.registers = in_registers;
    options.mode = NoisyMode::kFrame;
    options.precision = Precision::kSingle;
    std::vector<std::uint64_t> outcomes(shots);
    sample_noisy<float>(program, rates, 7, 0, outcomes, options, control);
    return outcomes;
}

double chi_square(const std::vector<std::uint64_t>& outcomes, const std::vector<double>& values) {
    std::vector<double> counts(values.size());
    for (const std::uint64_t outcome : outcomes) counts[outcome] += 1.0;
    double sum = 0.0;
    for (std::size_t k = 0; k < values.size(); ++k) {
        const double expected = values[k] * static_cast<double>(outcomes.size());
        sum += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    return sum;
}

}  // namespace

TEST(halves_and_eighths_of_angles) {
    for (int k = -400; k <= 400; ++k) {
        const double angle = 0.0157 * k;
        const Turn turn{std::cos(angle), std::sin(angle)};
        const Turn once = half(turn);
        CHECK_CLOSE(std::abs(Complex(once.cos, once.sin) * Complex(once.cos, once.sin) -
                             Complex(turn.cos, turn.sin)),
                    0.0, 1e-14);
        const Eighths parts = eighths(turn, 1e-10);
        const double back = parts.count * kPi / 4;
        CHECK_CLOSE(std::abs(Complex(parts.rest.cos, parts.rest.sin) * std::polar(1.0, back) -
                             Complex(turn.cos, turn.sin)),
                    0.0, 1e-14);
        CHECK(std::abs(parts.rest.sin) < std::sin(kPi / 8) + 1e-14 && parts.rest.cos > 0.9);
    }
    for (int k = 0; k < 8; ++k) {
        const Turn turn{std::cos(k * kPi / 4), std::sin(k * kPi / 4)};
        const Eighths parts = eighths(turn, 1e-10);
        CHECK_EQUAL(parts.count, k);
        CHECK_EQUAL(parts.rest.sin, 0.0);
    }
}

TEST(whole_runs_do_not_depend_on_threads_or_visits) {
    for (const int qubits : {1, 2, 5, 9, 14}) {
        const Program program =
            qubits == 1 ? program_of(1, {{"rx", -1, 0, 0.4}}) : layers(std::max(qubits, 2), 3);
        const std::size_t shots = qubits > 9 ? 20 : 500;
        CHECK(frame_shots(program, shots, 1) == frame_shots(program, shots, 3));
        CHECK(frame_shots(program, shots, 2) == frame_shots(program, shots, 2, false));
    }
}

TEST(shots_that_share_vectors_have_the_outcomes_they_have_alone) {
    // From no error at all to several in every shot.
    for (const double rate : {0.0, 0.002, 0.03}) {
        const NoiseRates rates{rate, 2.0 * rate, 0.0};
        for (const int qubits : {4, 9, 11}) {
            const Program program = layers(qubits, 3);
            const auto alone = frame_shots(program, 700, 1, true, false, rates);
            CHECK(frame_shots(program, 700, 1, true, true, rates) == alone);
            CHECK(frame_shots(program, 700, 4, true, true, rates) == alone);
        }
    }
}

// Rounds of a ring of exp(-i a ZZ), then rx: what flips all qubits commutes with all of it.
Program ring(int qubits, int rounds) {
    std::vector<SimpleGate> gates;
    for (int q = 0; q < qubits; ++q) gates.push_back({"h", -1, q, 0.0});
    for (int round = 0; round < rounds; ++round) {
        for (int q = 0; q < qubits; ++q) {
            gates.push_back({"cnot", q, (q + 1) % qubits, 0.0});
            gates.push_back({"rz", -1, (q + 1) % qubits, 0.4 + 0.3 * round});
            gates.push_back({"cnot", q, (q + 1) % qubits, 0.0});
        }
        for (int q = 0; q < qubits; ++q) gates.push_back({"rx", -1, q, 0.8 - 0.1 * round});
    }
    return program_of(qubits, gates);
}

TEST(shots_come_in_the_order_of_their_signs) {
    RunControl control({});
    const auto job = noisy_forms(ring(7, 2), true, false, control)->frame;
    const FrameShots shots(*job, {0.01, 0.02, 0.0}, 3, 0, 2000, 0, 2, control);
    const auto all = shots.shots();
    std::vector<int> seen(2000);
    for (std::size_t k = 0; k < all.size(); ++k) {
        ++seen[all[k].place];
        if (k == 0) continue;
        CHECK(all[k - 1].start >= all[k].start);
        const std::uint32_t shared = shots.parting(all[k - 1], all[k]);
        // Whoever shares more with the last but one would have come between.
        if (k > 1) CHECK(shots.parting(all[k - 2], all[k]) <= shared);
    }
    for (const int times : seen) CHECK_EQUAL(times, 1);
}

TEST(lines_part_with_and_without_room_for_their_vectors) {
    RunControl control({});
    RunOptions options;
    options.share = false;
    const NoiseRates rates{0.002, 0.004, 0.0};
    constexpr std::size_t kShots = 400;
    for (const int qubits : {5, 9}) {
        const auto job = noisy_forms(layers(qubits, 3), true, false, control)->frame;
        std::vector<std::uint64_t> alone(kShots);
        sample_frame<float>(*job, rates, 11, 0, alone, options, control);
        const FrameShots shots(*job, rates, 11, 0, kShots, 0, 1, control);
        for (const double most : {0.0, 3.0, 1e6}) {
            const auto bytes = Snapshot<float>::bytes(2U << job->plan.width, job->plan.words() + 1);
            VectorRoom room(most * static_cast<double>(bytes));
            LaneRunner<float> runner(*job, shots, 11, 0, options, control, room);
            std::vector<FrameShots::Shot> all(shots.shots().begin(), shots.shots().end());
            std::vector<std::uint64_t> outcomes(kShots, ~std::uint64_t{0});
            std::size_t from_start = 0, from_kept = 0;
            // Lines of shots with equal signs up to the first outcome that is drawn.
            std::vector<Line<float>> lines, batch, parted;
            const auto start = std::make_shared<const Snapshot<float>>();
            for (std::size_t begin = 0, k = 1; k <= kShots; ++k) {
                if (k < kShots && shots.parting(all[k - 1], all[k]) >= job->plan.first_draw()) {
                    continue;
                }
                lines.push_back({std::span(all).subspan(begin, k - begin), start});
                begin = k;
            }
            while (!lines.empty()) {
                // Sixteen that begin at different places.
                const auto count = std::min<std::size_t>(16, lines.size());
                batch.assign(lines.end() - static_cast<std::ptrdiff_t>(count), lines.end());
                lines.resize(lines.size() - count);
                std::sort(batch.begin(), batch.end(),
                          [](const auto& a, const auto& b) { return a.from->op() < b.from->op(); });
                runner.run(batch, outcomes, parted);
                for (const auto& line : parted) ++(line.from->op() == 0 ? from_start : from_kept);
                lines.insert(lines.begin(), parted.begin(), parted.end());
                parted.clear();
            }
            CHECK(outcomes == alone);
            CHECK_EQUAL(from_start > 0, most < 1e6);
            CHECK_EQUAL(from_kept > 0, most > 0.0);
        }
    }
}

TEST(random_outcomes_that_turn_over_no_rotation_are_drawn_with_the_errors) {
    RunControl control({});
    const Program program = ring(4, 2);
    const NoiseRates rates{0.01, 0.02, 0.0};
    CHECK(!noisy_forms(program, true, false, control)->frame->plan.coins.empty());
    const auto values = noisy_probabilities(program, rates, {}, control);
    constexpr std::size_t kShots = 60000;
    CHECK(chi_square(frame_shots(program, kShots, 2, true, true, rates), values) <
          60.0);  // 15 degrees of freedom: less than one time in a million
    CHECK(frame_shots(program, 700, 2, true, true, rates) ==
          frame_shots(program, 700, 1, true, false, rates));
}

TEST(free_coins_are_the_top_bits_of_their_words_whatever_was_measured_before) {
    RunControl control({});
    RunOptions options;
    const Philox random(23);
    constexpr std::size_t kShots = 300;
    // What a drawn qubit turns over is a coin; then Clifford gates with a few rotations.
    std::vector<Program> programs{
        program_of(2, {{"ry", -1, 0, 0.9}, {"h", -1, 1, 0.0}, {"cnot", 0, 1, 0.0}}),
        program_of(2, {{"ry", -1, 0, 0.9}, {"h", -1, 1, 0.0}, {"cnot", 1, 0, 0.0}})};
    std::mt19937_64 dice(8);
    for (int round = 0; round < 30; ++round) {
        std::vector<SimpleGate> gates;
        for (int k = 0; k < 40; ++k) {
            const int a = static_cast<int>(dice() % 5), b = static_cast<int>(dice() % 4);
            if (k % 13 == 5) gates.push_back({"rz", -1, a, 0.4});
            gates.push_back(k % 2 == 0 ? SimpleGate{"h", -1, a, 0.0}
                                       : SimpleGate{"cnot", a, (a + 1 + b) % 5, 0.0});
        }
        programs.push_back(program_of(5, gates));
    }
    std::size_t coins = 0, behind_draws = 0;
    for (const Program& program : programs) {
        const auto job = noisy_forms(program, true, false, control)->frame;
        std::vector<std::uint64_t> outcomes(kShots);
        sample_frame<float>(*job, {0.02, 0.03, 0.0}, 23, 0, outcomes, options, control);
        for (const FreeCoin& coin : job->plan.coins) {
            ++coins;
            const auto& ops = job->plan.ops;
            const auto at = std::find_if(ops.begin(), ops.end(), [&](const FrameOp& op) {
                return op.kind == FrameOp::Kind::kFixed && op.qubit == coin.qubit;
            });
            CHECK(at != ops.end());
            behind_draws += at - ops.begin() > static_cast<std::ptrdiff_t>(job->plan.first_draw());
            for (std::size_t shot = 0; shot < kShots; ++shot) {
                const auto words = random.words(shot, static_cast<std::uint32_t>(coin.qubit / 2),
                                                Purpose::kMeasure);
                CHECK_EQUAL((outcomes[shot] >> coin.qubit) & 1,
                            words[static_cast<std::size_t>(coin.qubit % 2)] >> 63);
            }
        }
    }
    CHECK(coins > 30);
    CHECK(behind_draws > 5);
}

TEST(shots_that_share_vectors_follow_the_exact_distribution) {
    const Program program = layers(6, 2);
    const NoiseRates rates{0.002, 0.004, 0.0};
    RunControl control({});
    const auto values = noisy_probabilities(program, rates, {}, control);
    constexpr std::size_t kShots = 60000;
    CHECK(chi_square(frame_shots(program, kShots, 2, true, true, rates), values) <
          130.0);  // 63 degrees of freedom: less than one time in a million
}

TEST(exact_distribution_sums_to_one_and_fits_the_shots) {
    const Program program = layers(5, 3);
    RunControl control({});
    const auto values = noisy_probabilities(program, {0.05, 0.1, 0.02}, {}, control);
    double sum = 0.0;
    for (const double value : values) sum += value;
    CHECK_CLOSE(sum, 1.0, 1e-12);
    constexpr std::size_t kShots = 40000;
    CHECK(chi_square(frame_shots(program, kShots, 2), values) <
          80.0);  // 31 degrees of freedom: less than one time in a million
}

CHECK_MAIN()
