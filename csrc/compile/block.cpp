#include "compile/block.h"

#include <algorithm>
#include <stdexcept>

#include "base/bits.h"

namespace ionsim {
namespace {

// Rows of a large tile are contiguous in memory, 32 amplitudes at least; of a small one, a block.
constexpr int kRowQubits = kLaneQubits + 1;

// What the planner knows of a step.
struct Footprint {
    std::uint64_t flips;
    std::uint64_t reads;  // every bit it depends on
    bool only_flips;      // a product of X rotations: commutes with the others of its kind
};

Footprint footprint(const Step& step) {
    const auto* pair = std::get_if<PairStep>(&step);
    const bool only_flips = pair != nullptr && (pair->selectors[0] | pair->selectors[1]) == 0 &&
                            pair->control.mask == 0;
    return {flipped(step), support(step), only_flips};
}

// The steps passed over so far, as far as later ones must not overtake them. Two steps commute when
// neither flips a bit that the other reads.
class Barrier {
  public:
    bool allows(const Footprint& step) const {
        if (step.only_flips)
            return (step.flips & mixed_reads_) == 0 && (step.reads & mixed_flips_) == 0;
        return (step.flips & reads_) == 0 && (step.reads & flips_) == 0;
    }
    void add(const Footprint& step) {
        flips_ |= step.flips;
        reads_ |= step.reads;
        if (step.only_flips) return;
        mixed_flips_ |= step.flips;
        mixed_reads_ |= step.reads;
    }
    // Nothing that touches only `all` bits can pass any more, except a step without bits.
    bool blocks_all(std::uint64_t all) const {
        return (mixed_reads_ & all) == all && (mixed_flips_ & all) == all;
    }

  private:
    std::uint64_t flips_ = 0, reads_ = 0, mixed_flips_ = 0, mixed_reads_ = 0;
};

struct Candidate {
    std::uint64_t local = 0;
    std::size_t taken = 0;
};

class StagePlanner {
  public:
    StagePlanner(std::span<const Footprint> footprints, std::uint64_t all_bits, RunControl& control)
        : footprints_(footprints), all_(all_bits), control_(control) {}

    // Divides `steps` (places in the footprints) into stages of at most `size` local bits, which
    // contain the bits of `always`.
    std::vector<Stage> plan(std::vector<std::uint32_t> steps, std::uint64_t always,
                            int size) const {
        std::vector<Stage> stages;
        while (!steps.empty()) {
            control_.check();
            Candidate best = grow(steps, always, size, 0);
            // Other choices among the bits that steps ask for early: the search is short because
            // planning must stay below the time of one pass over the state.
            for (std::uint64_t variant = 1; variant <= kVariants && best.taken < steps.size();
                 ++variant) {
                const Candidate other = grow(steps, always, size, variant);
                if (other.taken > best.taken) best = other;
            }
            Stage stage{fill_up(best.local, size), {}};
            std::vector<std::uint32_t> rest;
            take(steps, stage, rest);
            if (stage.steps.empty()) throw std::logic_error("a step does not fit the tiles");
            steps = std::move(rest);
            stages.push_back(std::move(stage));
        }
        return stages;
    }

  private:
    static constexpr std::uint64_t kVariants = 12;
    static constexpr std::size_t kHorizon = 2048;        // steps looked at when choosing bits
    static constexpr std::size_t kMaxStageSteps = 1024;  // bounds the memory of prepared steps

    // Walks the steps in order and lets each take the local bits that it lacks while there is room.
    // A variant refuses some of the requests, so that other bits get the room.
    Candidate grow(std::span<const std::uint32_t> steps, std::uint64_t always, int size,
                   std::uint64_t variant) const {
        Candidate candidate{always, 0};
        Barrier barrier;
        std::uint64_t dice = variant * 0x9E3779B97F4A7C15;
        for (const std::uint32_t place : steps.first(std::min(steps.size(), kHorizon))) {
            const Footprint& step = footprints_[place];
            bool runs = barrier.allows(step);
            if (runs && (step.flips & ~candidate.local) != 0) {
                const std::uint64_t grown = candidate.local | step.flips;
                bool granted = std::popcount(grown) <= size;
                if (granted && variant != 0 &&
                    std::popcount(candidate.local) > std::popcount(always)) {
                    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;  // xorshift64
                    granted = (dice & 3) != 0;
                }
                if (granted) candidate.local = grown;
                runs = granted;
            }
            if (runs) {
                ++candidate.taken;
            } else {
                barrier.add(step);
                if (barrier.blocks_all(all_)) break;
            }
        }
        return candidate;
    }

    // A larger tile costs nothing: the lowest free bits make its rows longer.
    std::uint64_t fill_up(std::uint64_t local, int size) const {
        for (std::uint64_t rest = all_ & ~local; rest != 0 && std::popcount(local) < size;
             rest &= rest - 1) {
            local |= rest & (~rest + 1);
        }
        return local;
    }

    void take(std::span<const std::uint32_t> steps, Stage& stage,
              std::vector<std::uint32_t>& rest) const {
        Barrier barrier;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (stage.steps.size() == kMaxStageSteps || barrier.blocks_all(all_)) {
                rest.insert(rest.end(), steps.begin() + static_cast<std::ptrdiff_t>(i),
                            steps.end());
                return;
            }
            const std::uint32_t place = steps[i];
            const Footprint& step = footprints_[place];
            if ((step.flips & ~stage.local) == 0 && barrier.allows(step)) {
                stage.steps.push_back(place);
            } else {
                barrier.add(step);
                rest.push_back(place);
            }
        }
    }

    std::span<const Footprint> footprints_;
    std::uint64_t all_;
    RunControl& control_;
};

}  // namespace

bool fits_tiles(const Step& step, TileSizes sizes) {
    if (std::holds_alternative<PauliSumStep>(step)) return false;
    const std::uint64_t flips = flipped(step);
    return std::popcount(flips | low_bits(kRowQubits)) <= sizes.outer_qubits &&
           std::popcount(flips | low_bits(kLaneQubits)) <= sizes.inner_qubits;
}

std::vector<OuterStage> plan_stages(std::span<const Step> steps, int qubits, TileSizes sizes,
                                    RunControl& control) {
    std::vector<Footprint> footprints;
    footprints.reserve(steps.size());
    for (const Step& step : steps) footprints.push_back(footprint(step));
    std::vector<std::uint32_t> places(steps.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::uint32_t>(i);

    const StagePlanner outer(footprints, low_bits(qubits), control);
    std::vector<OuterStage> stages;
    for (Stage& stage : outer.plan(std::move(places), low_bits(std::min(kRowQubits, qubits)),
                                   std::min(sizes.outer_qubits, qubits))) {
        const StagePlanner inner(footprints, stage.local, control);
        stages.push_back({stage.local, inner.plan(std::move(stage.steps),
                                                  low_bits(std::min(kLaneQubits, qubits)),
                                                  std::min(sizes.inner_qubits, qubits))});
    }
    return stages;
}

}  // namespace ionsim
