#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/control.h"
#include "base/parallel.h"
#include "base/statevector.h"
#include "run/executor.h"
#include "run/run.h"

namespace ionsim {

// Shots with the same past share a state. `Past` is what else follows from it.
template <class T, class Past>
struct ShotGroup : Past {
    std::unique_ptr<Statevector<T>> state;
    std::vector<std::uint64_t> shots;
};

// Runs shots that share states as long as the same happens to them.
template <class T, class Past>
class ShotGroups {
  public:
    using Group = ShotGroup<T, Past>;
    // Operators of a channel, or Paulis on two qubits.
    static constexpr std::size_t kMostKinds = 16;

    // run_to_end(group) takes a group from wherever it is to the end.
    ShotGroups(int qubits, StepExecutor<T>& executor, std::function<void(Group&)> run_to_end)
        : qubits_(qubits), executor_(executor), run_to_end_(std::move(run_to_end)) {}

    // All from |0...0> to the end.
    void run(std::vector<std::uint64_t> shots, Past past) {
        Group all{std::move(past), fresh(), std::move(shots)};
        executor_.set_zero_state(*all.state);
        finish(all);
    }

    // Something happens, kinds[k] to shots[k]; apply(group, kind) does it. The group goes on with
    // the shots of the most frequent kind. The others run to the end here, on copies of the state,
    // each for at most half of the shots: no more states exist at a time than states_needed().
    // `kinds` may change as soon as that begins.
    template <class Apply>
    void part(Group& group, std::span<const unsigned> kinds, Apply&& apply) {
        std::array<std::size_t, kMostKinds> counts{};
        for (const unsigned kind : kinds) ++counts[kind];
        const auto most =
            static_cast<unsigned>(std::max_element(counts.begin(), counts.end()) - counts.begin());
        if (counts[most] < kinds.size()) {
            std::array<std::vector<std::uint64_t>, kMostKinds> parts;
            for (std::size_t k = 0; k < kinds.size(); ++k) {
                parts[kinds[k]].push_back(group.shots[k]);
            }
            group.shots = std::move(parts[most]);
            for (unsigned kind = 0; kind < kMostKinds; ++kind) {
                if (kind == most || counts[kind] == 0) continue;
                Group other{group, fresh(), std::move(parts[kind])};
                executor_.copy(*group.state, *other.state);
                apply(other, kind);
                finish(other);
            }
        }
        apply(group, most);
    }

  private:
    std::unique_ptr<Statevector<T>> fresh() {
        if (spare_.empty()) return std::make_unique<Statevector<T>>(qubits_);
        auto state = std::move(spare_.back());
        spare_.pop_back();
        return state;
    }

    void finish(Group& group) {
        run_to_end_(group);
        spare_.push_back(std::move(group.state));
    }

    int qubits_;
    StepExecutor<T>& executor_;
    std::function<void(Group&)> run_to_end_;
    std::vector<std::unique_ptr<Statevector<T>>> spare_;
};

// States that so many shots may need at a time.
inline double states_needed(double shots) {
    return 2.0 + std::ceil(std::log2(std::max(1.0, shots)));
}

// Calls body(shots, threads) for pieces of the `count` shots from `begin` on: side by side where a
// state is so small that it needs no team, and one shot a piece where they share no states.
template <class Body>
void for_pieces_of_shots(std::uint64_t begin, std::uint64_t count, int qubits, bool share,
                         const RunOptions& options, RunControl& control, Body&& body) {
    const bool small = qubits <= kOneThreadQubits;
    const std::uint64_t wanted = !share  ? count
                                 : small ? static_cast<std::uint64_t>(options.threads) * 4
                                         : 1;
    const std::uint64_t pieces = std::min(wanted, count);
    parallel_for(small ? options.threads : 1, pieces, control, [&](std::uint64_t piece, int) {
        const std::uint64_t first = count * piece / pieces;
        std::vector<std::uint64_t> shots(count * (piece + 1) / pieces - first);
        std::iota(shots.begin(), shots.end(), begin + first);
        body(std::move(shots), small ? 1 : options.threads);
    });
}

}  // namespace ionsim
