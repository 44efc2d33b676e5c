// Counts of fixed circuits, ideal and noisy, in both precisions. With the environment variable
// IONSIM_PRINT_COUNTS set they are printed, so that another machine's can be compared with them.

#include <cstdlib>
#include <iostream>

#include "base/control.h"
#include "base/philox.h"
#include "check.h"
#include "run/run.h"

using namespace ionsim;

namespace {

constexpr NoisyMode kModes[] = {NoisyMode::kAuto, NoisyMode::kTrajectories, NoisyMode::kFrame,
                                NoisyMode::kExact, NoisyMode::kErasure};

// A circuit of every native and most QIS gates on random qubits, from the counter generator alone.
Program circuit(GateSet set, int qubits, int gates, std::uint64_t seed) {
    const Philox random(seed);
    ProgramArrays arrays;
    std::vector<const GateInfo*> choice;
    for (const GateInfo& info : gate_table()) {
        if (info.set == set && info.targets != 0) choice.push_back(&info);
    }
    for (int g = 0; g < gates; ++g) {
        const auto draw = [&](std::uint64_t shot, std::uint64_t below) {
            return random.words(shot, static_cast<std::uint32_t>(g), Purpose::kSample)[0] % below;
        };
        const GateInfo& info = *choice[draw(0, choice.size())];
        std::vector<std::int32_t> order;
        for (std::int32_t q = 0; q < qubits; ++q) {
            order.insert(order.begin() + static_cast<std::ptrdiff_t>(draw(
                                             1 + static_cast<std::uint64_t>(q), order.size() + 1)),
                         q);
        }
        const int most = std::min(info.max_controls, qubits - info.targets);
        const int controls =
            info.min_controls + static_cast<int>(draw(50, 3)) % (most - info.min_controls + 1);
        order.resize(static_cast<std::size_t>(controls + info.targets));
        arrays.gates.push_back(gate_code(info));
        arrays.control_counts.push_back(static_cast<std::uint8_t>(controls));
        arrays.qubits.insert(arrays.qubits.end(), order.begin(), order.end());
        arrays.qubit_starts.push_back(static_cast<std::int64_t>(arrays.qubits.size()));
        for (const GateParameter& field : info.fields()) {
            for (int k = 0; k < field.count; ++k) {
                arrays.parameters.push_back(random.uniform(60 + static_cast<std::uint64_t>(k),
                                                           static_cast<std::uint32_t>(g),
                                                           Purpose::kSample));
            }
        }
        arrays.parameter_starts.push_back(static_cast<std::int64_t>(arrays.parameters.size()));
        arrays.letter_starts.push_back(0);
    }
    return Program(set, qubits, std::move(arrays));
}

template <class T>
std::vector<std::uint64_t> outcomes(const Program& program, const NoiseRates* rates, int threads,
                                    NoisyMode mode = NoisyMode::kAuto) {
    RunControl control({});
    RunOptions options;
    options.threads = threads;
    options.mode = mode;
    std::vector<std::uint64_t> result(500);
    if (rates != nullptr) {
        sample_noisy<T>(program, *rates, 11, 0, result, options, control);
    } else {
        sample_ideal<T>(program, 11, 0, result, options, control);
    }
    return result;
}

void print(const std::vector<std::uint64_t>& values) {
    if (std::getenv("IONSIM_PRINT_COUNTS") == nullptr) return;
    std::cout << "counts";
    for (const std::uint64_t value : values) std::cout << ' ' << value;
    std::cout << '\n';
}

}  // namespace

TEST(threads_change_no_outcome) {
    const NoiseRates rates{0.01, 0.03, 0.02};
    for (const GateSet set : {GateSet::kQis, GateSet::kNative}) {
        for (const int qubits : {3, 9, 13, 17}) {
            const Program program = circuit(set, qubits, 60, static_cast<std::uint64_t>(qubits));
            const bool small = qubits < 17;  // a noisy run of the largest would take long
            for (const NoiseRates* noise :
                 {static_cast<const NoiseRates*>(nullptr), small ? &rates : nullptr}) {
                const auto single = outcomes<float>(program, noise, 1);
                const auto twice = outcomes<double>(program, noise, 1);
                CHECK(single == outcomes<float>(program, noise, 3));
                CHECK(twice == outcomes<double>(program, noise, 2));
                print(single);
                print(twice);
            }
        }
    }
}

TEST(threads_change_no_outcome_of_any_mode) {
    const NoiseRates rates{0.01, 0.03, 0.02};
    for (const NoisyMode mode : kModes) {
        for (const int qubits : {2, 5, 8, 14}) {
            if (mode == NoisyMode::kExact && qubits > 8) continue;  // 4^14 numbers
            const Program program = circuit(GateSet::kNative, qubits, 30, 7);
            const auto single = outcomes<float>(program, &rates, 1, mode);
            const auto twice = outcomes<double>(program, &rates, 1, mode);
            CHECK(single == outcomes<float>(program, &rates, 3, mode));
            CHECK(twice == outcomes<double>(program, &rates, 2, mode));
            print(single);
            print(twice);
        }
    }
}

TEST(ranges_of_shots_join) {
    const Program program = circuit(GateSet::kQis, 5, 40, 3);
    const NoiseRates rates{0.05, 0.1, 0.02};
    RunControl control({});
    RunOptions options;
    options.total_shots = 300;
    for (const NoisyMode mode : kModes) {
        options.mode = mode;
        std::vector<std::uint64_t> whole(300);
        sample_noisy<float>(program, rates, 5, 0, whole, options, control);
        std::vector<std::uint64_t> joined(300);
        const std::span<std::uint64_t> parts(joined);
        sample_noisy<float>(program, rates, 5, 0, parts.first(100), options, control);
        sample_noisy<float>(program, rates, 5, 100, parts.subspan(100, 1), options, control);
        sample_noisy<float>(program, rates, 5, 101, parts.subspan(101), options, control);
        CHECK(whole == joined);
    }
}

CHECK_MAIN()
