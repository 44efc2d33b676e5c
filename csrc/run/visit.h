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

// The factor that a state in tangent form lacks. Where all that a step leaves in place has one
// factor c, as in cos + i sin P, it runs as (step / c), which saves the products with c; the
// factors are collected here, in the order in which steps run, and multiplied before the numbers
// grow too large.
struct Tangent {
    bool on = true;
    Complex pending{1.0};
};

// The steps of a visit made ready to run on any tile of a stage.
template <class T>
class PreparedVisit {
  public:
    // `tile` are the bits that vary inside a tile, `around` those of the array from which tiles are
    // taken.
    PreparedVisit(std::span<const Step> steps, const Visit& visit, std::uint64_t tile,
                  const LocalBits& around, Tangent& tangent);

    enum class Place : std::uint8_t { kTile, kAround };

    // `base` is the index of the tile with the bits of the tile zero. An array of kind kAround
    // starts at the tile's first block.
    void run(const T* source, Place source_place, T* target, Place target_place,
             std::uint64_t base) const;

    // Makes the visit end with a product with what is pending, if it has room for it.
    bool settle(Tangent& tangent);

  private:
    using Index = std::uint64_t;

    static constexpr std::size_t kMaxSteps = kMaxVisitSteps + 8;  // with factors between them

    void add(const PairStep& step, Tangent& tangent);
    void add(const DiagonalStep& step, Tangent& tangent);
    void add_factor(Tangent& tangent);
    void seal();

    // One step is described in three moves: its rule, the selectors that its table entries depend
    // on, and the factors of an entry and a lane.
    struct Shape;
    template <class FactorOf>
    void add(const Shape& shape, FactorOf&& factor_of);

    Index registers_, groups_;  // index bits that choose a block of a group, and a group
    std::vector<Index> block_index_, group_index_;  // those bits of each block, of each group
    Index tile_;
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
