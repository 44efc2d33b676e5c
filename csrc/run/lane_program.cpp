#include "run/lane_program.h"

#include <algorithm>
#include <bit>

#include "base/bits.h"

namespace ionsim {
namespace {

std::uint64_t real_of(std::uint64_t index) {
    return kernels::kAmplitudeReals * index;
}

kernels::LaneStep step_of(const FrameOp& op, const FrameVisit& visit) {
    int flip = 0;
    int signs = 0;
    for (std::size_t k = 0; k < visit.masks.size(); ++k) {
        // No other mask has this bit.
        if (op.x & std::bit_floor(visit.masks[k])) flip |= 1 << k;
        if (parity(op.z & visit.masks[k])) signs |= 1 << k;
    }
    return {real_of(op.z), kernels::kGroupBlocks * flip + signs};
}

}  // namespace

bool starts_with_minus(const FrameOp& op) {
    const int letters = std::popcount(op.x & op.z) & 3;
    return letters == 1 || letters == 2;
}

LaneProgram::LaneProgram(const FramePlan& plan) {
    static_assert(kernels::kGroupMasks == std::tuple_size_v<decltype(FrameVisit::masks)>);
    std::size_t count = 0;
    for (const FrameVisit& visit : plan.visits) count += visit.end - visit.begin;
    steps_.reserve(count);  // so that they do not move
    visits_.reserve(plan.visits.size());
    for (const FrameVisit& from : plan.visits) {
        kernels::LaneVisit to{};
        to.groups = bit(from.width) / kernels::kGroupBlocks;
        to.pivots = kernels::kAmplitudeReals - 1;
        if (plan.ops[from.begin].kind == FrameOp::Kind::kExpand) {
            to.upper = real_of(bit(from.width - 1));
        }
        to.count = static_cast<int>(from.end - from.begin);
        to.steps = steps_.data() + steps_.size();
        for (std::size_t k = 0; k < from.masks.size(); ++k) {
            to.pivots |= real_of(std::bit_floor(from.masks[k]));
            const std::size_t done = std::size_t{1} << k;
            for (std::size_t j = 0; j < done; ++j) {
                to.blocks[done + j] = to.blocks[j] ^ real_of(from.masks[k]);
            }
        }
        for (std::size_t k = from.begin; k < from.end; ++k) {
            steps_.push_back(step_of(plan.ops[k], from));
        }
        longest_ = std::max(longest_, to.count);
        visits_.push_back(to);
    }
}

}  // namespace ionsim
