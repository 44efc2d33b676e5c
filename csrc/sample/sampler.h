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

    // Puts in the place of each uniform number in [0, 1), given by its bits, its outcome. Many
    // draws are sorted by chunk, so that each chunk is read once.
    void draw_many(std::span<std::uint64_t> draws, int threads, RunControl& control) const;

  private:
    static constexpr std::uint64_t kChunkBlocks = 256;
    class Chunk;
    class Guide;

    // The first chunk in [begin, end) that `target` lies below.
    std::uint64_t chunk_of(double target, std::uint64_t begin, std::uint64_t end) const;
    void draw_in_order(std::span<std::uint64_t> draws) const;
    void draw_sorted(std::span<std::uint64_t> draws, const Guide& guide, int threads,
                     RunControl& control) const;

    const Statevector<T>& state_;
    std::vector<double> ends_;  // probability up to the end of each chunk
    std::uint64_t last_ = 0;    // the last chunk that has any probability
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
