#include "run/pauli_vector.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "base/bits.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "kernels/lanes.h"
#include "run/vector_scales.h"

namespace ionsim {
namespace {

using Kind = VectorStep::Kind;

template <class T>
const kernels::PauliTable<T>& pauli_kernels() {
    if constexpr (std::is_same_v<T, float>) {
        return *kernels::active_lanes().pauli_single;
    } else {
        return *kernels::active_lanes().pauli_twice;
    }
}

// The component of a digit's letter.
std::uint64_t component(std::uint64_t letter, int digit) {
    return letter << (2 * digit);
}

template <class T>
class PauliVector {
  public:
    PauliVector(const VectorJob& job, const NoiseRates& rates, RunControl& control)
        : job_(job),
          rates_(rates),
          control_(control),
          visits_(job.circuit, rates),
          values_(kernels::place_of(std::uint64_t{1} << (2 * job.plan.digits))) {}

    void run(int threads) {
        enter_lanes();
        const auto& stages = job_.plan.stages;
        advance(stages.front(), 0);
        std::vector<std::uint64_t> parts;
        for (std::size_t k = 1; k < stages.size(); ++k)
            parts.push_back(component(1, static_cast<int>(stages[k].outer.size())));
        if (parts.empty()) return;
        parallel_phases(threads, parts, control_, [&](std::size_t phase, std::uint64_t part, int) {
            advance(stages[phase + 1], part);
        });
    }

    // Leaves the strings of I and Z only, over the qubits that have a digit.
    void measure() {
        std::vector<int> qubit_at(static_cast<std::size_t>(job_.plan.digits), -1);
        for (std::size_t q = 0; q < job_.plan.digit_of.size(); ++q) {
            const int digit = job_.plan.digit_of[q];
            if (digit >= 0) qubit_at[static_cast<std::size_t>(digit)] = static_cast<int>(q);
        }
        std::uint64_t blocks = 1;
        for (int digit = job_.plan.digits; digit-- > 0; blocks *= 2) {
            const int qubit = qubit_at[static_cast<std::size_t>(digit)];
            Bloch along{};
            for (std::size_t k = 0; k < 3 && qubit >= 0; ++k) {
                along[k] = job_.circuit.qubits[static_cast<std::size_t>(qubit)].measured[k] *
                           visits_.scale(qubit, k + 1);
            }
            for (std::uint64_t block = 0; block < blocks; ++block) {
                contract(block, component(1, digit), along);
            }
        }
    }

    // The expectation value of a product of Z: bit j of the index stands for digit j.
    double measured(std::uint64_t index) {
        return visits_.shared() * static_cast<double>(*at(index));
    }

  private:
    Bloch state_of(int qubit) const {
        if (qubit < 0) return {};
        const auto& own = job_.circuit.qubits[static_cast<std::size_t>(qubit)];
        Bloch state = own.start;
        for (double& value : state) value *= power(1.0 - rates_.r1, own.channels);
        return state;
    }

    // The qubits that begin in the lanes.
    void enter_lanes() {
        *at(0) = T{1};
        size_ = 1;
        for (const int qubit : job_.plan.lanes) enter(qubit);
    }

    void enter(int qubit) {
        const Bloch state = state_of(qubit);
        for (std::uint64_t letter = 1; letter < 4; ++letter) {
            const T factor = static_cast<T>(state[letter - 1]);
            in_runs(size_, [&](std::uint64_t begin, std::uint64_t count) {
                const T* const from = at(begin);
                T* const to = at(letter * size_ + begin);
                for (std::uint64_t i = 0; i < count; ++i) to[i] = factor * from[i];
            });
        }
        size_ *= 4;
    }

    T* at(std::uint64_t component) { return values_.data() + kernels::place_of(component); }

    // Calls body(begin, count) for parts of [0, size) that lie in one run each.
    template <class Body>
    void in_runs(std::uint64_t size, Body&& body) {
        const std::uint64_t count = std::min(size, kernels::kPauliRun);
        for (std::uint64_t begin = 0; begin < size; begin += count) {
            control_.check();
            body(begin, count);
        }
    }

    // The steps of a stage in one of its parts.
    void advance(const VectorStage& stage, std::uint64_t part) {
        WorkMeter meter(control_);
        kernels::PauliTile tile{0, 0, 0};
        for (std::size_t k = 0; k < stage.outer.size(); ++k) {
            tile.base |= component((part >> (2 * k)) & 3, stage.outer[k]);
            tile.fixed |= component(3, stage.outer[k]);
        }
        for (std::size_t k = stage.begin; k < stage.end; ++k) {
            const VectorStep& step = job_.plan.steps[k];
            if (step.kind == Kind::kEnter) {
                enter(step.qubit);
                continue;
            }
            tile.size = size_;
            kernels::PauliVisit<T> visit =
                step.kind == Kind::kVisit ? visits_[step.visit] : kernels::PauliVisit<T>{};
            visit.first = step.first;
            visit.second = step.second;
            visit.exchanges = step.exchanges || step.kind == Kind::kExchange;
            kernels_.visit(values_.data(), visit, tile);
            const int updates = 1 + step.exchanges + visit.count;
            meter.add(updates * static_cast<double>(size_ >> (2 * stage.outer.size())));
        }
    }

    // Of a block of four times `size` components, each row a letter of the highest digit, what
    // remains of it when that is measured: I, and the letter along `along`. Two rows of each block
    // go where the rows of the blocks before them were.
    void contract(std::uint64_t block, std::uint64_t size, const Bloch& along) {
        const T x = static_cast<T>(along[0]), z = static_cast<T>(along[1]),
                y = static_cast<T>(along[2]);
        in_runs(size, [&](std::uint64_t begin, std::uint64_t count) {
            const std::uint64_t from = 4 * block * size + begin, to = 2 * block * size + begin;
            const T* const rows[] = {at(from), at(from + size), at(from + 2 * size),
                                     at(from + 3 * size)};
            T* const none = at(to);
            T* const one = at(to + size);
            for (std::uint64_t i = 0; i < count; ++i) {
                const T sum = x * rows[1][i] + z * rows[2][i] + y * rows[3][i];
                none[i] = rows[0][i];
                one[i] = sum;
            }
        });
    }

    const VectorJob& job_;
    const NoiseRates& rates_;
    RunControl& control_;
    const kernels::PauliTable<T>& kernels_ = pauli_kernels<T>();
    ScaledVisits<T> visits_;
    AlignedBuffer<T> values_;
    std::uint64_t size_ = 0;  // of what the vector has grown to
};

// From the expectation values of products of Z: index i is the product over the bits of i.
void to_probabilities(std::span<double> values) {
    for (std::size_t step = 1; step < values.size(); step *= 2) {
        for (std::size_t i = 0; i < values.size(); i += 2 * step) {
            for (std::size_t k = i; k < i + step; ++k) {
                const double a = values[k], b = values[k + step];
                values[k] = 0.5 * (a + b);
                values[k + step] = 0.5 * (a - b);
            }
        }
    }
    for (double& value : values) value = std::max(value, 0.0);
}

}  // namespace

VectorWork vector_work(const VectorJob& job) {
    VectorWork work;
    int digits = VectorPlan::kLaneDigits;
    for (const VectorStep& step : job.plan.steps) {
        digits += step.kind == Kind::kEnter;
        const double size = std::ldexp(1.0, 2 * digits);
        work.moved += step.exchanges ? 2.0 * size : size;
        if (step.kind != Kind::kVisit) continue;
        work.turned += size * static_cast<double>(job.circuit.visits[step.visit].turns.size());
    }
    return work;
}

template <class T>
std::vector<double> vector_distribution(const VectorJob& job, const NoiseRates& rates, int threads,
                                        RunControl& control) {
    const auto& qubits = job.circuit.qubits;
    std::vector<double> result(std::size_t{1} << qubits.size());
    result[0] = 1.0;
    std::optional<PauliVector<T>> vector;
    if (job.plan.digits > 0) {
        vector.emplace(job, rates, control);
        vector->run(threads);
        vector->measure();
    }
    // Qubit after qubit: one without visits is a factor, one with visits a bit of the other index.
    std::vector<std::size_t> index(result.size());
    for (std::size_t q = 0; q < qubits.size(); ++q) {
        const std::size_t size = std::size_t{1} << q;
        const int digit = job.plan.digit_of[q];
        const StringCircuit::Qubit& own = qubits[q];
        double factor = 1.0;
        if (digit < 0) {
            factor = 0.0;
            for (std::size_t k = 0; k < 3; ++k) factor += own.measured[k] * own.start[k];
            factor *= power(1.0 - rates.r1, own.channels);
        }
        const std::size_t more = digit < 0 ? 0 : std::size_t{1} << digit;
        for (std::size_t i = 0; i < size; ++i) {
            result[size + i] = factor * result[i];
            index[size + i] = index[i] | more;
        }
    }
    for (std::size_t i = 0; i < result.size() && vector; ++i) {
        result[i] *= vector->measured(index[i]);
    }
    to_probabilities(result);
    return result;
}

template std::vector<double> vector_distribution<float>(const VectorJob&, const NoiseRates&, int,
                                                        RunControl&);
template std::vector<double> vector_distribution<double>(const VectorJob&, const NoiseRates&, int,
                                                         RunControl&);

}  // namespace ionsim
