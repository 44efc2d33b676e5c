#include "compile/clifford_frame.h"

#include <algorithm>

namespace ionsim {
namespace {

// How many rotations stay when the Clifford part of each is taken off.
std::size_t count_rest(const RotationCircuit& circuit) {
    std::size_t count = 0;
    for (const PauliRotation& rotation : circuit.rotations) {
        count += eighths(rotation.angle, kCliffordTolerance).rest.sin != 0.0;
    }
    return count;
}

// The images U^-1 X_q U and U^-1 Z_q U of the letters under the Clifford gates U so far.
class Tableau {
  public:
    explicit Tableau(std::size_t qubits)
        : qubits_(qubits), rows_(2 * qubits, qubits), scratch_(1, qubits) {
        for (std::size_t q = 0; q < qubits; ++q) {
            PauliRows::toggle(rows_.x(q), q);
            PauliRows::toggle(rows_.z(qubits + q), q);
        }
    }

    const PauliRows& rows() const { return rows_; }
    std::size_t row_of_z(std::size_t qubit) const { return qubits_ + qubit; }

    // Writes the image of the string to `to[row]`.
    void image(const PauliRotation& rotation, PauliRows& to, std::size_t row) const {
        bool empty = true;
        int exponent = 0;
        const auto times = [&](std::size_t from) {
            if (empty) {
                to.copy(row, rows_, from);
                exponent = to.sign(row) ? 2 : 0;
                to.set_sign(row, false);
                empty = false;
            } else {
                exponent += to.multiply(row, rows_, from);
            }
        };
        for (int side = 0; side < 2; ++side) {
            const int letter = (rotation.letters >> (2 * side)) & 3;
            const auto q = static_cast<std::size_t>(side == 0 ? rotation.first : rotation.second);
            if (letter == 0) continue;
            if (letter & 1) times(q);
            if (letter & 2) times(row_of_z(q));
            if (letter == 3) exponent += 1;  // Y = i X Z
        }
        to.set_sign(row, exponent & 2);
    }

    // U becomes exp(-i quarters pi/4 P) U.
    void turn(const PauliRotation& rotation, int quarters) {
        image(rotation, scratch_, 0);
        for (int side = 0; side < 2; ++side) {
            const int letter = (rotation.letters >> (2 * side)) & 3;
            const auto q = static_cast<std::size_t>(side == 0 ? rotation.first : rotation.second);
            if (letter & 2) turn_row(q, quarters);
            if (letter & 1) turn_row(row_of_z(q), quarters);
        }
    }

  private:
    // g exp(-i quarters pi/2 P) for a letter g that anticommutes with P.
    void turn_row(std::size_t row, int quarters) {
        if (quarters & 1) {
            const int exponent = rows_.multiply(row, scratch_, 0) + (quarters == 1 ? 3 : 1);
            rows_.set_sign(row, exponent & 2);
        } else {
            rows_.flip_sign(row, quarters == 2);
        }
    }

    std::size_t qubits_;
    PauliRows rows_;
    PauliRows scratch_;
};

}  // namespace

PauliProgram draw_out_cliffords(const RotationCircuit& circuit, RunControl& control) {
    const auto qubits = static_cast<std::size_t>(circuit.qubits);
    PauliProgram program(count_rest(circuit), qubits);
    Tableau tableau(qubits);
    std::size_t row = 0;
    for (std::size_t r = 0; r < circuit.rotations.size(); ++r) {
        if (r % 1024 == 0) control.check();
        const PauliRotation& rotation = circuit.rotations[r];
        const Eighths parts = eighths(rotation.angle, kCliffordTolerance);
        if (parts.rest.sin != 0.0) {
            tableau.image(rotation, program.axes, row);
            program.angles[row++] = parts.rest;
        }
        if ((parts.count & 3) != 0) tableau.turn(rotation, parts.count & 3);
    }
    for (std::size_t q = 0; q < qubits; ++q) {
        program.measured.copy(q, tableau.rows(), tableau.row_of_z(q));
    }
    return program;
}

double FlipTable::bytes(const RotationCircuit& circuit, std::size_t bits) {
    double rows = 0.0;
    for (const NoiseSite& site : circuit.sites) rows += site.second < 0 ? 2.0 : 4.0;
    const auto letters = 2.0 * circuit.qubits;
    return (rows + letters) * 8.0 * static_cast<double>((bits + 63) / 64);
}

FlipTable::FlipTable(const RotationCircuit& circuit, std::span<const int> rotation_bits,
                     std::span<const int> outcome_bits, std::size_t bits, RunControl& control)
    : words_((bits + 63) / 64), starts_(circuit.sites.size()) {
    std::size_t rows = 0;
    for (std::size_t site = 0; site < starts_.size(); ++site) {
        starts_[site] = rows;
        rows += circuit.sites[site].second < 0 ? 2 : 4;
    }
    rows_.resize(rows * words_);
    // From the end backwards: what an X or Z on each qubit flips when it happens here.
    const auto qubits = static_cast<std::size_t>(circuit.qubits);
    std::vector<std::uint64_t> now(2 * qubits * words_);
    const auto of = [&](std::size_t qubit, int letter) {
        return std::span(now).subspan((2 * qubit + static_cast<std::size_t>(letter)) * words_,
                                      words_);
    };
    for (std::size_t q = 0; q < qubits; ++q) {
        const int place = outcome_bits[q];
        if (place >= 0) PauliRows::toggle(of(q, 0), static_cast<std::size_t>(place));
    }
    std::size_t r = circuit.rotations.size();
    std::vector<std::uint64_t> axis(words_);
    std::size_t own = rotation_bits.size();
    const auto step_back = [&] {
        const PauliRotation& rotation = circuit.rotations[--r];
        const Eighths parts = eighths(rotation.angle, kCliffordTolerance);
        int place = -1;
        if (parts.rest.sin != 0.0) place = rotation_bits[--own];
        const bool mixes = parts.count & 1;
        if (!mixes && place < 0) return;
        const auto each = [&](auto&& use) {
            for (int side = 0; side < 2; ++side) {
                const int letter = (rotation.letters >> (2 * side)) & 3;
                if (letter == 0) continue;
                use(static_cast<std::size_t>(side == 0 ? rotation.first : rotation.second), letter);
            }
        };
        if (mixes) {
            // An error that anticommutes with the axis comes out of the gate times the axis.
            std::fill(axis.begin(), axis.end(), 0);
            each([&](std::size_t q, int letter) {
                for (int k = 0; k < 2; ++k) {
                    if (!((letter >> k) & 1)) continue;
                    const auto row_now = of(q, k);
                    for (std::size_t w = 0; w < words_; ++w) axis[w] ^= row_now[w];
                }
            });
        }
        each([&](std::size_t q, int letter) {
            for (int k = 0; k < 2; ++k) {
                if (!((letter >> (1 - k)) & 1)) continue;  // commutes
                const auto row_now = of(q, k);
                if (mixes) {
                    for (std::size_t w = 0; w < words_; ++w) row_now[w] ^= axis[w];
                }
                if (place >= 0) PauliRows::toggle(row_now, static_cast<std::size_t>(place));
            }
        });
    };
    for (std::size_t site = starts_.size(); site-- > 0;) {
        if (site % 1024 == 0) control.check();
        const NoiseSite& at = circuit.sites[site];
        while (r > at.steps) step_back();
        const int letters = at.second < 0 ? 2 : 4;
        for (int letter = 0; letter < letters; ++letter) {
            const auto q = static_cast<std::size_t>(letter < 2 ? at.first : at.second);
            const auto from = of(q, letter & 1);
            std::copy(
                from.begin(), from.end(),
                rows_.begin() + static_cast<std::ptrdiff_t>(
                                    (starts_[site] + static_cast<std::size_t>(letter)) * words_));
        }
    }
}

}  // namespace ionsim
