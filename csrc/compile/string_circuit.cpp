#include <cmath>
#include <cstddef>
#include <utility>

#include "compile/pauli_vector.h"

namespace ionsim {
namespace {

// A direction this close to a plane or an axis lies there.
constexpr double kTolerance = 1e-12;

// X goes over into Y, Y into Z, Z into X; 0, 1, 2 stand for the letters X, Z, Y.
constexpr std::size_t next(std::size_t axis) {
    return (axis + 2) % 3;
}

// exp(-i h P) takes the expectation values (q, r) of the next two letters to
// (cos 2h q - sin 2h r, cos 2h r + sin 2h q).
template <class Values>
void turn(Values& values, std::size_t axis, const Turn& twice) {
    auto& q = values[next(axis)];
    auto& r = values[next(next(axis))];
    const auto before = q;
    if constexpr (requires { q[0]; }) {
        for (std::size_t k = 0; k < 3; ++k) {
            q[k] = twice.cos * before[k] - twice.sin * r[k];
            r[k] = twice.cos * r[k] + twice.sin * before[k];
        }
    } else {
        q = twice.cos * before - twice.sin * r;
        r = twice.cos * r + twice.sin * before;
    }
}

class Compiler {
  public:
    explicit Compiler(const RotationCircuit& circuit) : circuit_(circuit) {
        const auto count = static_cast<std::size_t>(circuit.qubits);
        result_.qubits.resize(count);
        axes_.resize(count);
        for (Axes& axes : axes_) {
            for (std::size_t k = 0; k < 3; ++k) axes.rows[k][k] = 1.0;
        }
    }

    StringCircuit run() {
        std::size_t next_rotation = 0;
        for (const NoiseSite& site : circuit_.sites) {
            const bool pair = site.second >= 0;
            bool turned = false;
            for (; next_rotation < site.steps; ++next_rotation) {
                const PauliRotation& rotation = circuit_.rotations[next_rotation];
                const Letters first = rotation.letters & 3U, second = rotation.letters >> 2;
                const Turn twice = rotation.angle + rotation.angle;
                if (first != 0 && second != 0) {
                    turn_both(rotation, twice);
                    turned = true;
                } else if (rotation.letters != 0) {
                    Axes& axes = axes_of(first != 0 ? rotation.first : rotation.second);
                    turn(axes.rows, (first | second) - 1U, twice);
                }
            }
            if (!pair) {
                ++channels_on(site.first);
                continue;
            }
            if (!turned) turn_both({site.first, site.second, 1 | 1 << 2, {}}, {});
            ++last_turn(site.first).channels.both;
        }
        for (std::size_t q = 0; q < axes_.size(); ++q) {
            if (!result_.qubits[q].visited) settle(q);
            constexpr std::size_t kZ = 1;
            result_.qubits[q].measured = axes_[q].rows[kZ];
        }
        return std::move(result_);
    }

  private:
    // Row P holds the direction, among the letters of the vector, of the letter P of the circuit.
    struct Axes {
        std::array<Bloch, 3> rows{};
        std::size_t visit = 0;  // its last visit,
        std::size_t turn = 0;   // and the last turn there about letters on both qubits
    };

    Axes& axes_of(int qubit) { return axes_[static_cast<std::size_t>(qubit)]; }

    StringTurn& last_turn(int qubit) {
        const Axes& axes = axes_of(qubit);
        return result_.visits[axes.visit].turns[axes.turn];
    }

    // A channel on one qubit commutes with all that acts on that qubit only.
    std::uint32_t& channels_on(int qubit) {
        auto& own = result_.qubits[static_cast<std::size_t>(qubit)];
        if (!own.visited) return own.channels;
        ChannelCounts& counts = last_turn(qubit).channels;
        return result_.visits[axes_of(qubit).visit].first == qubit ? counts.first : counts.second;
    }

    // What has acted on the qubit so far becomes its state; the axes are those of the circuit.
    void settle(std::size_t q) {
        Axes& axes = axes_[q];
        for (std::size_t k = 0; k < 3; ++k) {
            result_.qubits[q].start[k] = axes.rows[k][1];  // |0> is the direction Z
            axes.rows[k] = {};
            axes.rows[k][k] = 1.0;
        }
    }

    void turn_both(const PauliRotation& rotation, const Turn& twice) {
        const std::array<int, 2> qubits{rotation.first, rotation.second};
        std::array<Letters, 2> letters{static_cast<Letters>(rotation.letters & 3U),
                                       static_cast<Letters>(rotation.letters >> 2)};
        for (const int qubit : qubits) {
            const auto q = static_cast<std::size_t>(qubit);
            if (!std::exchange(result_.qubits[q].visited, true)) {
                settle(q);
                axes_[q].visit = result_.visits.size();
            }
        }
        const std::size_t place = visit_of(rotation.first, rotation.second);
        StringVisit& visit = result_.visits[place];
        const bool turned = visit.first != rotation.first;
        if (turned) std::swap(letters[0], letters[1]);
        bool minus = false;
        int axis = 0;
        for (int side = 0; side < 2; ++side) {
            const int qubit = side == 0 ? visit.first : visit.second;
            const auto [letter, negative] = align(
                axes_of(qubit), letters[static_cast<std::size_t>(side)] - 1U, 2 * side, visit);
            axis |= static_cast<int>(letter + 1) << (2 * side);
            minus ^= negative;
        }
        for (const int qubit : qubits) {
            axes_of(qubit).visit = place;
            axes_of(qubit).turn = visit.turns.size();
        }
        visit.turns.push_back({static_cast<std::uint8_t>(axis), minus ? -twice : twice, {}});
    }

    // The last visit of both, or a new one.
    std::size_t visit_of(int first, int second) {
        const std::size_t last = axes_of(first).visit;
        if (last < result_.visits.size() && last == axes_of(second).visit) {
            const StringVisit& visit = result_.visits[last];
            const bool same = (visit.first == first && visit.second == second) ||
                              (visit.first == second && visit.second == first);
            if (same) return last;
        }
        result_.visits.push_back({first, second, {}});
        return result_.visits.size() - 1;
    }

    // Turns the vector until the direction of the circuit's letter is one of its own, or the
    // negative of one; returns which, and whether it is negative.
    std::pair<std::size_t, bool> align(Axes& axes, std::size_t letter, int shift,
                                       StringVisit& visit) {
        for (;;) {
            const Bloch& direction = axes.rows[letter];
            std::size_t most = 0, least = 0;
            for (std::size_t k = 1; k < 3; ++k) {
                if (std::abs(direction[k]) > std::abs(direction[most])) most = k;
                if (std::abs(direction[k]) <= std::abs(direction[least])) least = k;
            }
            const std::size_t middle = 3 - most - least;
            if (std::abs(direction[middle]) < kTolerance) return {most, direction[most] < 0.0};
            // About the least part, if that is none; else that is turned away first.
            const bool flat = std::abs(direction[least]) < kTolerance;
            const std::size_t axis = flat ? least : middle;
            const std::size_t away = flat ? middle : least;
            const double length =
                std::sqrt(direction[most] * direction[most] + direction[away] * direction[away]);
            // By less than an eighth of a turn, to the nearer end of the axis.
            const bool same = (next(axis) == most) == (direction[most] > 0.0);
            const Turn angle{std::abs(direction[most]) / length,
                             (same ? -direction[away] : direction[away]) / length};
            visit.turns.push_back({static_cast<std::uint8_t>((axis + 1) << shift), angle, {}});
            for (Bloch& row : axes.rows) turn(row, axis, angle);
            axes.rows[letter][away] = 0.0;
        }
    }

    const RotationCircuit& circuit_;
    StringCircuit result_;
    std::vector<Axes> axes_;
};

}  // namespace

StringCircuit string_circuit(const RotationCircuit& circuit) {
    return Compiler(circuit).run();
}

}  // namespace ionsim
