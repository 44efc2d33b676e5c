#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/bits.h"
#include "compile/wire_plan.h"

namespace ionsim {
namespace {

using Kind = WireOp::Kind;
using Words = std::span<const std::uint64_t>;

std::uint64_t qubits_of(const WireOp& op) {
    return bit(op.qubit) | (op.second < 0 ? 0 : bit(op.second));
}

class Order {
  public:
    Order(WirePlan& plan, int qubits, bool all_inside)
        : plan_(plan),
          ops_(plan.ops),
          words_((ops_.size() + 63) / 64),
          cones_(ops_.size() * words_),
          done_(words_),
          chosen_(words_),
          before_(ops_.size()),
          needs_(ops_.size()),
          // Later ends have larger cones: it is enough to look at the first few.
          horizon_(static_cast<std::size_t>(2 * qubits + 8)),
          inside_(all_inside ? low_bits(qubits) : 0) {
        link(qubits);
    }

    // Again and again, the wire that can be measured with the fewest qubits in the state, and those
    // that then take little more.
    void run() {
        std::vector<std::uint32_t> ends;
        for (std::uint32_t k = 0; k < ops_.size(); ++k) {
            if (ops_[k].kind == Kind::kMeasure) ends.push_back(k);
        }
        ordered_.reserve(ops_.size());
        plan_.work = 0.0;
        while (!ends.empty()) {
            find_needs();
            const std::vector<std::uint32_t> together = choose(ends);
            for (const std::uint32_t end : together) set(chosen_, end, false);
            emit_chosen();
            for (const std::uint32_t end : together) emit(end);
            std::erase_if(ends, [&](std::uint32_t end) { return is_set(done_, end); });
        }
        plan_.ops = std::move(ordered_);
    }

  private:
    static void set(std::vector<std::uint64_t>& bits, std::size_t k, bool value) {
        const std::uint64_t single = std::uint64_t{1} << (k % 64);
        bits[k / 64] = (bits[k / 64] & ~single) | (value ? single : 0);
    }
    static bool is_set(Words bits, std::size_t k) { return (bits[k / 64] >> (k % 64) & 1) != 0; }

    // An operation with all that must come before it.
    std::span<std::uint64_t> cone(std::size_t k) {
        return std::span(cones_).subspan(k * words_, words_);
    }
    int left_of(std::size_t k) {
        const Words own = cone(k);
        int count = 0;
        for (std::size_t w = 0; w < words_; ++w) {
            count += count_bits(own[w] & ~done_[w] & ~chosen_[w]);
        }
        return count;
    }

    void link(int qubits) {
        std::vector<int> last(static_cast<std::size_t>(qubits), -1);
        std::vector<int> measured(plan_.wires, -1);
        for (std::size_t k = 0; k < ops_.size(); ++k) {
            const WireOp& op = ops_[k];
            const std::span<std::uint64_t> own = cone(k);
            std::array<int, 2>& before = before_[k];
            before = {last[static_cast<std::size_t>(op.qubit)], -1};
            if (op.second >= 0) before[1] = last[static_cast<std::size_t>(op.second)];
            if (op.kind == Kind::kSwitch) before[1] = measured[op.wire];
            for (const int earlier : before) {
                if (earlier < 0) continue;
                const Words from = cone(static_cast<std::size_t>(earlier));
                for (std::size_t w = 0; w < words_; ++w) own[w] |= from[w];
            }
            own[k / 64] |= std::uint64_t{1} << (k % 64);
            for (std::uint64_t rest = qubits_of(op); rest != 0; rest &= rest - 1) {
                last[static_cast<std::size_t>(std::countr_zero(rest))] = static_cast<int>(k);
            }
            if (op.kind == Kind::kMeasure) measured[op.wire] = static_cast<int>(k);
        }
    }

    // The qubits of what is left of each cone.
    void find_needs() {
        for (std::size_t k = 0; k < ops_.size(); ++k) {
            if (is_set(done_, k)) {
                needs_[k] = 0;
                continue;
            }
            std::uint64_t need = qubits_of(ops_[k]);
            for (const int earlier : before_[k]) {
                if (earlier >= 0) need |= needs_[static_cast<std::size_t>(earlier)];
            }
            needs_[k] = need;
        }
    }

    // So many operations more are worth a measurement less, which takes a few passes over the state
    // and a plan of its own.
    static int most_more(int width) {
        constexpr double kPasses = 6.0;
        constexpr double kPlan = 0x1p10;
        return static_cast<int>(kPasses + std::ldexp(kPlan, 1 - width));
    }

    std::vector<std::uint32_t> choose(std::span<const std::uint32_t> ends) {
        const auto first = ends.first(std::min(horizon_, ends.size()));
        std::uint32_t best = ends.front();
        int best_width = 65, best_count = 0;
        std::fill(chosen_.begin(), chosen_.end(), 0);
        for (const std::uint32_t end : first) {
            const int width = count_bits(inside_ | needs_[end]);
            if (width > best_width) continue;
            const int count = left_of(end);
            if (width == best_width && count >= best_count) continue;
            best = end, best_width = width, best_count = count;
        }
        std::vector<std::uint32_t> together;
        const auto take = [&](std::uint32_t end) {
            const Words own = cone(end);
            for (std::size_t w = 0; w < words_; ++w) chosen_[w] |= own[w] & ~done_[w];
            together.push_back(end);
        };
        take(best);
        const std::uint64_t reached = inside_ | needs_[best];
        const int most = most_more(best_width);
        for (const std::uint32_t end : first) {
            if (end == best || (needs_[end] & ~reached) != 0) continue;
            const bool waits = std::ranges::any_of(
                together, [&](std::uint32_t other) { return is_set(cone(end), other); });
            if (!waits && left_of(end) <= most) take(end);
        }
        return together;
    }

    // What can run on the qubits in the state runs first. Then those enter that the next gate needs
    // and, where that is one of several, with which most can run.
    void emit_chosen() {
        std::vector<std::uint32_t> rest;
        for (std::size_t w = 0; w < words_; ++w) {
            for (std::uint64_t bits = chosen_[w]; bits != 0; bits &= bits - 1) {
                rest.push_back(static_cast<std::uint32_t>(
                    64 * w + static_cast<std::size_t>(std::countr_zero(bits))));
            }
        }
        std::uint64_t allowed = inside_;
        while (true) {
            std::erase_if(rest, [&](std::uint32_t k) {
                const bool runs = (needs_[k] & ~allowed) == 0;
                if (runs) emit(k);
                return runs;
            });
            if (rest.empty()) return;
            allowed |= next_to_enter(rest, allowed);
        }
    }

    std::uint64_t next_to_enter(std::span<const std::uint32_t> rest, std::uint64_t allowed) const {
        int fewest = 65;
        std::vector<std::uint64_t> choices;
        for (const std::uint32_t k : rest) {
            const std::uint64_t lacking = needs_[k] & ~allowed;
            const int count = count_bits(lacking);
            if (count > fewest || ops_[k].second < 0) continue;
            if (count < fewest) choices.clear();
            fewest = count;
            if (std::ranges::count(choices, lacking) == 0) choices.push_back(lacking);
        }
        // Where nothing but gates on one qubit is left.
        if (choices.empty()) return needs_[rest.front()];
        std::uint64_t best = choices.front();
        std::ptrdiff_t most = -1;
        for (const std::uint64_t choice : choices) {
            const std::uint64_t with = allowed | choice;
            const std::ptrdiff_t count = std::ranges::count_if(
                rest, [&](std::uint32_t k) { return (needs_[k] & ~with) == 0; });
            if (count > most) best = choice, most = count;
        }
        return best;
    }

    void emit(std::uint32_t k) {
        const WireOp& op = ops_[k];
        inside_ |= qubits_of(op);
        const int width = count_bits(inside_);
        plan_.width = std::max(plan_.width, width);
        if (op.second >= 0) plan_.work += std::ldexp(1.0, width);
        if (op.kind == Kind::kMeasure) inside_ &= ~bit(op.qubit);
        set(done_, k, true);
        ordered_.push_back(op);
    }

    WirePlan& plan_;
    std::span<const WireOp> ops_;
    std::size_t words_;
    std::vector<std::uint64_t> cones_;
    std::vector<std::uint64_t> done_;
    std::vector<std::uint64_t> chosen_;
    std::vector<std::array<int, 2>> before_;
    std::vector<std::uint64_t> needs_;
    std::size_t horizon_;
    std::uint64_t inside_;
    std::vector<WireOp> ordered_;
};

// Those who stay longest get the lowest places, so that the state shrinks to its first part. No
// more places are needed than qubits are inside at a time.
void place_wires(WirePlan& plan, int qubits) {
    std::vector<std::uint8_t> enters(plan.ops.size());  // bit 0: the first qubit, bit 1: the second
    std::uint64_t inside = 0;
    for (std::size_t k = 0; k < plan.ops.size(); ++k) {
        const WireOp& op = plan.ops[k];
        if ((inside & bit(op.qubit)) == 0) enters[k] |= 1;
        if (op.second >= 0 && (inside & bit(op.second)) == 0) enters[k] |= 2;
        inside |= qubits_of(op);
        if (op.kind == Kind::kMeasure) inside &= ~bit(op.qubit);
    }
    std::vector<std::uint8_t> place(static_cast<std::size_t>(qubits));
    std::uint64_t free = ~std::uint64_t{0};
    for (std::size_t k = plan.ops.size(); k-- > 0;) {
        WireOp& op = plan.ops[k];
        if (op.kind == Kind::kMeasure) {
            place[static_cast<std::size_t>(op.qubit)] =
                static_cast<std::uint8_t>(std::countr_zero(free));
            free &= free - 1;
        }
        for (std::size_t side = 0; side < 2; ++side) {
            const int qubit = side == 0 ? op.qubit : op.second;
            if (qubit < 0) continue;
            op.places[side] = place[static_cast<std::size_t>(qubit)];
            if ((enters[k] >> side & 1) != 0) free |= bit(op.places[side]);
        }
    }
}

}  // namespace

void order_wires(WirePlan& plan, int qubits, bool all_inside) {
    Order(plan, qubits, all_inside).run();
    if (!all_inside) return place_wires(plan, qubits);
    for (WireOp& op : plan.ops) {
        op.places = {static_cast<std::uint8_t>(op.qubit), static_cast<std::uint8_t>(op.second)};
    }
}

}  // namespace ionsim
