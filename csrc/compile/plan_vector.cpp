#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "base/bits.h"
#include "compile/pauli_vector.h"

namespace ionsim {
namespace {

using Kind = VectorStep::Kind;

constexpr int kLanes = VectorPlan::kLaneDigits;

// Digits of a part of the vector that a stage runs through by itself: it fits a second-level cache.
constexpr int kPartDigits = 8;
// From so many digits on, the parts occupy a team.
constexpr int kTeamDigits = 9;

// A stage of more would take long to put in order.
constexpr std::size_t kMaxStageVisits = 256;

// An exchange needs two digits that neither gate nor lanes hold.
constexpr int kLeastDigits = 6;

class Planner {
  public:
    explicit Planner(const StringCircuit& circuit) : circuit_(circuit) {
        const std::size_t count = circuit.qubits.size();
        plan_.digit_of.assign(count, -1);
        visits_of_.resize(count);
        done_.resize(circuit.visits.size());
        for (std::size_t k = 0; k < circuit.visits.size(); ++k) {
            for (const int qubit : {circuit.visits[k].first, circuit.visits[k].second}) {
                auto& visits = visits_of_[static_cast<std::size_t>(qubit)];
                if (visits.empty()) entering_.push_back(qubit);
                visits.push_back(static_cast<std::uint32_t>(k));
            }
        }
        heads_.resize(count);
    }

    VectorPlan plan() {
        if (entering_.empty()) return std::move(plan_);
        const auto entering = static_cast<int>(entering_.size());
        const bool idle_lanes = entering <= kLeastDigits - kLanes;
        plan_.digits = idle_lanes ? entering + kLanes : std::max(entering, kLeastDigits);
        qubit_at_.assign(kLanes, -1);
        // The lanes are for those that are needed last: to be in them costs nothing at the start.
        for (int lane = 0; lane < kLanes && !idle_lanes; ++lane) {
            const int qubit = entering_.back();
            entering_.pop_back();
            plan_.lanes[static_cast<std::size_t>(lane)] = qubit;
            place(qubit, lane);
        }
        grow();
        while (first_ < done_.size()) add_stage();
        return std::move(plan_);
    }

  private:
    int& digit_of(int qubit) { return plan_.digit_of[static_cast<std::size_t>(qubit)]; }

    void place(int qubit, int digit) {
        if (digit == static_cast<int>(qubit_at_.size())) qubit_at_.push_back(qubit);
        qubit_at_[static_cast<std::size_t>(digit)] = qubit;
        if (qubit >= 0) digit_of(qubit) = digit;
    }

    // Its qubits stand above the lanes.
    bool stands(const StringVisit& visit) {
        return digit_of(visit.first) >= kLanes && digit_of(visit.second) >= kLanes;
    }

    void add_visit(std::uint32_t number) {
        const StringVisit& visit = circuit_.visits[number];
        plan_.steps.push_back(
            {Kind::kVisit, -1, digit_of(visit.first), digit_of(visit.second), number, false});
        done_[number] = true;
        while (first_ < done_.size() && done_[first_]) ++first_;
        for (const int qubit : {visit.first, visit.second})
            ++heads_[static_cast<std::size_t>(qubit)];
    }

    // Calls take(number) for the visits that depend on none that take() refuses, nor on a qubit of
    // `blocked`, in their order.
    template <class Take>
    void sweep(std::uint32_t blocked, Take&& take) {
        for (std::size_t q = 0; q < heads_.size(); ++q) {
            if (heads_[q] == visits_of_[q].size()) blocked |= mask(static_cast<int>(q));
        }
        const auto all = static_cast<std::uint32_t>(bit(static_cast<int>(heads_.size())) - 1);
        for (std::size_t k = first_; k < done_.size() && (blocked & all) != all; ++k) {
            if (done_[k]) continue;
            const StringVisit& visit = circuit_.visits[k];
            const std::uint32_t pair = mask(visit.first) | mask(visit.second);
            if ((blocked & pair) != 0 || !take(static_cast<std::uint32_t>(k))) blocked |= pair;
        }
    }
    static std::uint32_t mask(int qubit) { return std::uint32_t{1} << qubit; }

    void enter(int qubit) {
        plan_.steps.push_back({Kind::kEnter, qubit, 0, 0, 0, false});
        place(qubit, static_cast<int>(qubit_at_.size()));
    }

    // Qubits come in when they are needed, so that the first visits are to a small vector.
    void grow() {
        const std::size_t begin = plan_.steps.size();
        while (static_cast<int>(qubit_at_.size()) < plan_.digits) {
            std::vector<int> wanted;
            sweep(0, [&](std::uint32_t number) {
                const StringVisit& visit = circuit_.visits[number];
                if (stands(visit)) {
                    add_visit(number);
                    return true;
                }
                const bool first_to_miss = wanted.empty();
                for (const int qubit : {visit.first, visit.second}) {
                    if (first_to_miss && digit_of(qubit) < 0) wanted.push_back(qubit);
                }
                return false;
            });
            if (wanted.empty()) wanted.push_back(entering_.empty() ? -1 : entering_.front());
            for (const int qubit : wanted) {
                enter(qubit);
                std::erase(entering_, qubit);
            }
        }
        plan_.stages.push_back({begin, plan_.steps.size(), {}});
    }

    // As many visits as can be made without the digits of a few qubits.
    void add_stage() {
        VectorStage stage;
        stage.begin = plan_.steps.size();
        const int outer = plan_.digits < kTeamDigits ? 0 : std::max(1, plan_.digits - kPartDigits);
        std::uint32_t blocked = 0;
        std::vector<std::uint32_t> best;
        if (outer == 0) best = possible(blocked);
        for (int k = 0; k < outer; ++k) {
            best.clear();
            int chosen = -1;
            for (int digit = kLanes; digit < plan_.digits; ++digit) {
                const int qubit = qubit_at_[static_cast<std::size_t>(digit)];
                if (qubit >= 0 && (blocked & mask(qubit)) != 0) continue;
                std::vector<std::uint32_t> visits =
                    possible(blocked | (qubit < 0 ? 0 : mask(qubit)));
                if (chosen >= 0 && visits.size() <= best.size()) continue;
                best = std::move(visits);
                chosen = digit;
            }
            stage.outer.push_back(chosen);
            const int qubit = qubit_at_[static_cast<std::size_t>(chosen)];
            if (qubit >= 0) blocked |= mask(qubit);
        }
        run(best, stage.outer);
        stage.end = plan_.steps.size();
        plan_.stages.push_back(std::move(stage));
    }

    std::vector<std::uint32_t> possible(std::uint32_t blocked) {
        std::vector<std::uint32_t> visits;
        sweep(blocked, [&](std::uint32_t number) {
            if (visits.size() == kMaxStageVisits) return false;
            visits.push_back(number);
            return true;
        });
        return visits;
    }

    // The visits of a stage, in any order that keeps those of each qubit.
    void run(std::span<const std::uint32_t> visits, std::span<const int> outer) {
        const std::size_t stage = plan_.steps.size();
        std::size_t left = visits.size();
        while (left > 0) {
            std::uint32_t blocked = 0;
            std::ptrdiff_t waiting = -1;
            for (const std::uint32_t number : visits) {
                if (done_[number]) continue;
                const StringVisit& visit = circuit_.visits[number];
                const std::uint32_t pair = mask(visit.first) | mask(visit.second);
                if ((blocked & pair) == 0 && stands(visit)) {
                    add_visit(number);
                    --left;
                    continue;
                }
                if (waiting < 0) waiting = number;
                blocked |= pair;
            }
            if (left > 0)
                exchange(circuit_.visits[static_cast<std::size_t>(waiting)], outer, stage);
        }
    }

    // Brings the lanes' qubits up, and down two that are not in the visit: those of an earlier
    // visit, which has them at hand, or else those that are needed last.
    void exchange(const StringVisit& visit, std::span<const int> outer, std::size_t stage) {
        const auto may_go = [&](int digit) {
            const int qubit = qubit_at_[static_cast<std::size_t>(digit)];
            return digit >= kLanes &&
                   (qubit < 0 || (qubit != visit.first && qubit != visit.second)) &&
                   std::find(outer.begin(), outer.end(), digit) == outer.end();
        };
        const auto use_of = [&](int digit) {
            return next_use(qubit_at_[static_cast<std::size_t>(digit)]);
        };
        std::array<int, kLanes> digits{-1, -1};
        VectorStep* with = nullptr;
        std::uint64_t touched = 0;
        for (std::size_t k = plan_.steps.size(); k-- > stage;) {
            VectorStep& step = plan_.steps[k];
            if (step.kind == Kind::kExchange || step.exchanges) break;
            const std::uint64_t own = bit(step.first) | bit(step.second);
            if ((touched & own) == 0 && may_go(step.first) && may_go(step.second)) {
                const std::uint32_t use = std::min(use_of(step.first), use_of(step.second));
                if (!with || use > std::min(use_of(digits[0]), use_of(digits[1]))) {
                    with = &step;
                    digits = {step.first, step.second};
                }
            }
            touched |= own;
        }
        if (with) {
            with->exchanges = true;
        } else {
            for (int& latest : digits) {
                for (int digit = kLanes; digit < plan_.digits; ++digit) {
                    if (!may_go(digit) || digit == digits[0]) continue;
                    if (latest < 0 || use_of(digit) > use_of(latest)) latest = digit;
                }
            }
            plan_.steps.push_back({Kind::kExchange, -1, digits[0], digits[1], 0, false});
        }
        for (int lane = 0; lane < kLanes; ++lane) {
            const int digit = digits[static_cast<std::size_t>(lane)];
            const int down = qubit_at_[static_cast<std::size_t>(digit)];
            const int up = qubit_at_[static_cast<std::size_t>(lane)];
            place(down, lane);
            place(up, digit);
        }
    }

    std::uint32_t next_use(int qubit) const {
        constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
        if (qubit < 0) return kNever;
        const auto q = static_cast<std::size_t>(qubit);
        return heads_[q] < visits_of_[q].size() ? visits_of_[q][heads_[q]] : kNever;
    }

    const StringCircuit& circuit_;
    VectorPlan plan_;
    std::vector<std::vector<std::uint32_t>> visits_of_;  // each qubit's
    std::vector<std::size_t> heads_;                     // how many of them are done
    std::vector<bool> done_;
    std::size_t first_ = 0;      // all before it are done
    std::vector<int> entering_;  // qubits that are not in, in the order of their first visits
    std::vector<int> qubit_at_;  // each digit's
};

}  // namespace

VectorPlan plan_vector(const StringCircuit& circuit) {
    return Planner(circuit).plan();
}

}  // namespace ionsim
