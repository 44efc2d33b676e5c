// The plan of a Pauli vector, and runs of it in parts, so that sanitizers see them.

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "base/philox.h"
#include "check.h"
#include "run/pauli_vector.h"

using namespace ionsim;

namespace {

// Gates about random strings, on few pairs of qubits or on all.
RotationCircuit random_circuit(int qubits, int gates, std::uint64_t seed) {
    const Philox random(seed);
    RotationCircuit circuit;
    circuit.qubits = qubits;
    for (int k = 0; k < gates; ++k) {
        const auto w = random.block(static_cast<std::uint64_t>(k), 0, Purpose::kSample);
        const int first = static_cast<int>(w[0] % static_cast<unsigned>(qubits));
        const int step =
            qubits > 1 ? 1 + static_cast<int>(w[1] % static_cast<unsigned>(qubits - 1)) : 0;
        const bool pair = qubits > 1 && w[2] % 3 != 0;
        const int second = pair ? (first + step) % qubits : -1;
        const double angle =
            (w[3] % 8 == 0 ? 0.25 : 0.001 * static_cast<double>(w[3] % 1000)) * 3.141592653589793;
        const unsigned letters = pair ? 1 + (w[2] >> 8) % 15 : 1 + (w[2] >> 8) % 3;
        circuit.rotations.push_back(
            {first, second, static_cast<Letters>(letters), {std::cos(angle), std::sin(angle)}});
        circuit.sites.push_back(
            {static_cast<std::uint32_t>(circuit.rotations.size()), first, second});
    }
    return circuit;
}

}  // namespace

// Visits come in the order of each qubit, to digits above the lanes that hold their qubits, and no
// step of a stage touches its outer digits.
TEST(a_plan_of_a_vector_keeps_order_and_places) {
    for (int qubits = 1; qubits <= 13; ++qubits) {
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            const VectorJob job(random_circuit(qubits, 5 + 20 * static_cast<int>(seed), seed));
            std::vector<int> at(VectorPlan::kLaneDigits, -1);
            for (std::size_t lane = 0; lane < at.size(); ++lane) at[lane] = job.plan.lanes[lane];
            std::vector<std::uint32_t> last(static_cast<std::size_t>(qubits));
            std::set<std::uint32_t> made;
            std::size_t next = 0;
            const auto exchange = [&](const VectorStep& step) {
                CHECK(step.first != step.second);
                std::swap(at[0], at[static_cast<std::size_t>(step.first)]);
                std::swap(at[1], at[static_cast<std::size_t>(step.second)]);
            };
            for (const VectorStage& stage : job.plan.stages) {
                CHECK_EQUAL(stage.begin, next);
                next = stage.end;
                for (std::size_t k = stage.begin; k < stage.end; ++k) {
                    const VectorStep& step = job.plan.steps[k];
                    if (step.kind == VectorStep::Kind::kEnter) {
                        CHECK(stage.outer.empty());
                        at.push_back(step.qubit);
                        continue;
                    }
                    for (const int digit : {step.first, step.second}) {
                        CHECK(digit >= VectorPlan::kLaneDigits);
                        CHECK(digit < static_cast<int>(at.size()));
                        CHECK_EQUAL(std::count(stage.outer.begin(), stage.outer.end(), digit), 0);
                    }
                    if (step.kind == VectorStep::Kind::kVisit) {
                        const StringVisit& visit = job.circuit.visits[step.visit];
                        CHECK(made.insert(step.visit).second);
                        CHECK_EQUAL(at[static_cast<std::size_t>(step.first)], visit.first);
                        CHECK_EQUAL(at[static_cast<std::size_t>(step.second)], visit.second);
                        for (const int qubit : {visit.first, visit.second}) {
                            auto& before = last[static_cast<std::size_t>(qubit)];
                            CHECK(before <= step.visit);
                            before = step.visit;
                        }
                    }
                    if (step.exchanges || step.kind == VectorStep::Kind::kExchange) exchange(step);
                }
            }
            CHECK_EQUAL(next, job.plan.steps.size());
            CHECK_EQUAL(made.size(), job.circuit.visits.size());
            if (job.plan.digits > 0) CHECK_EQUAL(job.plan.digits, static_cast<int>(at.size()));
            for (int digit = 0; digit < job.plan.digits; ++digit) {
                const int qubit = at[static_cast<std::size_t>(digit)];
                if (qubit >= 0) {
                    CHECK_EQUAL(job.plan.digit_of[static_cast<std::size_t>(qubit)], digit);
                }
            }
        }
    }
}

// In each precision the same for every team, and nearly the same in both.
TEST(a_vector_is_the_same_for_every_team) {
    const NoiseRates rates{0.01, 0.05, 0.0};
    RunControl control({});
    for (const int qubits : {3, 7, 9, 10}) {
        const VectorJob job(random_circuit(qubits, 60, 11));
        const auto single = vector_distribution<float>(job, rates, 1, control);
        const auto twice = vector_distribution<double>(job, rates, 1, control);
        double sum = 0.0;
        for (std::size_t k = 0; k < twice.size(); ++k) {
            sum += twice[k];
            CHECK(std::abs(single[k] - twice[k]) < 1e-5);
        }
        CHECK(std::abs(sum - 1.0) < 1e-12);
        for (const int threads : {2, 3}) {
            CHECK(vector_distribution<float>(job, rates, threads, control) == single);
            CHECK(vector_distribution<double>(job, rates, threads, control) == twice);
        }
    }
}

CHECK_MAIN()
