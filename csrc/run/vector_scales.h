#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "compile/pauli_vector.h"
#include "kernels/pauli_vector.h"
#include "noise/channel.h"

namespace ionsim {

// By multiplications only, which every machine rounds alike.
double power(double base, std::uint32_t exponent);

// The turns of visits with their factors for the kernels. A component of the vector is the true
// value divided by the scales of its letters and by one that all share: then a rotation about one
// letter takes one multiply-add for each component that it changes, a channel on one qubit nothing,
// and a channel on two changes only what has no letter there.
template <class T>
class ScaledVisits {
  public:
    ScaledVisits(const StringCircuit& circuit, const NoiseRates& rates);

    // Without the places of its qubits, nor an exchange.
    const kernels::PauliVisit<T>& operator[](std::size_t visit) const { return visits_[visit]; }

    // In the end.
    double scale(int qubit, std::size_t letter) const {
        return scales_[static_cast<std::size_t>(qubit)][letter];
    }
    double shared() const { return shared_; }

  private:
    using Turn = kernels::PauliTurn<T>;
    using Scales = std::array<double, 4>;  // of a qubit's letters; 1 for none

    void turn_one(const StringTurn& turn, Scales& scales, std::size_t axis);
    void turn_both(const StringTurn& turn, const Scales& first, const Scales& second);
    void channels(const ChannelCounts& counts, Scales& first, Scales& second);

    const NoiseRates& rates_;
    std::vector<Scales> scales_;
    double shared_ = 1.0;
    double owed_ = 1.0;  // by the factors of what has no letter
    std::vector<Turn> turns_;
    std::vector<kernels::PauliVisit<T>> visits_;  // they point to the turns
};

}  // namespace ionsim
