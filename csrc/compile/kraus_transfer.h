#pragma once

#include <span>
#include <vector>

#include "compile/transfer.h"
#include "gates/gate.h"

namespace ionsim {

// What rho -> sum_k K_k rho K_k^dagger does to Pauli strings on `first` and, for matrices of 4 x 4
// elements or where a channel on one qubit acts on both, on `second`.
TransferMatrix kraus_transfer(std::span<const std::vector<Complex>> operators, int first,
                              int second);

// matrix = later * matrix; both act on the same qubits in the same order.
void append(TransferMatrix& matrix, const TransferMatrix& later);

}  // namespace ionsim
