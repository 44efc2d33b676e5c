#include "compile/lower.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/bits.h"
#include "base/error.h"
#include "base/trig.h"
#include "compile/gate_steps.h"

namespace ionsim {
namespace {

// Beyond this the phases of exp(-i time H) are lost in rounding, whatever the method.
constexpr double kMaxExponentNorm = 1e6;

void check_exponent(std::span<const PauliTerm> terms, double time) {
    double norm = 0.0;
    for (const PauliTerm& term : terms) norm += std::abs(time * term.coefficient);
    if (!(norm < 1e300)) {
        throw LimitError("QuantumCircuitComplexityError",
                         "pauliexp: |time| times the sum of |coefficients| overflows: use smaller "
                         "numbers",
                         norm, 1e300);
    }
    if (norm <= kMaxExponentNorm || all_commute(terms)) return;
    throw LimitError("QuantumCircuitComplexityError",
                     "pauliexp: |time| times the sum of |coefficients| is " + std::to_string(norm) +
                         "; terms that do not commute are simulated up to 1e6: shorten the time",
                     norm, kMaxExponentNorm);
}

std::vector<int> places_of(std::span<const std::int32_t> qubits, const QubitMap& map) {
    std::vector<int> places;
    places.reserve(qubits.size());
    for (const std::int32_t qubit : qubits) places.push_back(map[qubit]);
    return places;
}

Control all_set(std::span<const int> controls) {
    std::uint64_t mask = 0;
    for (const int control : controls) mask |= bit(control);
    return {mask, mask};
}

Matrix2 matrix2(const GateMatrix& m) {
    return {m(0, 0), m(0, 1), m(1, 0), m(1, 1)};
}

void append_gate(const GateView& gate, std::span<const int> controls, std::span<const int> targets,
                 std::vector<Step>& steps) {
    if (gate.info.is_identity()) return;
    const Control control = all_set(controls);
    if (gate.info.is_pauli_exponential()) {
        const auto terms = pauli_terms(gate, targets);
        check_exponent(terms, gate.parameters[0]);
        append_pauli_exponential(terms, gate.parameters[0], control, steps);
        return;
    }
    const GateMatrix matrix = gate.info.matrix(gate.parameters);
    if (matrix.targets == 1) {
        steps.push_back(one_target_step(matrix2(matrix), targets[0], control));
    } else {
        steps.push_back(
            two_target_step(matrix, gate.info.xor_offsets, targets[0], targets[1], control));
    }
}

Matrix2 table_matrix(std::string_view name, std::span<const double> parameters = {}) {
    return matrix2(find_gate(GateSet::kQis, name)->matrix(parameters));
}

Matrix2 adjoint(const Matrix2& m) {
    return {std::conj(m[0]), std::conj(m[2]), std::conj(m[1]), std::conj(m[3])};
}

// The principal root: eigenphases in (-pi, pi], divided by `order`.
Matrix2 principal_root(const Matrix2& u, double order) {
    // u = e^{i a} (cos(f) I - i sin(f) n.sigma): eigenphase a - f on the projector (I + n.sigma) /
    // 2, a + f on (I - n.sigma) / 2.
    const double a = 0.5 * std::arg(u[0] * u[3] - u[1] * u[2]);
    const SinCos turn = sincos_radians(a);
    const Complex unphase{turn.cos, -turn.sin};
    const Matrix2 s{u[0] * unphase, u[1] * unphase, u[2] * unphase, u[3] * unphase};
    const double cosine = 0.5 * (s[0] + s[3]).real();
    const std::array<double, 3> axis{-0.5 * (s[1] + s[2]).imag(), 0.5 * (s[2] - s[1]).real(),
                                     -0.5 * (s[0] - s[3]).imag()};
    const double sine = std::hypot(axis[0], axis[1], axis[2]);
    const double f = std::atan2(sine, cosine);
    const auto root_of_phase = [order](double phase) {
        constexpr double kPi = 0x1.921fb54442d18p+1;
        // Rounding must not turn an eigenphase of pi into -pi, which is another root.
        if (phase <= -kPi + 1e-9) phase += 2 * kPi;
        if (phase > kPi + 1e-9) phase -= 2 * kPi;
        const auto [sine_of_root, cosine_of_root] = sincos_radians(phase / order);
        return Complex{cosine_of_root, sine_of_root};
    };
    const Complex plus = root_of_phase(a - f);
    const Complex minus = root_of_phase(a + f);
    const Complex mean = 0.5 * (plus + minus);
    if (sine < 1e-12) return {plus, 0, 0, plus};
    const Complex half = 0.5 * (plus - minus) / sine;
    const Complex i{0.0, 1.0};
    return {mean + half * axis[2], half * (axis[0] - i * axis[1]), half * (axis[0] + i * axis[1]),
            mean - half * axis[2]};
}

// Breaks gates up into gates on one and two qubits, which it hands to a sink.
template <class Sink>
class Breaker {
  public:
    explicit Breaker(Sink& sink) : sink_(sink) {}

    void gate(const GateView& gate, std::span<const int> controls, std::span<const int> targets) {
        if (gate.info.is_identity()) return;
        if (controls.size() + targets.size() <= 2) return sink_.whole(gate, controls, targets);
        if (gate.info.is_pauli_exponential()) return exponential(gate, controls, targets);
        if (gate.info.targets == 1) {
            return controlled(matrix2(gate.info.matrix(gate.parameters)), targets[0], controls);
        }
        two_targets(gate, controls, targets[0], targets[1]);
    }

  private:
    void plain(const Matrix2& matrix, int target) { sink_.one(matrix, target); }
    void cnot(int control, int target) { sink_.two(x_, target, control); }

    // Barenco et al., "Elementary gates for quantum computation", Phys. Rev. A 52, 3457 (1995),
    // Lemma 7.1: the sum over non-empty subsets of the controls of (-1)^(size - 1) times the parity
    // of the subset is 2^(k-1) times the product of the controls. The parities are made on the
    // highest control of each subset, in Gray order, so that each costs one CNOT.
    void controlled(const Matrix2& matrix, int target, std::span<const int> controls) {
        if (controls.empty()) return plain(matrix, target);
        if (controls.size() == 1) return sink_.two(matrix, target, controls[0]);
        const int k = static_cast<int>(controls.size());
        const Matrix2 root = principal_root(matrix, std::ldexp(1.0, k - 1));
        const Matrix2 inverse = adjoint(root);
        for (int high = 0; high < k; ++high) {
            const auto place = static_cast<std::size_t>(high);
            for (unsigned i = 1U << high; i < 2U << high; ++i) {
                const unsigned gray = i ^ (i >> 1);
                if (i > 1) {
                    const int changed = std::countr_zero(gray ^ ((i - 1) ^ ((i - 1) >> 1)));
                    const int from = changed == high ? high - 1 : changed;
                    cnot(controls[static_cast<std::size_t>(from)], controls[place]);
                }
                sink_.two((std::popcount(gray) & 1) ? root : inverse, target, controls[place]);
            }
        }
    }

    void two_targets(const GateView& gate, std::span<const int> controls, int a, int b) {
        if (gate.info.name == "swap") {
            std::vector<int> more(controls.begin(), controls.end());
            more.push_back(a);
            cnot(b, a);
            controlled(x_, b, more);
            cnot(b, a);
            return;
        }
        // xx, yy and zz become one rotation between two CNOTs: a CNOT maps X x X to X x I and Z x Z
        // to I x Z, and Y = S X S^dagger.
        const bool is_zz = gate.info.name == "zz";
        const bool is_yy = gate.info.name == "yy";
        const Matrix2 core = table_matrix(is_zz ? "rz" : "rx", gate.parameters);
        if (is_yy) plain(table_matrix("si"), a), plain(table_matrix("si"), b);
        cnot(a, b);
        controlled(core, is_zz ? b : a, controls);
        cnot(a, b);
        if (is_yy) plain(table_matrix("s"), a), plain(table_matrix("s"), b);
    }

    // The terms in order, each once: change to the Z basis, parity by a ladder of CNOTs, rotate.
    void exponential(const GateView& gate, std::span<const int> controls,
                     std::span<const int> targets) {
        const double time = gate.parameters[0];
        const std::size_t width = targets.size();
        sink_.check(gate, targets);
        for (std::size_t j = 0; j + 1 < gate.parameters.size(); ++j) {
            const double angle = time * gate.parameters[j + 1];
            const auto letters = gate.letters.subspan(j * width, width);
            std::vector<int> ladder;
            for (std::size_t t = 0; t < width; ++t) {
                if (letters[t] != 0) ladder.push_back(targets[t]);
            }
            if (ladder.empty()) {
                global_phase(angle, controls);
                continue;
            }
            change_basis(letters, targets, "v");
            for (std::size_t t = 0; t + 1 < ladder.size(); ++t) cnot(ladder[t], ladder[t + 1]);
            const std::array<double, 1> rotation{2.0 * angle};
            controlled(table_matrix("rz", rotation), ladder.back(), controls);
            for (std::size_t t = ladder.size() - 1; t-- > 0;) cnot(ladder[t], ladder[t + 1]);
            change_basis(letters, targets, "vi");
        }
    }

    void change_basis(std::span<const std::uint8_t> letters, std::span<const int> targets,
                      std::string_view y_gate) {
        for (std::size_t t = 0; t < targets.size(); ++t) {
            if (letters[t] == 1) plain(table_matrix("h"), targets[t]);
            if (letters[t] == 2) plain(table_matrix(y_gate), targets[t]);
        }
    }

    // Under controls a phase is seen: it is a phase gate on the last control.
    void global_phase(double angle, std::span<const int> controls) {
        if (controls.empty()) return;
        const std::array<double, 1> rotation{-angle};
        controlled(table_matrix("z", rotation), controls.back(),
                   controls.first(controls.size() - 1));
    }

    Sink& sink_;
    Matrix2 x_ = table_matrix("x");
};

struct StepSink {
    NoisySteps out;

    void site(int first, int second) {
        out.sites.push_back({static_cast<std::uint32_t>(out.steps.size()), first, second});
    }
    void whole(const GateView& gate, std::span<const int> controls, std::span<const int> targets) {
        append_gate(gate, controls, targets, out.steps);
        std::vector<int> all(controls.begin(), controls.end());
        all.insert(all.end(), targets.begin(), targets.end());
        site(all[0], all.size() == 2 ? all[1] : -1);
    }
    void check(const GateView& gate, std::span<const int> targets) const {
        check_exponent(pauli_terms(gate, targets), gate.parameters[0]);
    }
    void one(const Matrix2& matrix, int target) {
        out.steps.push_back(one_target_step(matrix, target, {}));
        site(target, -1);
    }
    void two(const Matrix2& matrix, int target, int control) {
        out.steps.push_back(one_target_step(matrix, target, {bit(control), bit(control)}));
        site(control, target);
    }
};

struct CountSink {
    GateCounts counts;

    void whole(const GateView&, std::span<const int> controls, std::span<const int> targets) {
        (controls.size() + targets.size() == 1 ? counts.one_qubit : counts.two_qubit) += 1;
    }
    void check(const GateView&, std::span<const int>) const {}
    void one(const Matrix2&, int) { counts.one_qubit += 1; }
    void two(const Matrix2&, int, int) { counts.two_qubit += 1; }
};

}  // namespace

QubitMap::QubitMap(const Program& program) : size_(static_cast<int>(program.touched().size())) {
    const auto touched = program.touched();
    if (size_ > kMaxMaskQubits) {
        throw LimitError("NotEnoughQubits",
                         "the circuit acts on " + std::to_string(size_) +
                             " qubits; at most 64 can be simulated: use fewer, or "
                             "ionsim.sample_bits for a circuit of mostly Clifford gates",
                         size_, kMaxMaskQubits);
    }
    touched_.assign(touched.begin(), touched.end());
}

int QubitMap::operator[](std::int32_t qubit) const {
    const auto found = std::lower_bound(touched_.begin(), touched_.end(), qubit);
    return static_cast<int>(found - touched_.begin());
}

std::vector<Step> lower(const Program& program, const QubitMap& map) {
    std::vector<Step> steps;
    steps.reserve(program.size());
    std::vector<int> places;  // one piece of memory for all gates
    for (std::size_t index = 0; index < program.size(); ++index) {
        const GateView gate = program[index];
        if (gate.info.is_identity()) continue;
        places.clear();
        for (const std::int32_t qubit : gate.controls) places.push_back(map[qubit]);
        for (const std::int32_t qubit : gate.targets) places.push_back(map[qubit]);
        const std::span<const int> all(places);
        append_gate(gate, all.first(gate.controls.size()), all.subspan(gate.controls.size()),
                    steps);
    }
    return steps;
}

NoisySteps lower_noisy(const Program& program, const QubitMap& map, RunControl& control) {
    StepSink sink;
    Breaker breaker(sink);
    for (std::size_t index = 0; index < program.size(); ++index) {
        const GateView gate = program[index];
        if (gate.info.is_identity()) continue;
        breaker.gate(gate, places_of(gate.controls, map), places_of(gate.targets, map));
        // A gate with seven controls becomes hundreds of steps: long programs take seconds here.
        if (index % 256 == 0) control.check();
    }
    return std::move(sink.out);
}

void append_noisy(const GateView& gate, std::span<const int> controls, std::span<const int> targets,
                  NoisySteps& noisy) {
    StepSink sink{std::move(noisy)};
    Breaker(sink).gate(gate, controls, targets);
    noisy = std::move(sink.out);
}

GateCounts count_gates(const Program& program) {
    CountSink sink;
    Breaker breaker(sink);
    std::vector<int> places(kMaxMaskQubits + kMaxControls);
    std::iota(places.begin(), places.end(), 0);
    for (std::size_t index = 0; index < program.size(); ++index) {
        const GateView gate = program[index];
        const std::span<const int> all(places);
        breaker.gate(gate, all.first(gate.controls.size()),
                     all.subspan(gate.controls.size(),
                                 std::min<std::size_t>(gate.targets.size(), kMaxMaskQubits)));
    }
    return sink.counts;
}

bool pauliexp_order_matters(const Program& program) {
    for (std::size_t index = 0; index < program.size(); ++index) {
        const GateView gate = program[index];
        if (!gate.info.is_pauli_exponential()) continue;
        if (gate.controls.size() + gate.targets.size() <= 2) continue;
        std::vector<int> places(gate.targets.size());
        std::iota(places.begin(), places.end(), 0);
        if (!all_commute(pauli_terms(gate, places))) return true;
    }
    return false;
}

}  // namespace ionsim
