#include "compile/frame_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "compile/cones.h"
#include "compile/frame_coins.h"

namespace ionsim {
namespace {

double tangent_of(const Turn& turn) {
    return turn.sin / turn.cos;
}

// Rank of bit rows, added one by one.
class Rank {
  public:
    Rank(std::size_t bits, std::size_t words) : words_(words), leader_(bits) {}

    void clear() {
        for (const std::size_t bit_index : used_) leader_[bit_index] = 0;
        used_.clear();
        rows_.clear();
    }
    std::size_t rank() const { return used_.size(); }

    // Adds the row; destroys its content.
    void add(std::span<std::uint64_t> row) {
        for (std::size_t w = words_; w-- > 0;) {
            while (row[w] != 0) {
                const std::size_t top =
                    w * 64 + 63 - static_cast<std::size_t>(std::countl_zero(row[w]));
                if (leader_[top] == 0) {
                    rows_.insert(rows_.end(), row.begin(), row.end());
                    used_.push_back(top);
                    leader_[top] = used_.size();
                    return;
                }
                const std::size_t base = (leader_[top] - 1) * words_;
                for (std::size_t v = 0; v <= w; ++v) row[v] ^= rows_[base + v];
            }
        }
    }

  private:
    std::size_t words_;
    std::vector<std::size_t> leader_;  // 1 + the row whose highest bit this is
    std::vector<std::size_t> used_;
    std::vector<std::uint64_t> rows_;
};

class Planner {
  public:
    Planner(PauliProgram program, RunControl& control)
        : control_(control),
          qubits_(program.measured.size()),
          rotations_(program.axes.size()),
          angles_(std::move(program.angles)),
          cones_(program, control),
          rows_(rotations_ + qubits_, qubits_),
          left_(rotations_ + qubits_, 1),
          dormant_(rows_.words()),
          rank_(rows_.words() * 64, rows_.words()),
          scratch_(rows_.words()),
          product_(2, qubits_),
          turned_(qubits_) {
        for (std::size_t r = 0; r < rotations_; ++r) rows_.copy(r, program.axes, r);
        for (std::size_t q = 0; q < qubits_; ++q) {
            rows_.copy(rotations_ + q, program.measured, q);
            PauliRows::toggle(dormant_, q);
        }
    }

    FramePlan plan() {
        std::vector<std::size_t> open(qubits_);
        for (std::size_t q = 0; q < qubits_; ++q) open[q] = q;
        while (!open.empty()) {
            control_.check();
            const auto chosen = choose(open);
            run_cone(*chosen);
            measure(*chosen);
            open.erase(chosen);
        }
        return finish();
    }

  private:
    using Open = std::vector<std::size_t>;

    // The measurement whose remaining past adds the fewest active qubits, and is the shortest.
    Open::iterator choose(Open& open) {
        auto best = open.begin();
        std::size_t best_rank = std::numeric_limits<std::size_t>::max();
        std::size_t best_size = best_rank;
        for (auto at = open.begin(); at != open.end(); ++at) {
            const auto cone = cones_.of(*at);
            rank_.clear();
            std::size_t size = 0;
            for (std::size_t w = 0; w < cone.size() && rank_.rank() <= best_rank; ++w) {
                for (std::uint64_t rest = cone[w]; rest != 0; rest &= rest - 1) {
                    const std::size_t r = w * 64 + static_cast<std::size_t>(std::countr_zero(rest));
                    ++size;
                    if (dormant_x(r)) rank_.add(scratch_);
                }
            }
            if (rank_.rank() < best_rank || (rank_.rank() == best_rank && size < best_size)) {
                best = at;
                best_rank = rank_.rank();
                best_size = size;
                if (size == 0) break;
            }
        }
        return best;
    }

    // Writes to scratch_ on which dormant qubits the row has an X or Y.
    bool dormant_x(std::size_t row) {
        const auto x = rows_.x(row);
        std::uint64_t any = 0;
        for (std::size_t w = 0; w < scratch_.size(); ++w) any |= scratch_[w] = x[w] & dormant_[w];
        return any != 0;
    }

    // Runs what is left of a qubit's past: as long as possible without a further active qubit.
    void run_cone(std::size_t qubit) {
        std::vector<std::size_t> waiting;
        const auto cone = cones_.of(qubit);
        for (std::size_t w = 0; w < cone.size(); ++w) {
            for (std::uint64_t rest = cone[w]; rest != 0; rest &= rest - 1) {
                waiting.push_back(w * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
            }
        }
        std::vector<std::uint64_t> passed(cones_.words());
        while (!waiting.empty()) {
            control_.check();
            std::fill(passed.begin(), passed.end(), 0);
            std::vector<std::size_t> later;
            for (const std::size_t r : waiting) {
                if (blocked(r, passed) || dormant_x(r)) {
                    PauliRows::toggle(passed, r);
                    later.push_back(r);
                } else {
                    rotate(r);
                }
            }
            waiting = std::move(later);
            if (waiting.empty()) break;
            expand(waiting.front());
            waiting.erase(waiting.begin());
        }
        // What has run is no longer a part of any past.
        for (std::size_t q = 0; q < qubits_; ++q) {
            const auto other = cones_.of(q);
            if (q == qubit) continue;
            for (std::size_t w = 0; w < other.size(); ++w) other[w] &= ~cone[w];
        }
        std::fill(cone.begin(), cone.end(), 0);
    }

    bool blocked(std::size_t r, std::span<const std::uint64_t> passed) const {
        const auto before = cones_.before(r);
        for (std::size_t w = 0; w < passed.size(); ++w) {
            if (before[w] & passed[w]) return true;
        }
        return false;
    }

    // The row on the active qubits.
    FrameOp op_of(std::size_t row, FrameOp::Kind kind) const {
        FrameOp op;
        op.kind = kind;
        op.width = static_cast<int>(active_.size());
        for (std::size_t p = 0; p < active_.size(); ++p) {
            if (rows_.has_x(row, active_[p])) op.x |= bit(static_cast<int>(p));
            if (rows_.has_z(row, active_[p])) op.z |= bit(static_cast<int>(p));
        }
        return op;
    }

    void rotate(std::size_t r) {
        left_[r] = 0;
        FrameOp op = op_of(r, FrameOp::Kind::kRotate);
        if ((op.x | op.z) == 0) return;  // only a global phase
        const Turn angle = rows_.sign(r) ? -angles_[r] : angles_[r];
        op.tangent = tangent_of(angle);
        op.flip = static_cast<int>(r);
        if (merged(op, angle)) return;
        plan_.ops.push_back(op);
        op_angles_.resize(plan_.ops.size());
        op_angles_.back() = angle;
    }

    // Joins the rotation with one about the same axis that nothing keeps it from reaching.
    bool merged(const FrameOp& op, const Turn& angle) {
        for (std::size_t k = plan_.ops.size(); k-- > 0;) {
            FrameOp& earlier = plan_.ops[k];
            if (earlier.kind != FrameOp::Kind::kRotate) return false;
            if (earlier.x == op.x && earlier.z == op.z) {
                if (earlier.second_flip >= 0) return false;
                const Turn first = op_angles_[k];
                earlier.tangent = tangent_of(first + angle);
                earlier.crossed = tangent_of(first - angle);
                earlier.second_flip = op.flip;
                return true;
            }
            if (parity(earlier.x & op.z) != parity(earlier.z & op.x)) return false;
        }
        return false;
    }

    void expand(std::size_t r) {
        left_[r] = 0;
        dormant_x(r);
        std::size_t pivot = qubits_;
        for (std::size_t w = 0; w < scratch_.size(); ++w) {
            for (; scratch_[w] != 0; scratch_[w] &= scratch_[w] - 1) {
                const std::size_t q =
                    w * 64 + static_cast<std::size_t>(std::countr_zero(scratch_[w]));
                if (pivot == qubits_) {
                    pivot = q;
                } else {
                    conjugate_cnot(pivot, q, r);
                }
            }
        }
        active_.push_back(pivot);
        PauliRows::toggle(dormant_, pivot);
        FrameOp op = op_of(r, FrameOp::Kind::kExpand);
        op.width -= 1;
        op.tangent = tangent_of(rows_.sign(r) ? -angles_[r] : angles_[r]);
        op.flip = static_cast<int>(r);
        plan_.ops.push_back(op);
        plan_.width = std::max(plan_.width, op.width + 1);
    }

    // Every row that is left, and `also`, becomes its conjugate with a CNOT.
    void conjugate_cnot(std::size_t control, std::size_t target, std::size_t also) {
        for (std::size_t row = 0; row < left_.size(); ++row) {
            if (!left_[row] && row != also) continue;
            const bool xc = rows_.has_x(row, control);
            const bool zt = rows_.has_z(row, target);
            if (xc && zt) {
                rows_.flip_sign(row, rows_.has_x(row, target) == rows_.has_z(row, control));
            }
            if (xc) PauliRows::toggle(rows_.x(row), target);
            if (zt) PauliRows::toggle(rows_.z(row), control);
        }
    }

    void measure(std::size_t qubit) {
        const std::size_t row = rotations_ + qubit;
        left_[row] = 0;
        FrameOp op = op_of(row, FrameOp::Kind::kFixed);
        op.minus = rows_.sign(row);
        op.flip = static_cast<int>(row);
        op.qubit = static_cast<int>(qubit);
        rows_.set_sign(row, false);
        if (dormant_x(row)) {
            op.kind = FrameOp::Kind::kCoin;
            std::size_t w = 0;
            while (scratch_[w] == 0) ++w;
            exchange(w * 64 + static_cast<std::size_t>(std::countr_zero(scratch_[w])), row, qubit);
        } else if (op.x != 0) {
            op.kind = FrameOp::Kind::kPaired;
            const std::size_t pivot = active_[top(op.x)];
            exchange(pivot, row, qubit);
            drop(pivot);
        } else if (op.z != 0) {
            op.kind = FrameOp::Kind::kDiagonal;
            const std::size_t pivot = active_[top(op.z)];
            for (std::size_t q = 0; q < qubits_; ++q) {
                if (q != pivot && rows_.has_z(row, q)) conjugate_cnot(q, pivot, row);
            }
            for (std::size_t other = 0; other < left_.size(); ++other) {
                if (left_[other] && rows_.has_z(other, pivot)) turned_[qubit].push_back(other);
            }
            drop(pivot);
        }
        plan_.ops.push_back(op);
    }

    static std::size_t top(std::uint64_t mask) {
        return static_cast<std::size_t>(63 - std::countl_zero(mask));
    }

    // Conjugates what is left with (Z + M) / sqrt(2), Z on the pivot and M the row: it exchanges
    // the two strings, which do not commute. For the outcome 1 the state has a further Z there.
    void exchange(std::size_t pivot, std::size_t row, std::size_t qubit) {
        PauliRows z(1, qubits_);
        PauliRows::toggle(z.z(0), pivot);
        const int exponent = z.multiply(0, rows_, row);
        z.set_sign(0, false);
        for (std::size_t other = 0; other < left_.size(); ++other) {
            if (!left_[other] || !rows_.has_x(other, pivot)) continue;
            turned_[qubit].push_back(other);
            product_.copy(0, z, 0);
            const int e = exponent + product_.multiply(0, rows_, other);
            product_.set_sign(0, e & 2);
            rows_.copy(other, product_, 0);
        }
    }

    void drop(std::size_t pivot) {
        active_.erase(std::find(active_.begin(), active_.end(), pivot));
        PauliRows::toggle(dormant_, pivot);
    }

    // Numbers the flips in the order of the operations.
    FramePlan finish() {
        plan_.qubits = static_cast<int>(qubits_);
        find_free_coins(plan_, turned_);
        plan_.visits = group_rotations(plan_.ops, control_);
        std::vector<int> bits(rotations_ + qubits_, -1);
        for (std::size_t k = 0; k < plan_.ops.size(); ++k) {
            for (int* flip : {&plan_.ops[k].flip, &plan_.ops[k].second_flip}) {
                if (*flip < 0) continue;
                bits[static_cast<std::size_t>(*flip)] = static_cast<int>(plan_.flip_bits++);
                *flip = bits[static_cast<std::size_t>(*flip)];
                plan_.flip_ops.push_back(k);
            }
        }
        plan_.rotation_bits.assign(bits.begin(),
                                   bits.begin() + static_cast<std::ptrdiff_t>(rotations_));
        plan_.outcome_bits.assign(bits.begin() + static_cast<std::ptrdiff_t>(rotations_),
                                  bits.end());
        plan_.outcome_rows.resize(qubits_ * plan_.words());
        for (std::size_t q = 0; q < qubits_; ++q) {
            const auto row =
                std::span(plan_.outcome_rows).subspan(q * plan_.words(), plan_.words());
            for (const std::size_t other : turned_[q]) {
                if (bits[other] >= 0) PauliRows::toggle(row, static_cast<std::size_t>(bits[other]));
            }
        }
        for (FreeCoin& coin : plan_.coins) coin.flip = bits[static_cast<std::size_t>(coin.flip)];
        settle_free_coins(plan_);
        return std::move(plan_);
    }

    RunControl& control_;
    std::size_t qubits_;
    std::size_t rotations_;
    std::vector<Turn> angles_;
    Cones cones_;
    PauliRows rows_;  // the rotations, then the measurements, in the coordinates reached so far
    std::vector<std::uint8_t> left_;
    std::vector<std::size_t> active_;  // qubit of these coordinates at each position
    std::vector<std::uint64_t> dormant_;
    Rank rank_;
    std::vector<std::uint64_t> scratch_;
    PauliRows product_;
    std::vector<std::vector<std::size_t>> turned_;  // rows that a 1 of each qubit turns over
    std::vector<Turn> op_angles_;
    FramePlan plan_;
};

}  // namespace

double FrameOp::work() const {
    // Asked for at every step of a run, where the library's function takes too long.
    const double amplitudes = width < 63 ? static_cast<double>(bit(width)) : std::ldexp(1.0, width);
    switch (kind) {
        case Kind::kRotate:
            return amplitudes;
        case Kind::kExpand:
            return 2.0 * amplitudes;
        case Kind::kNormalize:
        case Kind::kDiagonal:
        case Kind::kPaired:
            return 3.0 * amplitudes;
        default:
            return 0.0;
    }
}

std::size_t FramePlan::first_draw() const {
    const auto found =
        std::find_if(ops.begin(), ops.end(), [](const FrameOp& op) { return op.draws(); });
    return static_cast<std::size_t>(found - ops.begin());
}

std::optional<FramePlan> plan_frame(PauliProgram program, RunControl& control) {
    if (program.axes.size() > kMaxFrameRotations) return std::nullopt;
    return Planner(std::move(program), control).plan();
}

}  // namespace ionsim
