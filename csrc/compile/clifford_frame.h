#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "compile/pauli_rows.h"
#include "compile/rotations.h"

namespace ionsim {

// Below this a rotation's distance from a Clifford gate is taken for rounding of its angle; leaving
// it out moves no probability by more than twice that.
inline constexpr double kCliffordTolerance = 1e-10;

// A noisy circuit with all Clifford gates drawn to its end: rotations exp(-i angle[r] axes[r]) of
// |0..0>, r ascending, then a measurement of the commuting strings `measured[q]` for qubit q.
struct PauliProgram {
    PauliProgram(std::size_t rotations, std::size_t qubits)
        : axes(rotations, qubits), angles(rotations), measured(qubits, qubits) {}

    PauliRows axes;
    std::vector<Turn> angles;  // within pi/8 of 0
    PauliRows measured;
};

PauliProgram draw_out_cliffords(const RotationCircuit& circuit, RunControl& control);

// What an error does: it changes the sign of some rotations and turns over some outcomes. Row
// (site, letter) has a bit for each of those; the letters are X and Z of the first qubit, then of
// the second.
class FlipTable {
  public:
    // `rotation_bits[r]` and `outcome_bits[q]` are the places of rotation r of the PauliProgram and
    // of qubit q in a row, or -1 for none.
    FlipTable(const RotationCircuit& circuit, std::span<const int> rotation_bits,
              std::span<const int> outcome_bits, std::size_t bits, RunControl& control);

    std::size_t words() const { return words_; }
    std::span<const std::uint64_t> row(std::size_t site, int letter) const {
        return std::span(rows_).subspan((starts_[site] + static_cast<std::size_t>(letter)) * words_,
                                        words_);
    }
    static double bytes(const RotationCircuit& circuit, std::size_t bits);

  private:
    std::size_t words_;
    std::vector<std::size_t> starts_;  // first row of each site
    std::vector<std::uint64_t> rows_;
};

}  // namespace ionsim
