#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "base/statevector.h"
#include "noise/kraus.h"
#include "program/step.h"

namespace ionsim {

// Which operator happens to each of some shots that share a state, and how it is applied.
//
// A state is not normalised after the likely first operator, so that its norm need not be computed;
// `drift` keeps how far it may have fallen. Whether that is made good depends on the past of the
// state alone, never on which shots share it.
template <class T>
class KrausDraw {
  public:
    KrausDraw(const NoiseChoice& choice, const Statevector<T>& state, double drift, int threads,
              RunControl& control);

    // Fills kinds[k] for shots[k]; shots that differ by a multiple of `period` draw alike, unless
    // it is 0.
    void draw(std::span<const std::uint64_t> shots, std::uint64_t period, const Philox& random,
              std::vector<unsigned>& kinds);

    // The operator as a step that keeps the state normalised as far as need be.
    Step step(unsigned kind, double& drift);

  private:
    const std::vector<double>& probabilities();

    const NoiseChoice& choice_;
    const Statevector<T>& state_;
    bool exact_;  // the norm is computed whatever happens
    int threads_;
    RunControl& control_;
    std::vector<double> probabilities_;
};

}  // namespace ionsim
