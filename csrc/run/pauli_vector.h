#pragma once

#include <vector>

#include "base/control.h"
#include "compile/pauli_vector.h"
#include "noise/channel.h"

namespace ionsim {

// A noisy circuit without Kraus channels, ready for the exact mode.
struct VectorJob {
    explicit VectorJob(const RotationCircuit& rotations)
        : circuit(string_circuit(rotations)), plan(plan_vector(circuit)) {}

    StringCircuit circuit;
    VectorPlan plan;
};

// Components that are moved, and those that are turned.
struct VectorWork {
    double moved = 0.0;
    double turned = 0.0;
};
VectorWork vector_work(const VectorJob& job);

// The exact distribution of the outcomes over the qubits, from the expectation values of all Pauli
// strings: a gate turns them, a channel shrinks them.
template <class T>
std::vector<double> vector_distribution(const VectorJob& job, const NoiseRates& rates, int threads,
                                        RunControl& control);

}  // namespace ionsim
