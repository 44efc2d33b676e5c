#include "run/kraus_vector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "base/memory.h"
#include "base/parallel.h"
#include "compile/kraus_transfer.h"
#include "compile/transfer.h"
#include "kernels/lanes.h"
#include "noise/kraus.h"

namespace ionsim {
namespace {

constexpr int kLaneDigits = 2;   // their 16 components share a pack: gates keep off them
constexpr int kLeastDigits = 4;  // so that a gate on two qubits finds room
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// Where each qubit's letter stands among the digits of an index. The qubits of a gate must stand
// above the lane digits: those in them change places with qubits that are needed last.
class Digits {
  public:
    Digits(int qubits, std::span<const QubitPair> gates)
        : count_(std::max(qubits, kLeastDigits)), position_(static_cast<std::size_t>(count_)) {
        std::iota(position_.begin(), position_.end(), 0);
        // When each qubit is needed next, seen from each gate: filled from the end.
        const auto width = position_.size();
        next_use_.assign((gates.size() + 1) * width, kNever);
        for (std::size_t k = gates.size(); k-- > 0;) {
            std::copy_n(next_use_.data() + (k + 1) * width, width, next_use_.data() + k * width);
            for (const int q : {gates[k].first, gates[k].second}) {
                if (q >= 0) next_use_[k * width + static_cast<std::size_t>(q)] = k;
            }
        }
    }

    int count() const { return count_; }
    int operator[](int qubit) const { return position_[static_cast<std::size_t>(qubit)]; }

    // Makes room for gate number k; exchange(low, high) swaps the digits at two positions.
    template <class Exchange>
    void make_room(std::size_t k, const QubitPair& gate, Exchange&& exchange) {
        const std::size_t* next_use = next_use_.data() + (k + 1) * position_.size();
        for (const int qubit : {gate.first, gate.second}) {
            if (qubit < 0 || (*this)[qubit] >= kLaneDigits) continue;
            int idle = -1;
            for (int q = 0; q < count_; ++q) {
                if ((*this)[q] < kLaneDigits || q == gate.first || q == gate.second) continue;
                if (idle < 0 || next_use[q] > next_use[idle]) idle = q;
            }
            exchange((*this)[qubit], (*this)[idle]);
            std::swap(position_[static_cast<std::size_t>(qubit)],
                      position_[static_cast<std::size_t>(idle)]);
        }
    }

  private:
    int count_;
    std::vector<int> position_;
    std::vector<std::size_t> next_use_;
};

// The expectation values of all Pauli strings.
class PauliVector {
  public:
    PauliVector(Digits digits, int threads, RunControl& control)
        : digits_(std::move(digits)),
          threads_(threads),
          control_(control),
          meter_(control),
          values_(std::size_t{1} << (2 * digits_.count())) {
        // |0..0>: 1 for strings of I and Z, which are the digits 0 and 2.
        const std::uint64_t letters_x = 0x5555555555555555U & (values_.size() - 1);
        for (std::uint64_t i = 0; i < values_.size(); ++i) {
            values_.data()[i] = (i & letters_x) == 0 ? 1.0 : 0.0;
        }
    }

    // Matrix number k of the gates that the digits were made for.
    void apply(std::size_t k, const TransferMatrix& matrix) {
        digits_.make_room(k, {matrix.first, matrix.second},
                          [&](int low, int high) { exchange(low, high); });
        kernels::TransferPlan plan{};
        plan.digits[0] = digits_[matrix.first];
        plan.digits[1] = matrix.second < 0 ? -1 : digits_[matrix.second];
        for (std::size_t row = 0; row < static_cast<std::size_t>(matrix.size()); ++row) {
            for (std::size_t column = 0; column < static_cast<std::size_t>(matrix.size());
                 ++column) {
                if (std::abs(matrix.rows[row][column]) < 1e-15) continue;
                plan.column[row][plan.count[row]] = static_cast<std::uint8_t>(column);
                plan.factor[row][plan.count[row]++] = matrix.rows[row][column];
            }
        }
        const std::uint64_t groups = values_.size() / 16 / static_cast<unsigned>(matrix.size());
        in_pieces(groups, [&](std::uint64_t begin, std::uint64_t end) {
            kernels::active_lanes().transfer(values_.data(), plan, begin, end);
        });
    }

    // The probabilities of the basis states of the first `qubits` qubits.
    std::vector<double> probabilities(int qubits) const {
        std::vector<double> result(std::size_t{1} << qubits);
        for (std::size_t z = 0; z < result.size(); ++z) {
            std::uint64_t index = 0;
            for (int q = 0; q < qubits; ++q) {
                if ((z >> q) & 1) {
                    index |= std::uint64_t{2} << (2 * digits_[q]);
                }
            }
            result[z] = values_.data()[index];
        }
        for (std::size_t step = 1; step < result.size(); step *= 2) {
            for (std::size_t i = 0; i < result.size(); ++i) {
                if (i & step) continue;
                const double a = result[i], b = result[i | step];
                result[i] = 0.5 * (a + b);
                result[i | step] = 0.5 * (a - b);
            }
        }
        for (double& value : result) value = std::max(value, 0.0);
        return result;
    }

  private:
    void exchange(int low, int high) {
        const std::uint64_t block = std::uint64_t{1} << (2 * high);
        const std::uint64_t stride = std::uint64_t{1} << (2 * low);
        const std::uint64_t across = low == 0 ? 4 : 1;  // the other lane digit
        // Four packs that differ in the high digit.
        const auto swap_packs = [&](std::uint64_t pack) {
            const std::uint64_t lanes = pack * 16;
            double* at = values_.data() + (lanes & ~(block - 1)) * 4 + (lanes & (block - 1));
            for (std::uint64_t other = 0; other < 4; ++other, at += across) {
                for (std::uint64_t a = 1; a < 4; ++a) {
                    for (std::uint64_t b = 0; b < a; ++b) {
                        std::swap(at[a * stride + b * block], at[b * stride + a * block]);
                    }
                }
            }
        };
        in_pieces(values_.size() / 64, [&](std::uint64_t begin, std::uint64_t end) {
            for (std::uint64_t pack = begin; pack < end; ++pack) swap_packs(pack);
        });
    }

    // Calls body(begin, end) over [0, count), on the team where that is worth waking it.
    template <class Body>
    void in_pieces(std::uint64_t count, Body&& body) {
        constexpr std::uint64_t kPiece = 256;
        const std::uint64_t pieces = (count + kPiece - 1) / kPiece;
        parallel_for(pieces >= 16 ? threads_ : 1, pieces, control_, [&](std::uint64_t p, int) {
            body(p * kPiece, std::min((p + 1) * kPiece, count));
            if (pieces >= 16) control_.check();
        });
        meter_.add(static_cast<double>(values_.size()));
    }

    Digits digits_;
    int threads_;
    RunControl& control_;
    WorkMeter meter_;
    AlignedBuffer<double> values_;
};

// The channels after the depolarizing ones.
void append_kraus(const KrausNoise& kraus, std::vector<TransferMatrix>& matrices) {
    for (TransferMatrix& matrix : matrices) {
        const KrausChannel& channel = matrix.second < 0 ? kraus.after_one : kraus.after_two;
        if (channel.operators.empty()) continue;
        append(matrix, kraus_transfer(channel.operators, matrix.first, matrix.second));
    }
}

}  // namespace

double kraus_vector_bytes(int qubits) {
    return std::ldexp(8.0, 2 * std::max(qubits, kLeastDigits));
}

double kraus_vector_work(const RotationCircuit& circuit) {
    const std::vector<QubitPair> gates = merged_pairs(circuit.sites, circuit.qubits);
    Digits digits(circuit.qubits, gates);
    std::size_t passes = gates.size();
    for (std::size_t k = 0; k < gates.size(); ++k) {
        digits.make_room(k, gates[k], [&](int, int) { ++passes; });
    }
    return std::ldexp(static_cast<double>(passes), 2 * digits.count());
}

std::vector<double> kraus_vector_distribution(const RotationCircuit& circuit,
                                              const NoiseRates& rates, int threads,
                                              RunControl& control) {
    std::vector<TransferMatrix> own = transfer_matrices(circuit, rates.r1, rates.r2);
    append_kraus(*rates.kraus, own);
    const auto matrices = merged(own, circuit.qubits);
    const std::vector<QubitPair> gates = merged_pairs(circuit.sites, circuit.qubits);
    PauliVector vector(Digits(circuit.qubits, gates), threads, control);
    for (std::size_t k = 0; k < matrices.size(); ++k) {
        if (k % 64 == 0) control.check();
        vector.apply(k, matrices[k]);
    }
    return vector.probabilities(circuit.qubits);
}

}  // namespace ionsim
