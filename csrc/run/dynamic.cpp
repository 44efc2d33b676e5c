#include "run/dynamic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "noise/frame.h"
#include "run/dynamic_plan.h"
#include "run/executor.h"
#include "run/kraus_draw.h"
#include "run/shot_groups.h"

namespace ionsim {
namespace {

// What shots that share a state have in common beside it.
struct DynamicPast {
    std::vector<std::int64_t> memory;
    std::vector<std::int64_t> rounds;
    std::size_t instruction = 0;
    std::size_t steps = 0;       // done in the segment of the instruction
    std::size_t choices = 0;     // done there
    double drift = 0.0;          // see KrausDraw
    std::uint32_t outcomes = 0;  // random numbers used so far, by purpose
    std::uint32_t errors = 0;
    std::uint32_t operators = 0;
    std::uint32_t readouts = 0;
};

template <class T>
class DynamicRunner {
  public:
    // Hears the memory that a shot ends with.
    using Finish = std::function<void(std::uint64_t shot, std::span<const std::int64_t> memory)>;

    DynamicRunner(const DynamicPlan& plan, const Philox& random, int threads, RunControl& control,
                  Finish finish)
        : plan_(plan),
          random_(random),
          threads_(threads),
          control_(control),
          finish_(std::move(finish)),
          executor_(threads, control),
          groups_(plan.map.size(), executor_, [this](Group& group) { run_to_end(group); }) {}

    void run(std::vector<std::uint64_t> shots) {
        DynamicPast nothing;
        nothing.memory.assign(static_cast<std::size_t>(plan_.flow.variables), 0);
        nothing.rounds.assign(static_cast<std::size_t>(plan_.flow.loops), 0);
        groups_.run(std::move(shots), std::move(nothing));
    }

  private:
    using Group = ShotGroup<T, DynamicPast>;

    void run_to_end(Group& group) {
        while (group.instruction < plan_.flow.instructions.size()) step(group);
        for (const std::uint64_t shot : group.shots) finish_(shot, group.memory);
    }

    void step(Group& group) {
        control_.check();
        const FlowInstruction& now = plan_.flow.instructions[group.instruction];
        switch (now.op) {
            case FlowOp::kGates:
                run_segment(group);
                return;
            case FlowOp::kMeasure:
                ++group.instruction;
                measure(group, now);
                return;
            case FlowOp::kReset:
                ++group.instruction;
                reset(group, plan_.place(now.first));
                return;
            case FlowOp::kSet:
                group.memory[static_cast<std::size_t>(now.first)] = value(group, now.second);
                break;
            case FlowOp::kSetBits: {
                const auto packed = static_cast<std::uint64_t>(value(group, now.second));
                const auto first = static_cast<std::size_t>(now.first >> 8);
                for (std::size_t i = 0; i < static_cast<std::size_t>(now.first & 0xFF); ++i) {
                    group.memory[first + i] = static_cast<std::int64_t>(packed >> i & 1);
                }
                break;
            }
            case FlowOp::kJump:
                group.instruction = static_cast<std::size_t>(now.first);
                return;
            case FlowOp::kJumpUnless:
                if (value(group, now.second) != 0) break;
                group.instruction = static_cast<std::size_t>(now.first);
                return;
            case FlowOp::kRound:
                if (++group.rounds[static_cast<std::size_t>(now.first)] > now.second) {
                    throw LimitError("CircuitTooLarge",
                                     "a loop runs more than " + std::to_string(now.second) +
                                         " rounds in shot " + std::to_string(group.shots.front()) +
                                         ": raise max_rounds, or end the loop earlier",
                                     static_cast<double>(now.second) + 1.0,
                                     static_cast<double>(now.second));
                }
                break;
        }
        ++group.instruction;
    }

    std::int64_t value(const Group& group, std::int64_t row) {
        return evaluate(plan_.flow, row, group.memory, stack_);
    }

    // Goes on to the next place where shots may part, or to the end of the segment.
    void run_segment(Group& group) {
        const Segment& segment = plan_.segments[plan_.segment_of[group.instruction]];
        while (group.choices < segment.choices.size()) {
            const NoiseChoice& site = segment.choices[group.choices++];
            for (; group.steps < site.steps; ++group.steps) {
                executor_.apply(*group.state, segment.steps[group.steps]);
            }
            if (site.channel != nullptr) {
                draw_operator(group, site);
                continue;
            }
            const std::uint32_t index = group.errors++;
            const PauliChannel& channel = site.second < 0 ? plan_.one : plan_.two;
            std::vector<unsigned> kinds(group.shots.size());
            for (std::size_t k = 0; k < kinds.size(); ++k) {
                const auto words = random_.words(group.shots[k], index, Purpose::kPauliError);
                kinds[k] = channel.draw(words[0]);
            }
            groups_.part(group, kinds, [&](Group& part, unsigned error) {
                apply_error(part, site.first, site.second, error);
            });
        }
        for (; group.steps < segment.steps.size(); ++group.steps) {
            executor_.apply(*group.state, segment.steps[group.steps]);
        }
        group.steps = group.choices = 0;
        ++group.instruction;
        // The steps told their work once; they were those of every shot of the group.
        control_.report(segment.work * static_cast<double>(group.shots.size() - 1));
    }

    void draw_operator(Group& group, NoiseChoice choice) {
        choice.number = group.operators++;
        KrausDraw<T> draw(choice, *group.state, group.drift, threads_, control_);
        std::vector<unsigned> kinds;
        draw.draw(group.shots, 0, random_, kinds);
        // The state that `draw` looks at is the last to change.
        groups_.part(group, kinds, [&](Group& part, unsigned kind) {
            const Step step = draw.step(kind, part.drift);
            executor_.apply(*part.state, step);
        });
    }

    void apply_error(Group& group, int first, int second, unsigned error) {
        if (error == 0) return;
        const NoiseSite site{0, first, second};
        executor_.apply(*group.state, error_step(site, static_cast<PauliCode>(error)));
    }

    // The probability of a qubit being 1, summed over fixed pieces in a fixed order.
    double probability_of_one(const Statevector<T>& state, int place) {
        constexpr std::uint64_t kPiece = 1 << 10;  // blocks
        const std::uint64_t pieces = (state.blocks() + kPiece - 1) / kPiece;
        std::vector<std::array<double, 2>> sums(pieces, {0.0, 0.0});
        const std::uint64_t lane_bit = place < kLaneQubits ? bit(place) : 0;
        parallel_for(pieces > 16 ? threads_ : 1, pieces, control_, [&](std::uint64_t piece, int) {
            const std::uint64_t end = std::min((piece + 1) * kPiece, state.blocks());
            // Lane by lane, which the compiler can do for several at once.
            std::array<std::array<double, kLanes>, 2> lanes{};
            for (std::uint64_t block = piece * kPiece; block < end; ++block) {
                const T* const re = state.data() + 2 * kLanes * block;
                const T* const im = re + kLanes;
                const bool high = lane_bit == 0 && (block >> (place - kLaneQubits) & 1) != 0;
                std::array<double, kLanes>& sum = lanes[high ? 1 : 0];
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    const double x = re[lane];
                    const double y = im[lane];
                    sum[lane] += x * x + y * y;
                }
            }
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const std::size_t low = (lane & lane_bit) != 0 ? 1 : 0;
                sums[piece][low] += lanes[0][lane];
                sums[piece][1] += lanes[1][lane];
            }
        });
        double zero = 0.0;
        double one = 0.0;
        for (const auto& sum : sums) {
            zero += sum[0];
            one += sum[1];
        }
        return one / (zero + one);
    }

    // Projects on the outcome; `probability` is its own.
    void collapse(Group& group, int place, bool outcome, double probability) {
        if (probability == 1.0) return;
        const Complex kept{1.0 / std::sqrt(probability)};
        const Complex none{};
        executor_.apply(
            *group.state,
            DiagonalStep{{}, {bit(place)}, {outcome ? none : kept, outcome ? kept : none}});
    }

    void measure(Group& group, const FlowInstruction& now) {
        const int place = plan_.place(now.first);
        const double one = place < 0 ? 0.0 : probability_of_one(*group.state, place);
        const std::uint32_t index = group.outcomes++;
        const bool flips = plan_.noisy && plan_.readout != 0 && now.second >= 0;
        const std::uint32_t readout = flips ? group.readouts++ : 0;
        // Bit 0: the outcome; bit 1: it is recorded wrongly.
        std::vector<unsigned> kinds(group.shots.size());
        for (std::size_t k = 0; k < kinds.size(); ++k) {
            const std::uint64_t shot = group.shots[k];
            kinds[k] = random_.uniform(shot, index, Purpose::kOutcome) < one ? 1 : 0;
            const bool flipped =
                flips && random_.words(shot, readout, Purpose::kReadout)[0] < plan_.readout;
            if (flipped) kinds[k] |= 2;
        }
        groups_.part(group, kinds, [&](Group& part, unsigned kind) {
            const bool outcome = (kind & 1) != 0;
            if (place >= 0) collapse(part, place, outcome, outcome ? one : 1.0 - one);
            if (now.second >= 0) {
                part.memory[static_cast<std::size_t>(now.second)] = outcome != ((kind & 2) != 0);
            }
        });
    }

    void reset(Group& group, int place) {
        if (place < 0) return;
        const double one = probability_of_one(*group.state, place);
        const std::uint32_t index = group.outcomes++;
        std::vector<unsigned> kinds(group.shots.size());
        for (std::size_t k = 0; k < kinds.size(); ++k) {
            kinds[k] = random_.uniform(group.shots[k], index, Purpose::kOutcome) < one ? 1 : 0;
        }
        groups_.part(group, kinds, [&](Group& part, unsigned outcome) {
            collapse(part, place, outcome != 0, outcome != 0 ? one : 1.0 - one);
            if (outcome != 0) apply_error(part, place, -1, 1);
        });
    }

    const DynamicPlan& plan_;
    const Philox& random_;
    int threads_;
    RunControl& control_;
    Finish finish_;
    StepExecutor<T> executor_;
    ShotGroups<T, DynamicPast> groups_;
    std::vector<std::int64_t> stack_;
};

}  // namespace

template <class T>
void sample_dynamic(const Flow& flow, const Program& gates, const NoiseRates& rates, bool noisy,
                    std::uint64_t seed, std::uint64_t shot_begin, std::uint64_t shots,
                    std::span<std::uint8_t> bits, const RunOptions& options, RunControl& control) {
    const DynamicPlan plan(flow, gates, rates, noisy, options, control);
    const Philox random(seed);
    // Loops may do more, gates under conditions less.
    double work = 0.0;
    for (const Segment& each : plan.segments) work += each.work;
    control.set_total(work * static_cast<double>(shots));
    std::vector<std::size_t> places;
    for (const Register& each : flow.bit_registers) {
        for (std::int64_t i = 0; i < each.size; ++i) {
            places.push_back(static_cast<std::size_t>(each.first + i));
        }
    }
    const auto finish = [&](std::uint64_t shot, std::span<const std::int64_t> memory) {
        const auto row = bits.subspan((shot - shot_begin) * places.size(), places.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            row[i] = static_cast<std::uint8_t>(memory[places[i]]);
        }
    };
    const int qubits = plan.map.size();
    const bool share = shots_share_states<T>(qubits, shots, options);
    for_pieces_of_shots(
        shot_begin, shots, qubits, share, options, control,
        [&](std::vector<std::uint64_t> piece, int threads) {
            DynamicRunner<T>(plan, random, threads, control, finish).run(std::move(piece));
        });
}

template void sample_dynamic<float>(const Flow&, const Program&, const NoiseRates&, bool,
                                    std::uint64_t, std::uint64_t, std::uint64_t,
                                    std::span<std::uint8_t>, const RunOptions&, RunControl&);
template void sample_dynamic<double>(const Flow&, const Program&, const NoiseRates&, bool,
                                     std::uint64_t, std::uint64_t, std::uint64_t,
                                     std::span<std::uint8_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
