#include "run/stage_run.h"

#include <cmath>
#include <utility>

#include "sample/in_place.h"

namespace ionsim {
namespace {

constexpr std::uint64_t kBlockReals = 2 * kLanes;

// The next larger number among the subsets of `mask`.
std::uint64_t next_subset(std::uint64_t subset, std::uint64_t mask) {
    return (subset - mask) & mask;
}

}  // namespace

template <class Row>
void TileRows::for_rows(int run_bits, std::uint64_t base, Row&& use) const {
    const std::uint64_t rows = blocks_ & ~low_bits(run_bits);
    const std::uint64_t first = base >> kLaneQubits;
    std::uint64_t row = 0;
    do {
        use(row, first | row, bit(run_bits) * kBlockReals);
        row = next_subset(row, rows);
    } while (row != 0);
}

template <class T>
void TileRows::gather(const T* array, std::uint64_t base, T* tile) const {
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
void TileRows::scatter(const T* tile, std::uint64_t base, T* array) const {
    for_rows(std::countr_one(blocks_), base,
             [&](std::uint64_t, std::uint64_t block, std::uint64_t reals) {
                 std::copy_n(tile, reals, array + block * kBlockReals);
                 tile += reals;
             });
}

template <class T>
InnerRun<T>::InnerRun(std::span<const Step> steps, const Stage& stage, const LocalBits& outer,
                      std::uint64_t active)
    : outer_(outer),
      local_in_tile_(outer.packed(stage.local)),
      active_(active),
      rows_(local_in_tile_, 0),
      small_reals_(2 * bit(count_bits(stage.local))) {
    items_.reserve(stage.visits.size());
    for (const Visit& visit : stage.visits) {
        if (visit.in_registers) {
            items_.emplace_back(std::in_place_type<PreparedVisit<T>>, visit, stage.local, outer);
        } else {
            items_.emplace_back(std::in_place_type<PreparedStage<T>>, steps, visit.steps,
                                LocalBits(stage.local));
        }
    }
    // One visit needs no small tile: it reads each group once wherever it lies.
    in_place_ = items_.size() == 1 && items_.front().index() == 0;
}

template <class T>
void InnerRun<T>::collect_visits(std::vector<PreparedVisit<T>*>& visits) {
    for (Item& item : items_) {
        if (auto* visit = std::get_if<PreparedVisit<T>>(&item)) visits.push_back(visit);
    }
}

template <class T>
void InnerRun<T>::run(T* large, std::uint64_t place, std::uint64_t base, T* small) const {
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

template <class T>
std::size_t InnerRun<T>::bytes() const {
    std::size_t sum = sizeof(*this) + items_.capacity() * sizeof(Item);
    for (const Item& item : items_) {
        sum += std::visit([](const auto& made) { return made.bytes(); }, item);
    }
    return sum;
}

template <class T>
StageRun<T>::StageRun(std::span<const Step> steps, const OuterStage& stage, std::uint64_t active,
                      int qubits)
    : outer_(stage.local), rows_(stage.local, ~active), active_(active), all_(low_bits(qubits)) {
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

template <class T>
void StageRun<T>::collect_visits(std::vector<PreparedVisit<T>*>& visits) {
    for (InnerRun<T>& inner : inner_) inner.collect_visits(visits);
}

template <class T>
std::size_t StageRun<T>::phases() const {
    return is_whole() ? inner_.size() : is_alone() ? inner_.size() + 2 : 1;
}

template <class T>
const InnerRun<T>* StageRun<T>::shared_stage(std::size_t phase) const {
    if (is_whole()) return &inner_[phase];
    const bool moves = phase == 0 || phase > inner_.size();
    return is_alone() && !moves ? &inner_[phase - 1] : nullptr;
}

template <class T>
std::uint64_t StageRun<T>::tiles(std::size_t phase) const {
    const InnerRun<T>* inner = shared_stage(phase);
    return bit(inner != nullptr ? small_tiles(*inner).count() : large_tiles().count());
}

template <class T>
double StageRun<T>::work(std::size_t phase) const {
    const double tile = std::ldexp(static_cast<double>(step_count_), outer_.count());
    if (shared_stage(phase) != nullptr) {
        return tile / static_cast<double>(inner_.size() * tiles(phase));
    }
    return is_alone() ? 0.0 : tile;
}

template <class T>
bool StageRun<T>::can_finish() const {
    return kProbabilitiesFit<T> && !is_whole();
}

template <class T>
void StageRun<T>::run_tile(std::size_t phase, std::uint64_t tile, bool to_probabilities,
                           Statevector<T>& state, std::span<TileMemory<T>> team, int worker) const {
    TileMemory<T>& own = team[static_cast<std::size_t>(worker)];
    own.small.resize(small_reals_);
    T* small = own.small.data();
    // The tile that a team works on together lies with its first member.
    TileBuffer<T>& buffer = is_alone() ? team.front().large : own.large;
    if (const InnerRun<T>* inner = shared_stage(phase)) {
        const std::uint64_t place = small_tiles(*inner).spread(tile);
        return inner->run(is_whole() ? state.data() : buffer.data(), place, 0, small);
    }
    const std::uint64_t base = large_tiles().spread(tile);
    if (phase == 0) {
        buffer.resize(2 * bit(outer_.count()));
        rows_.gather(source_ != nullptr ? source_ : state.data(), base, buffer.data());
        if (is_alone()) return;
        for (const InnerRun<T>& inner : inner_) {
            const std::uint64_t others = small_tiles(inner).mask();
            std::uint64_t place = 0;
            do {
                inner.run(buffer.data(), place, base, small);
                place = next_subset(place, others);
            } while (place != 0);
        }
    }
    if constexpr (kProbabilitiesFit<T>) {
        if (to_probabilities) {
            ionsim::to_probabilities(buffer.data(), bit(outer_.count() - kLaneQubits));
        }
    }
    rows_.scatter(buffer.data(), base, state.data());
}

template <class T>
std::size_t StageRun<T>::bytes() const {
    std::size_t sum = sizeof(*this);
    for (const InnerRun<T>& inner : inner_) sum += inner.bytes();
    return sum;
}

template class InnerRun<float>;
template class InnerRun<double>;
template class StageRun<float>;
template class StageRun<double>;

}  // namespace ionsim
