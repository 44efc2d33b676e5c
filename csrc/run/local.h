#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/memory.h"
#include "kernels/kernels.h"
#include "program/step.h"

namespace ionsim {

// Index bits that vary inside a tile, and the map between an index and its place in the tile.
class LocalBits {
  public:
    explicit LocalBits(std::uint64_t mask) : mask_(mask) {}

    std::uint64_t mask() const { return mask_; }
    int count() const { return count_bits(mask_); }
    // The local bits of `index`, moved together.
    std::uint64_t packed(std::uint64_t index) const;
    // `place` spread over the local bits.
    std::uint64_t spread(std::uint64_t place) const;

  private:
    std::uint64_t mask_;
};

// What the bits outside a tile decide about a step: whether it acts at all, and which tables it
// uses.
struct Outside {
    Control control;
    std::array<std::uint64_t, kernels::kMaxDiagonalSelectors> selectors{};
    int selector_count = 0;

    bool holds(std::uint64_t base) const { return (base & control.mask) == control.value; }
    std::uint32_t offset(std::uint64_t base) const {
        std::uint32_t result = 0;
        for (int j = 0; j < selector_count; ++j) {
            result |=
                static_cast<std::uint32_t>(parity(base & selectors[static_cast<std::size_t>(j)]))
                << j;
        }
        return result;
    }
};

// The steps of a stage made ready to run on any of its tiles.
template <class T>
class PreparedStage {
  public:
    PreparedStage(std::span<const Step> steps, std::span<const std::uint32_t> places,
                  const LocalBits& local);

    // `tile` holds the amplitudes of one tile, packed; `base` is the index with the local bits
    // zero.
    void run(T* tile, std::uint64_t base) const;

    std::size_t bytes() const;

  private:
    struct Item {
        Outside outside;
        std::uint64_t groups = 0;
        std::variant<kernels::PairPlan<T>, kernels::DiagonalPlan<T>, kernels::DensePlan<T>> plan;
        AlignedBuffer<T> table;
    };
    std::vector<Item> items_;
};

}  // namespace ionsim
