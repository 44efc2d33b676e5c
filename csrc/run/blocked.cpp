#include "run/blocked.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include "base/parallel.h"
#include "compile/block.h"
#include "run/executor.h"
#include "run/local.h"
#include "run/visit.h"
#include "sample/in_place.h"

namespace ionsim {
namespace {

constexpr std::uint64_t kBlockReals = 2 * kLanes;
constexpr std::size_t kPreparedSteps = 4096;  // at a time
constexpr std::size_t kManyVisits = 16;

// The next larger number among the subsets of `mask`.
std::uint64_t next_subset(std::uint64_t subset, std::uint64_t mask) {
    return (subset - mask) & mask;
}

// Moves a tile between its packed form and its place in a larger array.
class TileRows {
  public:
    // Where an index bit of `empty` is set the array is not read, and the tile is zero.
    TileRows(std::uint64_t local, std::uint64_t empty)
        : blocks_(local >> kLaneQubits), empty_(empty >> kLaneQubits) {}

    template <class T>
    void gather(const T* array, std::uint64_t base, T* tile) const {
        // The rows of kRowQubits are written as a whole by whoever writes a tile.
        constexpr std::uint64_t kRow = low_bits(kRowQubits - kLaneQubits);
        const int run_bits = std::countr_one(blocks_ & (~empty_ | kRow));
        for_rows(run_bits, base, [&](std::uint64_t row, std::uint64_t block, std::uint64_t reals) {
            if (row & empty_) {
                std::fill_n(tile, reals, T{0});
            } else {
                std::copy_n(array + block * kBlockReals, reals, tile);
            }
            tile += reals;
        });
    }

    template <class T>
    void scatter(const T* tile, std::uint64_t base, T* array) const {
        for_rows(std::countr_one(blocks_), base,
                 [&](std::uint64_t, std::uint64_t block, std::uint64_t reals) {
                     std::copy_n(tile, reals, array + block * kBlockReals);
                     tile += reals;
                 });
    }

  private:
    template <class Row>
    void for_rows(int run_bits, std::uint64_t base, Row&& use) const {
        const std::uint64_t rows = blocks_ & ~low_bits(run_bits);
        const std::uint64_t first = base >> kLaneQubits;
        std::uint64_t row = 0;
        do {
            use(row, first | row, bit(run_bits) * kBlockReals);
            row = next_subset(row, rows);
        } while (row != 0);
    }

    std::uint64_t blocks_;  // block bits that vary inside the tile
    std::uint64_t empty_;
};

// A stage of small tiles, which lie in a large tile, or in the whole state where that is one tile.
template <class T>
class InnerRun {
  public:
    InnerRun(std::span<const Step> steps, const Stage& stage, const LocalBits& outer,
             std::uint64_t active)
        : outer_(outer),
          local_in_tile_(outer.packed(stage.local)),
          active_(active),
          rows_(local_in_tile_, 0),
          small_reals_(2 * bit(std::popcount(stage.local))) {
        for (const Visit& visit : stage.visits) {
            if (visit.in_registers) {
                items_.emplace_back(std::in_place_type<PreparedVisit<T>>, visit, stage.local,
                                    outer);
            } else {
                items_.emplace_back(std::in_place_type<PreparedStage<T>>, steps, visit.steps,
                                    LocalBits(stage.local));
            }
        }
        // One visit needs no small tile: it reads each group once wherever it lies.
        in_place_ = items_.size() == 1 && is_visit(items_.front());
    }

    void collect_visits(std::vector<PreparedVisit<T>*>& visits) {
        for (Item& item : items_) {
            if (auto* visit = std::get_if<PreparedVisit<T>>(&item)) visits.push_back(visit);
        }
    }

    std::uint64_t local_in_tile() const { return local_in_tile_; }
    std::uint64_t small_reals() const { return in_place_ ? 0 : small_reals_; }

    // `place` is the small tile's index in the large one with its own bits zero, `base` the same
    // of the large tile in the state.
    void run(T* large, std::uint64_t place, std::uint64_t base, T* small) const {
        const std::uint64_t index = base | outer_.spread(place);
        // Still empty: nothing to compute, and the large tile holds its zeros already.
        if ((index & ~active_) != 0) return;
        T* around = large + (place >> kLaneQubits) * kBlockReals;
        using Where = typename PreparedVisit<T>::Place;
        if (in_place_) {
            std::get<PreparedVisit<T>>(items_.front())
                .run(around, Where::kAround, around, Where::kAround, index);
            return;
        }
        // The first visit takes its groups from the large tile, the last one puts them back.
        for (std::size_t i = 0; i < items_.size(); ++i) {
            const bool first = i == 0, last = i + 1 == items_.size();
            if (const auto* visit = std::get_if<PreparedVisit<T>>(&items_[i])) {
                visit->run(first ? around : small, first ? Where::kAround : Where::kTile,
                           last ? around : small, last ? Where::kAround : Where::kTile, index);
            } else {
                if (first) rows_.gather(large, place, small);
                std::get<PreparedStage<T>>(items_[i]).run(small, index);
                if (last) rows_.scatter(small, place, large);
            }
        }
    }

  private:
    using Item = std::variant<PreparedVisit<T>, PreparedStage<T>>;
    static bool is_visit(const Item& item) { return item.index() == 0; }

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

template <class T>
class StageRun {
  public:
    StageRun(std::span<const Step> steps, const OuterStage& stage, std::uint64_t active, int qubits)
        : outer_(stage.local),
          rows_(stage.local, ~active),
          active_(active),
          all_(low_bits(qubits)) {
        inner_.reserve(stage.inner.size());
        for (const Stage& inner : stage.inner) {
            inner_.emplace_back(steps, inner, outer_, active);
            small_reals_ = std::max(small_reals_, inner_.back().small_reals());
            for (const Visit& visit : inner.visits) {
                for (const std::uint32_t place : visit.steps) active |= flipped(steps[place]);
                step_count_ += visit.steps.size();
            }
        }
        active_after_ = active;
    }

    std::uint64_t active_after() const { return active_after_; }
    std::size_t step_count() const { return step_count_; }

    // In the order in which they run.
    void collect_visits(std::vector<PreparedVisit<T>*>& visits) {
        for (InnerRun<T>& inner : inner_) inner.collect_visits(visits);
    }

    // Where the state is one large tile, its small tiles are shared out, one inner stage after the
    // other; else the large tiles are, each with all its inner stages.
    std::size_t phases() const { return is_whole() ? inner_.size() : 1; }
    std::uint64_t tiles(std::size_t phase) const { return bit(tile_bits(phase).count()); }
    // Work of one tile.
    double work(std::size_t phase) const {
        return std::ldexp(static_cast<double>(step_count_), outer_.count()) /
               (is_whole() ? static_cast<double>(inner_.size() * tiles(phase)) : 1.0);
    }

    void run_tile(std::size_t phase, std::uint64_t tile, Statevector<T>& state,
                  TileMemory<T>& memory) const {
        memory.small.resize(small_reals_);
        const std::uint64_t base = tile_bits(phase).spread(tile);
        if (is_whole()) {
            return inner_[phase].run(state.data(), base, 0, memory.small.data());
        }
        memory.large.resize(2 * bit(outer_.count()));
        T* large = memory.large.data();
        rows_.gather(state.data(), base, large);
        for (const InnerRun<T>& inner : inner_) {
            std::uint64_t place = 0;
            do {
                inner.run(large, place, base, memory.small.data());
                place = next_subset(place, low_bits(outer_.count()) & ~inner.local_in_tile());
            } while (place != 0);
        }
        if constexpr (kProbabilitiesFit<T>) {
            if (to_probabilities_) to_probabilities(large, bit(outer_.count() - kLaneQubits));
        }
        rows_.scatter(large, base, state.data());
    }

    // Lets the stage write probabilities instead of amplitudes; false where it cannot.
    bool finish_with_probabilities() {
        to_probabilities_ = kProbabilitiesFit<T> && !is_whole();
        return to_probabilities_;
    }

  private:
    bool is_whole() const { return outer_.mask() == all_; }
    LocalBits tile_bits(std::size_t phase) const {
        return LocalBits(is_whole() ? all_ & ~inner_[phase].local_in_tile()
                                    : active_ & all_ & ~outer_.mask());
    }

    LocalBits outer_;
    TileRows rows_;
    std::uint64_t active_;
    std::uint64_t active_after_ = 0;
    std::uint64_t all_;
    std::size_t step_count_ = 0;
    std::uint64_t small_reals_ = 0;
    bool to_probabilities_ = false;
    std::vector<InnerRun<T>> inner_;
};

}  // namespace

template <class T>
BlockedResult run_blocked(Statevector<T>& state, const Part& part, std::uint64_t active,
                          const BlockedOptions& options, RunControl& control) {
    const std::span<const Step> steps(part.steps);
    const std::vector<OuterStage>& stages = part.stages;
    const int threads = options.threads;
    bool finished = false;
    Lacking lacking{1.0};
    std::vector<TileMemory<T>> memory(static_cast<std::size_t>(std::max(1, threads)));
    for (std::size_t next = 0; next < stages.size();) {
        // Many stages share one team; not all, because their tables take memory.
        std::vector<StageRun<T>> runs;
        std::vector<std::pair<const StageRun<T>*, std::size_t>> phases;
        std::vector<std::uint64_t> counts;
        for (std::size_t prepared = 0; next < stages.size() && prepared < kPreparedSteps; ++next) {
            runs.emplace_back(steps, stages[next], active, state.qubits());
            active = runs.back().active_after();
            prepared += runs.back().step_count();
            control.check();
        }
        std::vector<PreparedVisit<T>*> visits;
        for (StageRun<T>& run : runs) run.collect_visits(visits);
        // Side by side where it saves more than waking the team costs.
        parallel_for(visits.size() >= kManyVisits ? threads : 1, visits.size(), control,
                     [&](std::uint64_t v, int) { visits[v]->prepare(steps, options.tangent); });
        for (std::size_t v = 0; v < visits.size(); ++v) {
            visits[v]->settle(lacking, next == stages.size() && v + 1 == visits.size());
        }
        if (next == stages.size() && options.probabilities && lacking == Complex{1.0}) {
            finished = runs.back().finish_with_probabilities();
        }
        for (const StageRun<T>& run : runs) {
            for (std::size_t phase = 0; phase < run.phases(); ++phase) {
                phases.emplace_back(&run, phase);
                counts.push_back(run.tiles(phase));
            }
        }
        parallel_phases(
            threads, counts, control, [&](std::size_t p, std::uint64_t tile, int worker) {
                const auto [run, phase] = phases[p];
                run->run_tile(phase, tile, state, memory[static_cast<std::size_t>(worker)]);
                control.report(run->work(phase));
            });
    }
    if (lacking != Complex{1.0}) {
        StepExecutor<T>(threads, control).apply(state, DiagonalStep{{}, {}, {lacking}});
    }
    return {active, finished};
}

namespace {

// Calls body(row, place) for every row of kRowQubits, `place` being where its reals begin.
template <class T, class Body>
void for_rows(const Statevector<T>& state, int threads, RunControl& control, Body&& body) {
    constexpr std::uint64_t kRowReals = 2 * bit(kRowQubits);
    constexpr std::uint64_t kRowsAtOnce = 1 << 11;
    const std::uint64_t rows = state.amplitudes() >> kRowQubits;
    parallel_for(threads, (rows + kRowsAtOnce - 1) / kRowsAtOnce, control,
                 [&](std::uint64_t piece, int) {
                     const std::uint64_t end = std::min((piece + 1) * kRowsAtOnce, rows);
                     for (std::uint64_t row = piece * kRowsAtOnce; row < end; ++row) {
                         body(row << kRowQubits, row * kRowReals);
                     }
                     control.check();
                 });
}

}  // namespace

template <class T>
void zero_empty(Statevector<T>& state, std::uint64_t active, int threads, RunControl& control) {
    const std::uint64_t empty = low_bits(state.qubits()) & ~active & ~low_bits(kRowQubits);
    if (empty == 0) return;
    for_rows(state, threads, control, [&](std::uint64_t index, std::uint64_t place) {
        if (index & empty) std::fill_n(state.data() + place, 2 * bit(kRowQubits), T{0});
    });
}

template <class T>
void copy_grown(const Statevector<T>& from, std::uint64_t active, Statevector<T>& to, int threads,
                RunControl& control) {
    for_rows(to, threads, control, [&](std::uint64_t index, std::uint64_t place) {
        if (index & ~active) return;
        std::copy_n(from.data() + place, 2 * bit(kRowQubits), to.data() + place);
    });
}

template BlockedResult run_blocked(Statevector<float>&, const Part&, std::uint64_t,
                                   const BlockedOptions&, RunControl&);
template BlockedResult run_blocked(Statevector<double>&, const Part&, std::uint64_t,
                                   const BlockedOptions&, RunControl&);
template void zero_empty(Statevector<float>&, std::uint64_t, int, RunControl&);
template void zero_empty(Statevector<double>&, std::uint64_t, int, RunControl&);
template void copy_grown(const Statevector<float>&, std::uint64_t, Statevector<float>&, int,
                         RunControl&);
template void copy_grown(const Statevector<double>&, std::uint64_t, Statevector<double>&, int,
                         RunControl&);

}  // namespace ionsim
