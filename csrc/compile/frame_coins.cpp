#include "compile/frame_coins.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "compile/pauli_rows.h"

namespace ionsim {

void find_free_coins(FramePlan& plan, std::span<const std::vector<std::size_t>> turned) {
    std::set<std::size_t> rotations;
    for (const FrameOp& op : plan.ops) {
        if (op.kind > FrameOp::Kind::kExpand) continue;
        for (const int flip : {op.flip, op.second_flip}) {
            if (flip >= 0) rotations.insert(static_cast<std::size_t>(flip));
        }
    }
    for (FrameOp& op : plan.ops) {
        if (op.kind != FrameOp::Kind::kCoin) continue;
        const auto& rows = turned[static_cast<std::size_t>(op.qubit)];
        if (std::any_of(rows.begin(), rows.end(),
                        [&](std::size_t row) { return rotations.contains(row); })) {
            continue;
        }
        op.kind = FrameOp::Kind::kFixed;
        plan.coins.push_back({op.qubit, op.flip, op.minus});
    }
}

void settle_free_coins(FramePlan& plan) {
    for (const FrameOp& op : plan.ops) {
        if (!op.draws()) continue;
        const auto row = plan.outcome_row(op.qubit);
        for (const FreeCoin& coin : plan.coins) {
            const auto flip = static_cast<std::size_t>(coin.flip);
            if (((row[flip / 64] >> (flip % 64)) & 1) == 0) continue;
            PauliRows::toggle(row, flip);
            const auto further = plan.outcome_row(coin.qubit);
            for (std::size_t w = 0; w < row.size(); ++w) row[w] ^= further[w];
        }
    }
}

}  // namespace ionsim
