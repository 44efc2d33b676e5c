#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/memory.h"
#include "compile/block.h"
#include "kernels/kernels.h"
#include "program/step.h"
#include "run/local.h"

namespace ionsim {

// Where a group of blocks lies in an array that holds a tile: the tile itself, or a larger one.
struct GroupMap {
    std::vector<std::uint32_t> groups;  // first block of each group
    std::array<std::uint32_t, 1 << kernels::kMaxRegisterBits> blocks{};  // added for each of its
                                                                         // blocks
};

// In tangent form a step whose amplitudes all keep one factor c of themselves, as in
// cos + i sin P, runs as (step / c), which saves the products with c. The state then lacks a
// factor, which is multiplied before the numbers grow too large, and at the end.
using Lacking = Complex;

// The steps of a visit made ready to run on any tile of a stage.
template <class T>
class PreparedVisit {
  public:
    // `tile` are the bits that vary inside a tile, `around` those of the array from which tiles are
    // taken. `visit` must outlive the call of prepare.
    PreparedVisit(const Visit& visit, std::uint64_t tile, const LocalBits& around)
        : visit_(&visit), tile_(tile), around_bits_(around) {}

    // Makes the tables; visits can be prepared side by side.
    void prepare(std::span<const Step> steps, bool use_tangent);

    // To be called in the order in which visits run: adds what the visit leaves out to what the
    // state lacks, and ends the visit with that product where it has become too large, or where
    // `now` asks for it. Without room for that it stays lacking. Nothing changes afterwards.
    void settle(Lacking& lacking, bool now);

    enum class Place : std::uint8_t { kTile, kAround };

    // `base` is the index of the tile with the bits of the tile zero. An array of kind kAround
    // starts at the tile's first block.
    void run(const T* source, Place source_place, T* target, Place target_place,
             std::uint64_t base) const;

    std::size_t bytes() const;

  private:
    using Index = std::uint64_t;

    static constexpr std::size_t kMaxSteps = kMaxVisitSteps + 8;  // with factors between them

    void add(const PairStep& step);
    void add(const DiagonalStep& step);
    void add_factor(Complex factor);
    void seal();
    void forget_drafts();

    // One step is described in three moves: its rule, the selectors that its table entries depend
    // on, and the factors of an entry and a lane.
    struct Shape;
    template <class FactorOf>
    void add(const Shape& shape, FactorOf&& factor_of);

    const Visit* visit_;
    Index tile_;
    LocalBits around_bits_;
    bool use_tangent_ = false;
    Lacking lacking_{1.0};              // left out by the steps of this visit
    Index registers_ = 0, groups_ = 0;  // index bits that choose a block of a group, and a group
    std::vector<Index> block_index_, group_index_;  // those bits of each block, of each group
    GroupMap in_tile_, around_;
    std::vector<kernels::RegisterStep<T>> steps_;
    std::vector<Outside> outside_;
    std::vector<std::uint32_t> varying_;  // steps for which the bits outside matter
    std::vector<std::uint8_t> patterns_;
    std::vector<std::size_t> table_starts_;
    std::vector<T> unaligned_;  // tables while they are collected
    AlignedBuffer<T> table_;
};

}  // namespace ionsim
