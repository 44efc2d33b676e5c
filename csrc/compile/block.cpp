#include "compile/block.h"

#include <algorithm>
#include <stdexcept>

#include "base/bits.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

constexpr std::size_t kMaxStageSteps = 2048;  // bounds the memory of prepared steps

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

// Steps that run together because they flip local bits only.
struct Choice {
    std::uint64_t local = 0;
    std::vector<std::uint32_t> steps;
};

class StagePlanner {
  public:
    StagePlanner(std::span<const Footprint> footprints, std::uint64_t all_bits,
                 std::uint64_t reached, std::size_t max_part_steps, std::uint64_t variants,
                 RunControl& control)
        : footprints_(footprints),
          all_(all_bits),
          reached_(reached),
          max_part_steps_(max_part_steps),
          variants_(variants),
          control_(control) {}

    // Divides `steps` (places in the footprints) into parts of at most `size` local bits, which
    // contain the bits of `always`.
    std::vector<Choice> plan(std::vector<std::uint32_t> steps, std::uint64_t always,
                             int size) const {
        std::vector<Choice> parts;
        while (!steps.empty()) {
            control_.check();
            Candidate best = grow(steps, always, size, 0);
            // Other choices among the bits that steps ask for early: the search is short because
            // planning must stay below the time of one pass over the state.
            for (std::uint64_t variant = 1; variant <= variants_ && best.taken < steps.size();
                 ++variant) {
                const Candidate other = grow(steps, always, size, variant);
                if (other.taken > best.taken) best = other;
            }
            Choice part{fill_up(best.local, size), {}};
            if (best.taken == steps.size() && best.taken <= max_part_steps_) {
                part.steps = std::move(steps);
                parts.push_back(std::move(part));
                break;
            }
            part.steps.reserve(best.taken);
            std::vector<std::uint32_t> rest;
            rest.reserve(steps.size());
            take(steps, part, rest);
            if (part.steps.empty()) throw std::logic_error("a step does not fit the tiles");
            steps = std::move(rest);
            parts.push_back(std::move(part));
        }
        return parts;
    }

  private:
    static constexpr int kLeastTile = 8;           // holds the registers
    static constexpr std::size_t kHorizon = 2048;  // steps looked at when choosing bits

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
                bool granted = count_bits(grown) <= size;
                if (granted && variant != 0 && count_bits(candidate.local) > count_bits(always)) {
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
        const auto add = [&](std::uint64_t bits, int most) {
            for (std::uint64_t rest = bits & ~local; rest != 0 && count_bits(local) < most;
                 rest &= rest - 1) {
                local |= rest & (~rest + 1);
            }
        };
        add(all_ & reached_, size);
        add(all_, std::min(size, kLeastTile));
        return local;
    }

    void take(std::span<const std::uint32_t> steps, Choice& part,
              std::vector<std::uint32_t>& rest) const {
        Barrier barrier;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (part.steps.size() == max_part_steps_ || barrier.blocks_all(all_)) {
                rest.insert(rest.end(), steps.begin() + static_cast<std::ptrdiff_t>(i),
                            steps.end());
                return;
            }
            const std::uint32_t place = steps[i];
            const Footprint& step = footprints_[place];
            if ((step.flips & ~part.local) == 0 && barrier.allows(step)) {
                part.steps.push_back(place);
            } else {
                barrier.add(step);
                rest.push_back(place);
            }
        }
    }

    std::span<const Footprint> footprints_;
    std::uint64_t all_;
    std::uint64_t reached_;
    std::size_t max_part_steps_;
    std::uint64_t variants_;  // other choices that are tried for each part
    RunControl& control_;
};

// A search must cost less than it saves: the work of a step doubles with each qubit.
std::uint64_t variants_for(int qubits) {
    return qubits <= 12 ? 0 : qubits <= 16 ? 3 : qubits <= 21 ? 12 : qubits <= 23 ? 40 : 150;
}

// A tile smaller than a group of blocks has no groups.
bool fits_registers(const Step& step, TileSizes sizes, std::uint64_t local) {
    if (sizes.register_qubits == 0 || count_bits(local) < sizes.register_qubits) return false;
    if (std::holds_alternative<DenseStep>(step)) return false;
    const auto* diagonal = std::get_if<DiagonalStep>(&step);
    if (diagonal != nullptr && std::ssize(diagonal->selectors) > kMaxMergedSelectors) return false;
    return count_bits(flipped(step) | low_bits(kLaneQubits)) <= sizes.register_qubits;
}

}  // namespace

bool fits_tiles(const Step& step, TileSizes sizes) {
    if (std::holds_alternative<PauliSumStep>(step)) return false;
    const std::uint64_t flips = flipped(step);
    return count_bits(flips | low_bits(kRowQubits)) <= sizes.outer_qubits &&
           count_bits(flips | low_bits(kLaneQubits)) <= sizes.inner_qubits;
}

std::vector<OuterStage> plan_stages(std::vector<Step>& steps, int qubits, TileSizes sizes,
                                    std::uint64_t reached, bool merge, RunControl& control) {
    // Room for what merging adds, so that the steps do not move.
    if (merge) steps.reserve(steps.size() + steps.size() / 4);
    std::vector<Footprint> footprints;
    footprints.reserve(steps.size());
    for (const Step& step : steps) footprints.push_back(footprint(step));
    std::vector<std::uint32_t> places(steps.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::uint32_t>(i);

    const std::uint64_t lanes = low_bits(std::min(kLaneQubits, qubits));
    const std::uint64_t variants = variants_for(qubits);
    const StagePlanner outer(footprints, low_bits(qubits), reached, kMaxStageSteps, variants,
                             control);
    std::vector<OuterStage> stages;
    for (Choice& large : outer.plan(std::move(places), low_bits(std::min(kRowQubits, qubits)),
                                    std::min(sizes.outer_qubits, qubits))) {
        const StagePlanner inner(footprints, large.local, reached, kMaxStageSteps, variants,
                                 control);
        OuterStage stage{large.local, {}};
        for (Choice& small :
             inner.plan(std::move(large.steps), lanes, std::min(sizes.inner_qubits, qubits))) {
            const StagePlanner visits(footprints, small.local, reached, kMaxVisitSteps, variants,
                                      control);
            stage.inner.push_back({small.local, {}});
            std::vector<Visit>& list = stage.inner.back().visits;
            // Steps that do not fit the registers stand between the parts that do.
            for (std::size_t done = 0; done < small.steps.size();) {
                const bool fits = fits_registers(steps[small.steps[done]], sizes, small.local);
                std::vector<std::uint32_t> run;
                for (; done < small.steps.size() &&
                       fits == fits_registers(steps[small.steps[done]], sizes, small.local);
                     ++done) {
                    run.push_back(small.steps[done]);
                }
                if (!fits) {
                    if (merge) merge_diagonals(steps, run);
                    list.push_back({small.local, std::move(run), false});
                    continue;
                }
                for (Choice& part : visits.plan(std::move(run), lanes, sizes.register_qubits)) {
                    // Here, where the visits are known, a diagonal on many qubits stands in
                    // nobody's way.
                    if (merge) merge_diagonals(steps, part.steps);
                    list.push_back({part.local, std::move(part.steps), true});
                }
            }
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

}  // namespace ionsim
