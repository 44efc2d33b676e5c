#pragma once

#include <vector>

#include "base/control.h"
#include "compile/rotations.h"
#include "noise/channel.h"

namespace ionsim {

// The exact mode where Kraus channels act, which need not shrink every Pauli string to itself: a
// matrix of 16 x 16 for each gate on two qubits. Updates of a component, bytes, and the
// distribution of the outcomes over the qubits.
double kraus_vector_work(const RotationCircuit& circuit);
double kraus_vector_bytes(int qubits);
std::vector<double> kraus_vector_distribution(const RotationCircuit& circuit,
                                              const NoiseRates& rates, int threads,
                                              RunControl& control);

}  // namespace ionsim
