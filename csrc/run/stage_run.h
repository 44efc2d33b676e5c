#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/memory.h"
#include "base/statevector.h"
#include "compile/block.h"
#include "run/local.h"
#include "run/visit.h"

namespace ionsim {

// Moves a tile between its packed form and its place in a larger array.
class TileRows {
  public:
    // Where an index bit of `empty` is set the array is not read, and the tile is zero.
    TileRows(std::uint64_t local, std::uint64_t empty)
        : blocks_(local >> kLaneQubits), empty_(empty >> kLaneQubits) {}

    template <class T>
    void gather(const T* array, std::uint64_t base, T* tile) const;
    template <class T>
    void scatter(const T* tile, std::uint64_t base, T* array) const;

  private:
    template <class Row>
    void for_rows(int run_bits, std::uint64_t base, Row&& use) const;

    std::uint64_t blocks_;  // block bits that vary inside the tile
    std::uint64_t empty_;
};

// A stage of small tiles, which lie in a large tile, or in the whole state where that is one tile.
template <class T>
class InnerRun {
  public:
    InnerRun(std::span<const Step> steps, const Stage& stage, const LocalBits& outer,
             std::uint64_t active);

    void collect_visits(std::vector<PreparedVisit<T>*>& visits);

    std::uint64_t local_in_tile() const { return local_in_tile_; }
    std::uint64_t small_reals() const { return in_place_ ? 0 : small_reals_; }

    // `place` is the small tile's index in the large one with its own bits zero, `base` the same
    // of the large tile in the state.
    void run(T* large, std::uint64_t place, std::uint64_t base, T* small) const;

    std::size_t bytes() const;

  private:
    using Item = std::variant<PreparedVisit<T>, PreparedStage<T>>;

    LocalBits outer_;
    std::uint64_t local_in_tile_;
    std::uint64_t active_;  // before the stage
    TileRows rows_;
    std::uint64_t small_reals_;
    std::vector<Item> items_;
    bool in_place_ = false;
};

// A worker's own tiles.
template <class T>
class TileBuffer {
  public:
    void resize(std::uint64_t reals) {
        if (buffer_.size() < reals) buffer_ = AlignedBuffer<T>(reals);
    }
    T* data() { return buffer_.data(); }

  private:
    AlignedBuffer<T> buffer_;
};

template <class T>
struct TileMemory {
    TileBuffer<T> large, small;
};

// A stage of large tiles. Its visits are to be prepared before it runs; then it does not change.
template <class T>
class StageRun {
  public:
    StageRun(std::span<const Step> steps, const OuterStage& stage, std::uint64_t active,
             int qubits);

    std::uint64_t active_after() const { return active_after_; }
    std::size_t step_count() const { return step_count_; }

    // In the order in which they run.
    void collect_visits(std::vector<PreparedVisit<T>*>& visits);

    // What a team shares out, phase after phase: the large tiles, each with all its inner stages;
    // where the state is one large tile, or has grown to one only, the small tiles of each inner
    // stage, in the second case after the large one was gathered and before it is put back.
    std::size_t phases() const;
    std::uint64_t tiles(std::size_t phase) const;
    // Work of one tile.
    double work(std::size_t phase) const;
    // Whether it can write probabilities instead of amplitudes.
    bool can_finish() const;
    // Whether it can take its tiles from another state than that which it writes.
    bool can_take() const { return !is_whole(); }
    void take_from(const T* source) { source_ = source; }

    // `team` holds what each member needs, `worker` is the one that runs the tile.
    void run_tile(std::size_t phase, std::uint64_t tile, bool to_probabilities,
                  Statevector<T>& state, std::span<TileMemory<T>> team, int worker) const;

    std::size_t bytes() const;

  private:
    bool is_whole() const { return outer_.mask() == all_; }
    LocalBits large_tiles() const { return LocalBits(active_ & all_ & ~outer_.mask()); }
    // Of an inner stage, inside the large tile.
    LocalBits small_tiles(const InnerRun<T>& inner) const {
        return LocalBits(low_bits(outer_.count()) & ~inner.local_in_tile());
    }
    bool is_alone() const { return !is_whole() && large_tiles().mask() == 0; }
    // That of the phase, or none where a whole large tile is moved.
    const InnerRun<T>* shared_stage(std::size_t phase) const;

    LocalBits outer_;
    TileRows rows_;
    std::uint64_t active_;
    std::uint64_t active_after_ = 0;
    std::uint64_t all_;
    std::size_t step_count_ = 0;
    std::uint64_t small_reals_ = 0;
    const T* source_ = nullptr;  // none: the state itself
    std::vector<InnerRun<T>> inner_;
};

}  // namespace ionsim
