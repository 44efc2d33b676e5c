#pragma once

#include <vector>

#include "base/memory.h"
#include "kernels/kernels.h"
#include "program/step.h"

namespace ionsim {

// A step made ready for a kernel: the bits of its masks are divided into those that choose a lane,
// which are written out in tables of 16, and those that choose a block.
struct PreparedSelection {
    kernels::BlockSelection blocks;
    std::uint64_t lane_mask;  // controls inside the lanes
    std::uint64_t lane_value;

    std::uint64_t groups(int block_bits) const { return bit(block_bits - blocks.count); }
    bool includes_lane(int lane) const {
        return (static_cast<std::uint64_t>(lane) & lane_mask) == lane_value;
    }
};

// Blocks where the control holds and the bits of `fixed_at_zero` (an index mask) are zero.
PreparedSelection prepare_selection(const Control& control, std::uint64_t fixed_at_zero);

// Bit j of `varied` says that selector j also depends on bits outside this piece of the state, so
// that the kernel's offset may flip bit j of the table number.
template <class T>
void prepare(const PairStep& step, kernels::PairPlan<T>& plan, unsigned varied = 0);

// Both write the table of factors into `table`, which must outlive the plan. Bit k of a diagonal's
// table number belongs to selector `dimensions[k]`: those that reach above the lanes or vary.
template <class T>
kernels::DiagonalPlan<T> prepare(const DiagonalStep& step, AlignedBuffer<T>& table, unsigned varied,
                                 std::vector<std::size_t>& dimensions);
template <class T>
kernels::DensePlan<T> prepare(const DenseStep& step, AlignedBuffer<T>& table);

// out += weight * term * in, where the control holds.
template <class T>
void prepare(const PauliTerm& term, Complex weight, const Control& control,
             kernels::AccumulatePlan<T>& plan);

}  // namespace ionsim
