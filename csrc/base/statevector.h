#pragma once

#include <algorithm>
#include <complex>
#include <cstdint>
#include <utility>

#include "base/bits.h"
#include "base/memory.h"

namespace ionsim {

// 2^qubits amplitudes in blocks of 16 (see bits.h). Below four qubits the one block is padded with
// zeros, which no step can reach.
template <class T>
class Statevector {
  public:
    // The content starts uninitialised.
    explicit Statevector(int qubits) : qubits_(qubits), values_(2 * kLanes * block_count(qubits)) {}

    static std::uint64_t block_count(int qubits) {
        return qubits > kLaneQubits ? bit(qubits - kLaneQubits) : 1;
    }
    static double bytes(int qubits) {
        return static_cast<double>(block_count(qubits)) * 2 * kLanes * sizeof(T);
    }

    // From now on the state of so many qubits, not more than at first, in the same memory.
    void resize(int qubits) { qubits_ = qubits; }

    int qubits() const { return qubits_; }
    int block_bits() const { return std::max(0, qubits_ - kLaneQubits); }
    std::uint64_t blocks() const { return block_count(qubits_); }
    std::uint64_t amplitudes() const { return bit(qubits_); }
    T* data() { return values_.data(); }
    const T* data() const { return values_.data(); }
    // The memory of the state, which is then gone.
    AlignedBuffer<T> release() && { return std::move(values_); }

    std::complex<T> operator[](std::uint64_t index) const {
        const T* re = data() + 2 * kLanes * (index / kLanes) + index % kLanes;
        return {re[0], re[kLanes]};
    }

  private:
    int qubits_;
    AlignedBuffer<T> values_;
};

}  // namespace ionsim
