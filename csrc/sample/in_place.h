#pragma once

#include "base/control.h"
#include "base/memory.h"
#include "base/statevector.h"

namespace ionsim {

// Whether results of such a state are made in its own memory. Small ones are not: the memory left
// over could not be given back.
template <class T>
bool results_in_place(int qubits) {
    return Statevector<T>::bytes(qubits) >= static_cast<double>(kLargeBytes);
}

// Whether probabilities of amplitudes take the amplitudes' own bytes, block by block.
template <class T>
inline constexpr bool kProbabilitiesFit = 2 * sizeof(T) == sizeof(double);

// Overwrites blocks of amplitudes by their probabilities. Only where these fit.
template <class T>
void to_probabilities(T* blocks, std::uint64_t count);

// What write_probabilities writes, in the memory of the state.
template <class T>
AlignedBuffer<double> take_probabilities(Statevector<T>&& state, int threads, RunControl& control);

// The amplitudes one after the other, real part and imaginary part, in the memory of the state.
template <class T>
AlignedBuffer<T> take_amplitudes(Statevector<T>&& state, int threads, RunControl& control);

}  // namespace ionsim
