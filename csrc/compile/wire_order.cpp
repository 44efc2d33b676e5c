#include <algorithm>
#include <bit>
#include <cmath>

#include "compile/wire_plan.h"

namespace ionsim {
namespace {

using Kind = WireOp::Kind;

// Which operations must come before which, as rows of bits.
class Pasts {
  public:
    Pasts(const WirePlan& plan, int qubits)
        : words_((plan.ops.size() + 63) / 64),
          before_(plan.ops.size() * words_),
          on_(static_cast<std::size_t>(qubits) * words_) {
        std::vector<int> last(static_cast<std::size_t>(qubits), -1);
        std::vector<int> measured(plan.wires, -1);
        for (std::size_t k = 0; k < plan.ops.size(); ++k) {
            const WireOp& op = plan.ops[k];
            for (const int qubit : {op.qubit, op.second}) {
                if (qubit < 0) continue;
                const auto place = static_cast<std::size_t>(qubit);
                after(k, last[place]);
                last[place] = static_cast<int>(k);
                set(on_.data() + place * words_, k);
            }
            if (op.kind == Kind::kSwitch) after(k, measured[op.wire]);
            if (op.kind == Kind::kMeasure) measured[op.wire] = static_cast<int>(k);
            set(row(k), k);
        }
    }

    std::size_t words() const { return words_; }
    // With the operation itself.
    const std::uint64_t* of(std::size_t k) const { return before_.data() + k * words_; }
    const std::uint64_t* on(std::size_t qubit) const { return on_.data() + qubit * words_; }

  private:
    std::uint64_t* row(std::size_t k) { return before_.data() + k * words_; }
    static void set(std::uint64_t* bits, std::size_t k) {
        bits[k / 64] |= std::uint64_t{1} << (k % 64);
    }
    void after(std::size_t k, int earlier) {
        if (earlier < 0) return;
        const std::uint64_t* from = row(static_cast<std::size_t>(earlier));
        for (std::size_t w = 0; w < words_; ++w) row(k)[w] |= from[w];
    }

    std::size_t words_;
    std::vector<std::uint64_t> before_;
    std::vector<std::uint64_t> on_;
};

}  // namespace

// Again and again, the wire that can be measured with the fewest qubits in the state.
void order_wires(WirePlan& plan, int qubits) {
    const Pasts cones(plan, qubits);
    const std::size_t words = cones.words();
    std::vector<std::size_t> ends;
    for (std::size_t k = 0; k < plan.ops.size(); ++k) {
        if (plan.ops[k].kind == Kind::kMeasure) ends.push_back(k);
    }
    // Later ends have larger cones: it is enough to look at the first few.
    const std::size_t horizon = static_cast<std::size_t>(2 * qubits + 8);
    std::vector<std::uint64_t> done(words);
    std::vector<WireOp> ordered;
    ordered.reserve(plan.ops.size());
    std::uint64_t inside = 0;
    plan.work = 0.0;
    while (!ends.empty()) {
        std::size_t best = 0;
        int best_width = qubits + 1;
        int best_count = 0;
        for (std::size_t e = 0; e < std::min(horizon, ends.size()); ++e) {
            const std::uint64_t* cone = cones.of(ends[e]);
            int count = 0;
            for (std::size_t w = 0; w < words; ++w) count += std::popcount(cone[w] & ~done[w]);
            std::uint64_t reached = inside;
            for (int q = 0; q < qubits; ++q) {
                if ((reached >> q & 1) != 0) continue;
                const std::uint64_t* on = cones.on(static_cast<std::size_t>(q));
                for (std::size_t w = 0; w < words; ++w) {
                    if ((cone[w] & on[w] & ~done[w]) == 0) continue;
                    reached |= std::uint64_t{1} << q;
                    break;
                }
            }
            const int width = std::popcount(reached);
            if (width < best_width || (width == best_width && count < best_count)) {
                best = e, best_width = width, best_count = count;
            }
        }
        const std::uint64_t* cone = cones.of(ends[best]);
        for (std::size_t w = 0; w < words; ++w) {
            for (std::uint64_t rest = cone[w] & ~done[w]; rest != 0; rest &= rest - 1) {
                const WireOp& op =
                    plan.ops[64 * w + static_cast<std::size_t>(std::countr_zero(rest))];
                inside |= std::uint64_t{1} << op.qubit;
                if (op.second >= 0) inside |= std::uint64_t{1} << op.second;
                plan.width = std::max(plan.width, std::popcount(inside));
                if (op.second >= 0) plan.work += std::ldexp(1.0, std::popcount(inside));
                if (op.kind == Kind::kMeasure) inside &= ~(std::uint64_t{1} << op.qubit);
                ordered.push_back(op);
            }
            done[w] |= cone[w];
        }
        std::erase_if(ends, [&](std::size_t k) { return (done[k / 64] >> (k % 64) & 1) != 0; });
    }
    plan.ops = std::move(ordered);
}

}  // namespace ionsim
