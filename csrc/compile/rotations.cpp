#include "compile/rotations.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/bits.h"

namespace ionsim {
namespace {

constexpr double kZero = 1e-14;  // below this an element of a unitary is rounding

constexpr Letters kX = 1, kZ = 2, kY = 3;

constexpr Letters pair(Letters first, Letters second) {
    return static_cast<Letters>(first | (second << 2));
}

using Matrix = std::array<Complex, 16>;  // row-major, 2 x 2 or 4 x 4

// e^{i phase} (w - i (x X + y Y + z Z))
struct Unitary2 {
    Turn phase;
    double w, x, y, z;
};

Unitary2 split_phase(Complex u00, Complex u01, Complex u10, Complex u11) {
    const Complex determinant = u00 * u11 - u01 * u10;
    const Turn phase = half(turn_of(determinant.real(), determinant.imag()));
    const Complex back{phase.cos, -phase.sin};
    u00 *= back, u01 *= back, u10 *= back, u11 *= back;
    return {phase, 0.5 * (u00 + u11).real(), -0.5 * (u01 + u10).imag(), 0.5 * (u10 - u01).real(),
            -0.5 * (u00 - u11).imag()};
}

// exp(-i last Z) exp(-i middle X) exp(-i first Z)
struct Euler {
    Turn first, middle, last;
};

Euler euler(const Unitary2& u) {
    const double along = std::sqrt(u.w * u.w + u.z * u.z);
    const double across = std::sqrt(u.x * u.x + u.y * u.y);
    Turn sum, difference;  // last + first, last - first
    if (along > kZero) sum = turn_of(u.w, u.z);
    if (across > kZero) difference = turn_of(u.x, u.y);
    // With one of them free, the first rotation is none.
    if (!(along > kZero)) sum = difference;
    if (!(across > kZero)) difference = sum;
    const Turn last = half(sum + difference);
    return {sum - last, turn_of(along, across), last};
}

class Splitter {
  public:
    Splitter(std::vector<PauliRotation>& out, int first, int second)
        : out_(out), first_(first), second_(second) {}

    bool one(const Matrix& u) {
        const Euler e = euler(split_phase(u[0], u[1], u[2], u[3]));
        add(kZ, e.first), add(kX, e.middle), add(kZ, e.last);
        return true;
    }

    bool two(const Matrix& u) {
        unsigned offsets = 0;  // bit m: some element with row XOR column == m is not zero
        for (unsigned row = 0; row < 4; ++row) {
            for (unsigned column = 0; column < 4; ++column) {
                if (std::norm(u[row * 4 + column]) > kZero * kZero) offsets |= 1U << (row ^ column);
            }
        }
        if (offsets == 0b0001) return diagonal(u);
        if ((offsets & ~0b0011U) == 0) return multiplexed(u, 0);
        if ((offsets & ~0b0101U) == 0) return multiplexed(u, 1);
        if ((offsets & ~0b1001U) == 0) return flip_both(u);
        return false;
    }

  private:
    void add(Letters letters, const Turn& angle) {
        if (std::abs(angle.sin) < kZero) return;
        out_.push_back({first_, second_, letters, angle});
    }
    // The letter on local qubit 0 or 1.
    static Letters on(int qubit, Letters letter) {
        return static_cast<Letters>(letter << (2 * qubit));
    }

    bool diagonal(const Matrix& u) {
        const auto turn = [](Complex value) { return turn_of(value.real(), value.imag()); };
        const Turn p0 = turn(u[0]), p1 = turn(u[5]), p2 = turn(u[10]), p3 = turn(u[15]);
        // exp(-i h Z) is diag(1, e^{2 i h}) up to a phase. What both qubits together add to the
        // phase is a quarter of it on each letter.
        const Turn quarter = half(half((p3 - p2) - (p1 - p0)));
        add(on(0, kZ), half(p1 - p0) + quarter);
        add(on(1, kZ), half(p2 - p0) + quarter);
        add(pair(kZ, kZ), -quarter);
        return true;
    }

    // One matrix on the target where the other qubit is 0, another where it is 1.
    bool multiplexed(const Matrix& u, int target) {
        const unsigned t = 1U << target, c = t ^ 3U;
        const auto block = [&](unsigned base) {
            const auto at = [&](unsigned row, unsigned column) {
                return u[(base | row) * 4 + (base | column)];
            };
            return std::array<Complex, 4>{at(0, 0), at(0, t), at(t, 0), at(t, t)};
        };
        const auto plain = block(0);
        const auto other = block(c);
        const Euler e = euler(split_phase(plain[0], plain[1], plain[2], plain[3]));
        add(on(target, kZ), e.first), add(on(target, kX), e.middle), add(on(target, kZ), e.last);
        // other * plain^-1
        const auto d = [&](int i, int j) {
            return other[2 * i] * std::conj(plain[2 * j]) +
                   other[2 * i + 1] * std::conj(plain[2 * j + 1]);
        };
        controlled(split_phase(d(0, 0), d(0, 1), d(1, 0), d(1, 1)), target);
        return true;
    }

    // With the other qubit as control: a phase of it, and exp(-i g/2 n.s) exp(i g/2 Z n.s), n.s
    // being turned to Z by two rotations of the target.
    void controlled(const Unitary2& u, int target) {
        const int control = 1 - target;
        add(on(control, kZ), half(u.phase));
        const double length = std::sqrt(u.x * u.x + u.y * u.y + u.z * u.z);
        if (!(length > kZero)) {
            // w is 1 or -1.
            if (u.w < 0.0) add(on(control, kZ), Turn{0.0, 1.0});
            return;
        }
        const double x = u.x / length, y = u.y / length, z = u.z / length;
        const Turn angle = half(turn_of(u.w, length));
        const auto core = [&](Letters letter, double sign) {
            const Turn signed_angle = sign < 0.0 ? -angle : angle;
            add(on(target, letter), signed_angle);
            add(static_cast<Letters>(on(target, letter) | on(control, kZ)), -signed_angle);
        };
        const double across = std::sqrt(x * x + y * y);
        if (!(across > kZero)) return core(kZ, z);
        if (std::abs(z) <= kZero && std::abs(y) <= kZero) return core(kX, x);
        if (std::abs(z) <= kZero && std::abs(x) <= kZero) return core(kY, y);
        const Turn around = half(turn_of(x, y));
        const Turn down = half(turn_of(z, across));
        add(on(target, kZ), -around), add(on(target, kY), -down);
        core(kZ, 1.0);
        add(on(target, kY), down), add(on(target, kZ), around);
    }

    // A unitary on |00>, |11> and one on |10>, |01> (first qubit 0 first).
    bool flip_both(const Matrix& u) {
        const Unitary2 same = split_phase(u[0], u[3], u[12], u[15]);
        const Unitary2 apart = split_phase(u[10], u[9], u[6], u[5]);
        const Euler s = euler(same);
        const Euler a = euler(apart);
        const auto both = [&](const Turn& of_same, const Turn& of_apart) {
            const Turn mean = half(of_same + of_apart);
            add(on(0, kZ), mean), add(on(1, kZ), of_same - mean);
        };
        both(s.first, a.first);
        const Turn mean = half(s.middle + a.middle);
        add(pair(kX, kX), mean), add(pair(kY, kY), a.middle - mean);
        both(s.last, a.last);
        add(pair(kZ, kZ), half(apart.phase - same.phase));
        return true;
    }

    std::vector<PauliRotation>& out_;
    int first_, second_;
};

// Columns of the step on the qubits `on`, bit j of an index being on[j].
Matrix matrix_of(const Step& step, std::span<const int> on) {
    const unsigned n = 1U << on.size();
    const auto spread = [&](unsigned local) {
        std::uint64_t index = 0;
        for (std::size_t j = 0; j < on.size(); ++j) {
            if ((local >> j) & 1) index |= bit(on[j]);
        }
        return index;
    };
    const auto gather = [&](std::uint64_t index) {
        unsigned local = 0;
        for (std::size_t j = 0; j < on.size(); ++j) {
            if (index & bit(on[j])) local |= 1U << j;
        }
        return local;
    };
    const auto pattern = [](const auto& selectors, std::uint64_t index) {
        std::size_t p = 0;
        for (std::size_t j = 0; j < selectors.size(); ++j) {
            p |= static_cast<std::size_t>(parity(selectors[j] & index)) << j;
        }
        return p;
    };
    Matrix m{};
    for (unsigned row = 0; row < n; ++row) {
        const std::uint64_t index = spread(row);
        const Control control = std::visit([](const auto& s) { return s.control; }, step);
        if ((index & control.mask) != control.value) {
            m[row * n + row] = 1.0;
        } else if (const auto* diagonal = std::get_if<DiagonalStep>(&step)) {
            m[row * n + row] = diagonal->factors[pattern(diagonal->selectors, index)];
        } else if (const auto* pair_step = std::get_if<PairStep>(&step)) {
            const std::size_t p = pattern(pair_step->selectors, index);
            m[row * n + row] += pair_step->keep[p];
            m[row * n + gather(index ^ pair_step->flip)] += pair_step->swap[p];
        } else if (const auto* dense = std::get_if<DenseStep>(&step)) {
            const std::size_t size = std::size_t{1} << dense->qubits.size();
            std::uint64_t rest = index;
            std::size_t own = 0;
            for (std::size_t j = 0; j < dense->qubits.size(); ++j) {
                if (index & bit(dense->qubits[j])) own |= std::size_t{1} << j;
                rest &= ~bit(dense->qubits[j]);
            }
            for (std::size_t column = 0; column < size; ++column) {
                std::uint64_t from = rest;
                for (std::size_t j = 0; j < dense->qubits.size(); ++j) {
                    if ((column >> j) & 1) from |= bit(dense->qubits[j]);
                }
                m[row * n + gather(from)] += dense->matrix[own * size + column];
            }
        }
    }
    return m;
}

}  // namespace

bool append_rotations(const Step& step, std::vector<PauliRotation>& rotations) {
    const std::uint64_t all = support(step);
    if (all == 0) return true;  // a global phase
    const std::uint64_t rest = all & (all - 1);
    if ((rest & (rest - 1)) != 0 || std::holds_alternative<PauliSumStep>(step)) return false;
    const std::array<int, 2> on{std::countr_zero(all), rest != 0 ? std::countr_zero(rest) : -1};
    Splitter splitter(rotations, on[0], on[1]);
    const std::size_t count = rest != 0 ? 2 : 1;
    const Matrix matrix = matrix_of(step, std::span(on).first(count));
    return count == 1 ? splitter.one(matrix) : splitter.two(matrix);
}

std::optional<RotationCircuit> rotation_circuit(const Program& program, RunControl& control) {
    const auto touched = program.touched();
    const auto place_of = [&](std::int32_t qubit) {
        return static_cast<int>(std::lower_bound(touched.begin(), touched.end(), qubit) -
                                touched.begin());
    };
    RotationCircuit result;
    result.qubits = static_cast<int>(touched.size());
    std::vector<int> places;
    std::vector<int> local(kMaxMaskQubits);
    std::iota(local.begin(), local.end(), 0);
    NoisySteps noisy;
    std::vector<PauliRotation> rotations;
    result.sites.reserve(program.size());
    result.rotations.reserve(2 * program.size());
    for (std::size_t index = 0; index < program.size(); ++index) {
        if (index % 256 == 0) control.check();
        const GateView gate = program[index];
        if (gate.info.is_identity()) continue;
        places.clear();
        for (const std::int32_t qubit : gate.controls) places.push_back(place_of(qubit));
        for (const std::int32_t qubit : gate.targets) places.push_back(place_of(qubit));
        if (places.size() > static_cast<std::size_t>(kMaxMaskQubits)) return std::nullopt;
        const auto global = [&](int qubit) {
            return qubit < 0 ? -1 : places[static_cast<std::size_t>(qubit)];
        };
        noisy.steps.clear();
        noisy.sites.clear();
        const std::span<const int> all(local.data(), places.size());
        append_noisy(gate, all.first(gate.controls.size()), all.subspan(gate.controls.size()),
                     noisy);
        std::size_t done = 0;
        const auto advance = [&](std::size_t until) {
            for (; done < until; ++done) {
                if (!append_rotations(noisy.steps[done], rotations)) return false;
            }
            return true;
        };
        const auto move_out = [&] {
            for (PauliRotation& rotation : rotations) {
                rotation.first = global(rotation.first);
                rotation.second = global(rotation.second);
                result.rotations.push_back(rotation);
            }
            rotations.clear();
        };
        for (const NoiseSite& site : noisy.sites) {
            if (!advance(site.steps)) return std::nullopt;
            move_out();
            result.sites.push_back({static_cast<std::uint32_t>(result.rotations.size()),
                                    global(site.first), global(site.second)});
        }
    }
    return result;
}

}  // namespace ionsim
