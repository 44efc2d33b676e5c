#pragma once

#include <cstdint>
#include <vector>

#include "noise/channel.h"
#include "program/step.h"

namespace ionsim {

// rho -> sum_k K_k rho K_k^dagger on one or two qubits. The operators are row-major; bit j of an
// index is the state of the channel's qubit j. No operators: no channel.
struct KrausChannel {
    int qubits = 1;
    std::vector<std::vector<Complex>> operators;
};

// After gates on one qubit and on two. A channel on one qubit after gates on two acts on each of
// them, the first qubit first.
struct KrausNoise {
    KrausChannel after_one;
    KrausChannel after_two;
};

// Throws std::invalid_argument for operators of a wrong size, or too many of them.
void check_kraus(const KrausNoise& noise);
inline constexpr std::size_t kMaxKrausOperators = 16;

// A channel made ready for trajectories, in which one of its operators happens to the state:
// operator k with probability <K_k^dagger K_k>.
class KrausSampler {
  public:
    explicit KrausSampler(const KrausChannel& channel);

    // The numbers that the probabilities depend on: expectation values of these Pauli strings, as
    // letters x, z of the first qubit, then of the second (xzxz from bit 0).
    const std::vector<std::uint8_t>& letters() const { return letters_; }
    // What each operator's probability is, given those values.
    std::vector<double> probabilities(const std::vector<double>& values) const;
    // The operator that a number in [0, 1) chooses.
    unsigned choose(double uniform, const std::vector<double>& probabilities) const;

    // Below this number it is the first operator, whatever the state: nothing need be computed.
    double floor() const { return floor_; }
    const KrausChannel& channel() const { return channel_; }
    // The operator times a number, as a step on these qubits.
    Step step(unsigned number, int first, int second, double factor) const;

  private:
    KrausChannel channel_;
    std::vector<std::uint8_t> letters_;
    std::vector<std::vector<double>> weights_;  // of each letter in each operator's probability
    double floor_ = 0.0;
};

// A place where the trajectories of shots may part: after `steps` steps, a Pauli error of a site,
// or an operator of a channel.
struct NoiseChoice {
    std::uint32_t steps = 0;
    std::uint32_t number = 0;  // of the site, or of the operator among all that are drawn
    int first = 0;
    int second = -1;                        // -1: on one qubit
    const KrausSampler* channel = nullptr;  // null: a Pauli error
};

// All of them in the order in which they happen: at each site the Pauli error first. The samplers
// live as long as this.
class NoiseChoices {
  public:
    explicit NoiseChoices(const NoiseRates& rates);
    std::vector<NoiseChoice> of(const std::vector<NoiseSite>& sites) const;

  private:
    std::vector<KrausSampler> one_;  // one or none
    std::vector<KrausSampler> two_;
};

}  // namespace ionsim
