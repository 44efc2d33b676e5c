#include <cmath>
#include <string>

#include "run/kraus_vector.h"
#include "run/mode_cost.h"
#include "run/pauli_vector.h"

namespace ionsim {

ModeCost exact_cost(const NoisyForms& forms, const NoiseRates& rates, double shots,
                    Precision precision) {
    // Nanoseconds of one core, measured on a processor with wide vectors; in single precision,
    // except for Kraus channels, which have only double precision.
    constexpr double kMovedNanoseconds = 0.03;    // a component
    constexpr double kTurnedNanoseconds = 0.004;  // the same in a turn
    constexpr double kMemoryFactor = 1.8;         // of vectors that no cache holds
    constexpr double kCacheBytes = 1 << 26;
    constexpr double kGateNanoseconds = 80.0;
    constexpr double kComponentNanoseconds = 0.5;
    constexpr double kMatrixNanoseconds = 6000.0;  // a gate's transfer matrix
    constexpr double kShotNanoseconds = 15.0;      // a draw from a table
    ModeCost cost;
    cost.mode = NoisyMode::kExact;
    if (!forms.circuit) {
        cost.impossible = "a pauliexp on two qubits has terms that do not commute";
    } else if (!forms.vector) {
        cost.impossible = "more than " + std::to_string(kMaxExactQubits) + " touched qubits";
    }
    if (!cost.impossible.empty()) return cost;
    const RotationCircuit& circuit = *forms.circuit;
    const int qubits = circuit.qubits;
    const auto gates = static_cast<double>(circuit.sites.size());
    cost.note = "the exact distribution over " + std::to_string(qubits) + " qubits from their " +
                std::to_string(2 * qubits) + "-bit Pauli strings, and draws from it";
    cost.nanoseconds = shots * kShotNanoseconds;
    cost.memory_bytes = std::ldexp(24.0, qubits);
    if (rates.kraus) {
        cost.work = kraus_vector_work(circuit);
        cost.nanoseconds += cost.work * kComponentNanoseconds + gates * kMatrixNanoseconds;
        cost.memory_bytes += kraus_vector_bytes(qubits) + 2200.0 * gates;
        return cost;
    }
    const VectorWork work = vector_work(*forms.vector);
    const double factor = precision_factor(precision);
    cost.work = work.moved + work.turned;
    // Where parts are small, what one thread has written and another one needs is on its way for
    // about as long as the work takes.
    const int digits = forms.vector->plan.digits;
    cost.parallel = digits < 9 ? 0.0 : digits < 10 ? 0.2 : 0.6;
    const double vector_bytes = factor * std::ldexp(4.0, 2 * digits);
    const double slow = vector_bytes < kCacheBytes ? 1.0 : kMemoryFactor;
    cost.nanoseconds +=
        factor * slow * (work.moved * kMovedNanoseconds + work.turned * kTurnedNanoseconds) +
        gates * kGateNanoseconds;
    constexpr double kWithGaps = 1.02;  // see kernels::place_of
    cost.memory_bytes += kWithGaps * vector_bytes + (250.0 + 150.0 * factor) * gates;
    return cost;
}

}  // namespace ionsim
