#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "compile/clifford_frame.h"

namespace ionsim {

// Which rotations must run before which, and before each measurement: those that do not commute,
// and what these need in turn. Sets are rows of bits, one a rotation.
class Cones {
  public:
    Cones(const PauliProgram& program, RunControl& control);

    std::size_t words() const { return words_; }
    // Earlier rotations that do not commute with rotation `r`.
    std::span<const std::uint64_t> before(std::size_t r) const {
        return std::span(before_).subspan(r * words_, words_);
    }
    // All that the outcome of a qubit depends on.
    std::span<std::uint64_t> of(std::size_t qubit) {
        return std::span(cones_).subspan(qubit * words_, words_);
    }

  private:
    std::size_t words_;
    std::vector<std::uint64_t> before_;
    std::vector<std::uint64_t> cones_;
};

}  // namespace ionsim
