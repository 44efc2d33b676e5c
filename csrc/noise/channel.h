#pragma once

#include <cstdint>
#include <memory>

#include "base/philox.h"

namespace ionsim {

struct KrausNoise;

// Depolarizing noise: with probability r a gate's qubits are hit by a uniformly random Pauli, the
// identity included, so the probability of an error is 3/4 r on one qubit and 15/16 r on two.
struct NoiseRates {
    double r1 = 0.0;            // after gates on one qubit
    double r2 = 0.0;            // after gates on two qubits
    double readout_flip = 0.0;  // of each measured bit
    // Channels after the depolarizing ones; null where there are none.
    std::shared_ptr<const KrausNoise> kraus = nullptr;

    // That a Pauli other than the identity happens after a gate on one qubit, or on two.
    double error1() const { return 0.75 * r1; }
    double error2() const { return 0.9375 * r2; }
};

// A Pauli error of one site: bits x and z of the first qubit, then of the second (xzxz from bit 0);
// 0 is the identity, Y has both bits.
using PauliCode = std::uint8_t;

// Draws with 64-bit integers, so that every machine decides alike.
class PauliChannel {
  public:
    // `count` equally likely errors with total probability `probability` (below 1).
    PauliChannel(double probability, int count);

    // The error for a uniform 64-bit word; 0 for none.
    PauliCode draw(std::uint64_t word) const {
        return word < threshold_ ? static_cast<PauliCode>(word / step_ + 1) : PauliCode{0};
    }

    // A word below it stands for an error.
    std::uint64_t threshold() const { return threshold_; }

  private:
    std::uint64_t step_;       // words that stand for one error
    std::uint64_t threshold_;  // words that stand for any error: a multiple of the step
};

// Probability as a 64-bit threshold: a uniform word is below it with that probability.
std::uint64_t probability_threshold(double probability);

}  // namespace ionsim
