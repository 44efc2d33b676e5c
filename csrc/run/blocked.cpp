#include "run/blocked.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "compile/block.h"
#include "run/local.h"

namespace ionsim {
namespace {

constexpr std::uint64_t kBlockReals = 2 * kLanes;

// The next larger number among the subsets of `mask`.
std::uint64_t next_subset(std::uint64_t subset, std::uint64_t mask) {
    return (subset - mask) & mask;
}

// Moves a tile between its packed form and its place in a larger array.
class TileRows {
  public:
    explicit TileRows(std::uint64_t local) {
        const std::uint64_t blocks = local >> kLaneQubits;
        const int run_bits = std::countr_one(blocks);
        run_ = bit(run_bits);
        rows_ = blocks & ~low_bits(run_bits);
    }

    // Rows with an index bit in `empty` hold zeros and are not read.
    template <class T>
    void gather(const T* array, std::uint64_t base, std::uint64_t empty, T* tile) const {
        const std::uint64_t reals = run_ * kBlockReals;
        const std::uint64_t first = base >> kLaneQubits;
        std::uint64_t row = 0;
        do {
            if (row & (empty >> kLaneQubits)) {
                std::fill_n(tile, reals, T{0});
            } else {
                std::copy_n(array + (first | row) * kBlockReals, reals, tile);
            }
            tile += reals;
            row = next_subset(row, rows_);
        } while (row != 0);
    }

    template <class T>
    void scatter(const T* tile, std::uint64_t base, T* array) const {
        const std::uint64_t reals = run_ * kBlockReals;
        const std::uint64_t first = base >> kLaneQubits;
        std::uint64_t row = 0;
        do {
            std::copy_n(tile, reals, array + (first | row) * kBlockReals);
            tile += reals;
            row = next_subset(row, rows_);
        } while (row != 0);
    }

  private:
    std::uint64_t run_;   // blocks that follow each other
    std::uint64_t rows_;  // block bits that choose a row
};

// A stage of small tiles inside a large one.
template <class T>
struct InnerRun {
    std::uint64_t local;          // in index bits of the state
    std::uint64_t local_in_tile;  // in index bits of the large tile
    std::uint64_t others_in_tile;
    std::uint64_t active;  // before the stage
    bool in_place;         // too few steps to pay for moving small tiles
    TileRows rows;
    PreparedStage<T> steps;
};

template <class T>
class StageRun {
  public:
    StageRun(std::span<const Step> steps, const OuterStage& stage, std::uint64_t active, int qubits)
        : outer_(stage.local), rows_(stage.local), active_(active), all_(low_bits(qubits)) {
        for (const Stage& inner : stage.inner) {
            const std::uint64_t in_tile = outer_.packed(inner.local);
            const std::uint64_t whole = low_bits(outer_.count());
            const bool in_place = in_tile == whole || inner.steps.size() <= kInPlaceSteps;
            const std::uint64_t local = in_place ? stage.local : inner.local;
            inner_.push_back({local, in_place ? whole : in_tile, in_place ? 0 : whole & ~in_tile,
                              active, in_place, TileRows(in_tile),
                              PreparedStage<T>(steps, inner.steps, LocalBits(local))});
            for (const std::uint32_t place : inner.steps) active |= flipped(steps[place]);
            step_count_ += inner.steps.size();
            if (!in_place) small_reals_ = std::max(small_reals_, 2 * bit(std::popcount(in_tile)));
        }
        active_after_ = active;
    }

    std::uint64_t active_after() const { return active_after_; }

    void run(Statevector<T>& state, int threads, RunControl& control) const {
        const std::uint64_t others = active_ & all_ & ~outer_.mask();
        const std::uint64_t tiles = bit(std::popcount(others));
        const LocalBits tile_bits(others);
        const double work =
            static_cast<double>(bit(outer_.count())) * static_cast<double>(step_count_);
        if (outer_.mask() == all_) {  // the state is the tile
            AlignedBuffer<T> small(small_reals_);
            run_tile(state.data(), 0, small.data());
            return control.report(work);
        }
        struct Memory {
            AlignedBuffer<T> large, small;
        };
        std::vector<Memory> memory(static_cast<std::size_t>(std::max(1, threads)));
        parallel_for(threads, tiles, control, [&](std::uint64_t index, int worker) {
            Memory& own = memory[static_cast<std::size_t>(worker)];
            if (own.large.size() == 0) {
                own.large = AlignedBuffer<T>(2 * bit(outer_.count()));
                own.small = AlignedBuffer<T>(small_reals_);
            }
            const std::uint64_t base = tile_bits.spread(index);
            rows_.gather(state.data(), base, ~active_, own.large.data());
            run_tile(own.large.data(), base, own.small.data());
            rows_.scatter(own.large.data(), base, state.data());
            control.report(work);
        });
    }

  private:
    static constexpr std::size_t kInPlaceSteps = 2;

    void run_tile(T* large, std::uint64_t base, T* small) const {
        for (const InnerRun<T>& inner : inner_) {
            if (inner.in_place) {
                inner.steps.run(large, base);
                continue;
            }
            std::uint64_t place = 0;
            do {
                const std::uint64_t index = base | outer_.spread(place);
                // Still empty: nothing to compute, and the large tile holds its zeros already.
                if ((index & ~inner.active) == 0) {
                    inner.rows.gather(large, place, 0, small);
                    inner.steps.run(small, index);
                    inner.rows.scatter(small, place, large);
                }
                place = next_subset(place, inner.others_in_tile);
            } while (place != 0);
        }
    }

    LocalBits outer_;
    TileRows rows_;
    std::uint64_t active_;
    std::uint64_t active_after_ = 0;
    std::uint64_t all_;
    std::size_t step_count_ = 0;
    std::uint64_t small_reals_ = 0;
    std::vector<InnerRun<T>> inner_;
};

}  // namespace

template <class T>
std::uint64_t run_blocked(Statevector<T>& state, std::span<const Step> steps, std::uint64_t active,
                          TileSizes sizes, int threads, RunControl& control) {
    for (const OuterStage& stage : plan_stages(steps, state.qubits(), sizes, control)) {
        const StageRun<T> run(steps, stage, active, state.qubits());
        run.run(state, threads, control);
        active = run.active_after();
    }
    return active;
}

template std::uint64_t run_blocked(Statevector<float>&, std::span<const Step>, std::uint64_t,
                                   TileSizes, int, RunControl&);
template std::uint64_t run_blocked(Statevector<double>&, std::span<const Step>, std::uint64_t,
                                   TileSizes, int, RunControl&);

}  // namespace ionsim
