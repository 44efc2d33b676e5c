// Whole runs of noisy shots with erasures and with Kraus channels, so that sanitizers see them.

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "check.h"
#include "compile/lower.h"
#include "compile/wire_plan.h"
#include "noise/kraus.h"
#include "run/erasure_job.h"
#include "run/exact.h"
#include "run/run.h"

using namespace ionsim;

namespace {

// Layers of gates that split along X, along Z, and not at all.
Program layers(int qubits, int count) {
    ProgramArrays arrays;
    const auto add = [&](std::string_view name, std::vector<std::int32_t> on, int controls,
                         std::vector<double> parameters) {
        arrays.gates.push_back(gate_code(*find_gate(GateSet::kQis, name)));
        arrays.control_counts.push_back(static_cast<std::uint8_t>(controls));
        arrays.qubits.insert(arrays.qubits.end(), on.begin(), on.end());
        arrays.qubit_starts.push_back(static_cast<std::int64_t>(arrays.qubits.size()));
        arrays.parameters.insert(arrays.parameters.end(), parameters.begin(), parameters.end());
        arrays.parameter_starts.push_back(static_cast<std::int64_t>(arrays.parameters.size()));
        arrays.letter_starts.push_back(0);
    };
    for (int layer = 0; layer < count; ++layer) {
        for (int q = 0; q < qubits; ++q) add("ry", {q}, 0, {0.3 + 0.1 * q + 0.2 * layer});
        for (int q = layer % 2; q + 1 < qubits; q += 2) {
            switch ((q + layer) % 3) {
                case 0:
                    add("xx", {q, q + 1}, 0, {0.7});
                    break;
                case 1:
                    add("x", {q, q + 1}, 1, {});
                    break;
                default:
                    add("swap", {q, q + 1}, 0, {});
            }
        }
    }
    return Program(GateSet::kQis, qubits, std::move(arrays));
}

std::vector<std::uint64_t> shots_of(const Program& program, const NoiseRates& rates, NoisyMode mode,
                                    std::size_t shots, int threads, bool share = true) {
    RunOptions options;
    options.threads = threads;
    options.share = share;
    options.mode = mode;
    RunControl control({});
    std::vector<std::uint64_t> outcomes(shots);
    sample_noisy<float>(program, rates, 7, 0, outcomes, options, control);
    return outcomes;
}

NoiseRates damping() {
    NoiseRates rates{0.02, 0.05, 0.01};
    auto kraus = std::make_shared<KrausNoise>();
    kraus->after_one = {1, {{1.0, 0.0, 0.0, 0.8}, {0.0, 0.6, 0.0, 0.0}}};
    kraus->after_two = kraus->after_one;
    rates.kraus = kraus;
    return rates;
}

double chi_square(const std::vector<double>& values, const std::vector<std::uint64_t>& outcomes) {
    std::vector<double> counts(values.size());
    for (const std::uint64_t outcome : outcomes) counts.at(outcome) += 1.0;
    double sum = 0.0;
    for (std::size_t k = 0; k < values.size(); ++k) {
        const double expected = values[k] * static_cast<double>(outcomes.size());
        sum += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    return sum;
}

}  // namespace

// Two qubits in the state never have the same place, no qubit changes its place, no place is higher
// than the state is wide, and what depends on an outcome comes after it.
TEST(a_plan_of_wires_keeps_order_and_places) {
    const Program program = layers(9, 9);
    RunControl control({});
    const QubitMap map(program);
    const auto gates = site_gates(lower_noisy(program, map, control));
    for (std::uint64_t shot = 0; shot < 40; ++shot) {
        std::vector<std::uint32_t> erased;
        for (std::uint32_t k = 0; k < gates.size(); ++k) {
            if ((k * 2654435761U + shot * 40503U) % 97 < shot) erased.push_back(k);
        }
        const WirePlan plan = plan_wires(gates, map.size(), erased, Philox(3), shot);
        std::vector<int> place_of(9, -1);
        std::vector<bool> measured(plan.wires);
        int widest = 0;
        std::uint32_t last_gate = 0;
        std::vector<std::uint32_t> last(9);
        for (const WireOp& op : plan.ops) {
            for (std::size_t side = 0; side < (op.second < 0 ? 1U : 2U); ++side) {
                const auto qubit = static_cast<std::size_t>(side == 0 ? op.qubit : op.second);
                const int place = op.places[side];
                if (place_of[qubit] < 0) {
                    CHECK_EQUAL(std::count(place_of.begin(), place_of.end(), place), 0);
                    place_of[qubit] = place;
                }
                CHECK_EQUAL(place_of[qubit], place);
                CHECK(place < plan.width);
                if (op.kind != WireOp::Kind::kGate) continue;
                CHECK(op.gate >= last[qubit]);
                last[qubit] = op.gate;
                last_gate = std::max(last_gate, op.gate);
            }
            widest = std::max(
                widest, 9 - static_cast<int>(std::count(place_of.begin(), place_of.end(), -1)));
            if (op.kind == WireOp::Kind::kSwitch) CHECK(measured[op.wire]);
            if (op.kind != WireOp::Kind::kMeasure) continue;
            CHECK(!measured[op.wire]);
            measured[op.wire] = true;
            place_of[static_cast<std::size_t>(op.qubit)] = -1;
        }
        CHECK_EQUAL(widest, plan.width);
        CHECK_EQUAL(std::count(place_of.begin(), place_of.end(), -1), 9);
        if (shot == 0) CHECK(last_gate > 0);
    }
}

// Gates before a stop are left out, all qubits are there at the start, and none changes its place.
TEST(erased_shots_go_on_from_a_stop) {
    const Program program = layers(9, 6);
    RunControl control({});
    const QubitMap map(program);
    const auto gates = site_gates(lower_noisy(program, map, control));
    const std::uint32_t stop = 30;
    for (std::uint64_t shot = 0; shot < 40; ++shot) {
        std::vector<std::uint32_t> erased;
        for (std::uint32_t k = stop; k < gates.size(); ++k) {
            if ((k * 2654435761U + shot * 40503U) % 97 < shot) erased.push_back(k);
        }
        const WirePlan plan = plan_wires(gates, map.size(), erased, Philox(3), shot, stop);
        CHECK_EQUAL(plan.width, 9);
        std::vector<bool> measured(plan.wires);
        std::uint64_t inside = low_bits(9);
        for (const WireOp& op : plan.ops) {
            CHECK_EQUAL(int{op.places[0]}, op.qubit);
            if (op.second >= 0) CHECK_EQUAL(int{op.places[1]}, op.second);
            if (op.kind == WireOp::Kind::kGate) {
                CHECK(op.gate >= stop);
                CHECK_EQUAL(std::count(erased.begin(), erased.end(), op.gate), 0);
            }
            if (op.kind == WireOp::Kind::kSwitch) CHECK(measured[op.wire]);
            inside |= bit(op.qubit);
            if (op.kind != WireOp::Kind::kMeasure) continue;
            measured[op.wire] = true;
            inside &= ~bit(op.qubit);
        }
        for (std::size_t wire = 0; wire < 9; ++wire) CHECK(measured[wire]);
        CHECK_EQUAL(inside, 0U);
    }
}

TEST(stops_are_made_where_they_pay) {
    RunControl control({});
    const auto stops_of = [&](int qubits, NoiseRates rates, std::uint64_t shots, int deep = 10) {
        return erasure_needs(ErasureJob(layers(qubits, deep), rates, control), shots).stops;
    };
    const NoiseRates few{0.002, 0.02, 0.0};
    const std::vector<std::uint32_t> stops = stops_of(4, few, 40000);
    CHECK(!stops.empty());
    CHECK(stops.front() > 0);
    CHECK(std::ranges::is_sorted(stops));
    CHECK(stops_of(4, few, 1).empty());
    CHECK(stops_of(4, {0.4, 0.4, 0.0}, 40000).empty());
    CHECK(stops_of(18, few, 40000).empty());  // most of it needs less than all qubits
    CHECK_EQUAL(stops_of(18, {0.0, 0.005, 0.0}, 1000, 40).size(), 3U);
    CHECK(stops_of(1, few, 40000).empty());
    CHECK_EQUAL(stop_before(stops, {}), 0U);
    for (const std::uint32_t stop : stops) {
        const std::vector<std::uint32_t> before{stop - 1, stop + 1}, at{stop, stop + 1};
        CHECK(stop_before(stops, before) < stop);
        CHECK_EQUAL(stop_before(stops, at), stop);
    }
}

// States that are copied, and those of several tiles, from which the first tiles are taken.
TEST(kept_states_are_those_that_a_shot_makes_alone) {
    for (const int qubits : {4, 9, 14, 18}) {
        const bool wide = qubits > 9;
        const NoiseRates rates{0.001, wide ? 0.005 : 0.02, 0.01};
        const Program program = layers(qubits, wide ? 40 : 10);
        const std::size_t shots = qubits > 14 ? 24 : 100;
        RunControl control({});
        CHECK(!erasure_needs(ErasureJob(program, rates, control), shots).stops.empty());
        const auto whole = shots_of(program, rates, NoisyMode::kErasure, shots, 1);
        CHECK(shots_of(program, rates, NoisyMode::kErasure, shots, 2, false) == whole);
        CHECK(shots_of(program, rates, NoisyMode::kErasure, shots, 3) == whole);
    }
}

TEST(erasures_do_not_depend_on_threads) {
    for (const int qubits : {1, 2, 5, 9, 14, 18}) {
        const Program program = layers(qubits, 4);
        const std::size_t shots = qubits > 9 ? 8 : 300;
        const NoiseRates rates{0.05, 0.1, 0.02};
        CHECK(shots_of(program, rates, NoisyMode::kErasure, shots, 1) ==
              shots_of(program, rates, NoisyMode::kErasure, shots, 3));
    }
}

TEST(kraus_channels_do_not_depend_on_threads) {
    for (const int qubits : {1, 2, 5, 9, 14}) {
        const Program program = layers(qubits, 3);
        const std::size_t shots = qubits > 9 ? 8 : 300;
        CHECK(shots_of(program, damping(), NoisyMode::kTrajectories, shots, 1) ==
              shots_of(program, damping(), NoisyMode::kTrajectories, shots, 3));
    }
}

TEST(both_fit_the_exact_distribution) {
    const Program program = layers(4, 4);
    RunControl control({});
    const NoiseRates rates{0.05, 0.1, 0.02};
    const auto erased = shots_of(program, rates, NoisyMode::kErasure, 40000, 2);
    CHECK(chi_square(noisy_probabilities(program, rates, {}, control), erased) < 60.0);
    const Program deep = layers(4, 10);
    const NoiseRates few{0.005, 0.04, 0.02};
    CHECK(!erasure_needs(ErasureJob(deep, few, control), 40000).stops.empty());
    const auto kept = shots_of(deep, few, NoisyMode::kErasure, 40000, 2);
    CHECK(chi_square(noisy_probabilities(deep, few, {}, control), kept) < 60.0);
    const auto damped = shots_of(program, damping(), NoisyMode::kTrajectories, 40000, 2);
    // 15 degrees of freedom: less than one time in a million
    CHECK(chi_square(noisy_probabilities(program, damping(), {}, control), damped) < 60.0);
}

CHECK_MAIN()
