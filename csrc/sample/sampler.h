#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "base/statevector.h"
#include "program/step.h"

namespace ionsim {

// Basis states drawn from |amplitude|^2. Sums run over fixed chunks in a fixed order, so an outcome
// depends on the state and the uniform number only.
template <class T>
class Sampler {
  public:
    Sampler(const Statevector<T>& state, int threads, RunControl& control);

    // The outcome for a uniform number in [0, 1).
    std::uint64_t draw(double uniform) const;

    // outcomes[k] = draw(uniforms[k]); for many draws, which are sorted so that each chunk is read
    // once.
    void draw_many(std::span<const double> uniforms, std::span<std::uint64_t> outcomes, int threads,
                   RunControl& control) const;

  private:
    static constexpr std::uint64_t kChunkBlocks = 256;

    std::uint64_t chunk_of(double target) const;
    // Walks a chunk for ascending targets; see draw_many.
    template <class Targets, class Emit>
    void walk(std::uint64_t chunk, Targets&& targets, Emit&& emit) const;

    const Statevector<T>& state_;
    std::vector<double> ends_;  // probability up to the end of each chunk
};

// out[i] = |amplitude i|^2; `out` holds at least 16 numbers.
template <class T>
void write_probabilities(const Statevector<T>& state, std::span<double> out, int threads,
                         RunControl& control);

// Expectation value of the Pauli string of the term (its coefficient is not used).
template <class T>
double pauli_expectation(const Statevector<T>& state, const PauliTerm& term, int threads,
                         RunControl& control);

// Flips each of `bits` bits with the given probability.
std::uint64_t flip_readout(std::uint64_t outcome, int bits, std::uint64_t threshold,
                           const Philox& random, std::uint64_t shot);

}  // namespace ionsim
