#include "run/kraus_trajectories.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "compile/lower.h"
#include "compile/schedule.h"
#include "noise/frame.h"
#include "noise/kraus.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/kraus_draw.h"
#include "run/mode_cost.h"
#include "run/shot_groups.h"

namespace ionsim {
namespace {

// What shots that share a state have in common beside it.
struct KrausPast {
    std::size_t steps = 0;    // done
    std::size_t choices = 0;  // done
    double drift = 0.0;       // see KrausDraw
};

struct KrausJob {
    KrausJob(const Program& program, const NoiseRates& rates, RunControl& control)
        : map(program),
          noisy(lower_noisy(program, map, control)),
          channels(rates),
          choices(channels.of(noisy.sites)),
          one(rates.error1(), 3),
          two(rates.error2(), 15) {}

    QubitMap map;
    NoisySteps noisy;
    NoiseChoices channels;
    std::vector<NoiseChoice> choices;
    PauliChannel one;
    PauliChannel two;
};

template <class T>
class KrausRunner {
  public:
    // outcomes[k] becomes that of shot `shot_begin` + k.
    KrausRunner(const KrausJob& job, const Philox& random, std::uint64_t period, int threads,
                RunControl& control, std::uint64_t shot_begin, std::span<std::uint64_t> outcomes)
        : job_(job),
          random_(random),
          period_(period),
          threads_(threads),
          control_(control),
          shot_begin_(shot_begin),
          outcomes_(outcomes),
          executor_(threads, control),
          groups_(job.map.size(), executor_, [this](Group& group) { run_to_end(group); }) {}

    void run(std::vector<std::uint64_t> shots) { groups_.run(std::move(shots), {}); }

  private:
    using Group = ShotGroup<T, KrausPast>;

    void run_to_end(Group& group) {
        while (group.choices < job_.choices.size()) step(group);
        advance(group, job_.noisy.steps.size());
        std::vector<std::uint64_t> drawn(group.shots.size());
        draw_shots<T>(*group.state, random_, group.shots, drawn, threads_, control_);
        for (std::size_t k = 0; k < drawn.size(); ++k) {
            outcomes_[group.shots[k] - shot_begin_] = drawn[k];
        }
    }

    void advance(Group& group, std::size_t until) {
        for (; group.steps < until; ++group.steps) {
            executor_.apply(*group.state, job_.noisy.steps[group.steps]);
        }
    }

    // Goes to the next choice and through it.
    void step(Group& group) {
        control_.check();
        const NoiseChoice& choice = job_.choices[group.choices++];
        if (choice.channel != nullptr) {
            advance(group, choice.steps);
            KrausDraw<T> draw(choice, *group.state, group.drift, threads_, control_);
            draw.draw(group.shots, period_, random_, kinds_);
            // The state that `draw` looks at is the last to change.
            groups_.part(group, kinds_, [&](Group& part, unsigned kind) {
                const Step operation = draw.step(kind, part.drift);
                executor_.apply(*part.state, operation);
            });
            return;
        }
        const PauliChannel& channel = choice.second < 0 ? job_.one : job_.two;
        if (channel.threshold() == 0) return;
        advance(group, choice.steps);
        draw_paulis(group.shots, choice, channel);
        groups_.part(group, kinds_, [&](Group& part, unsigned error) {
            if (error == 0) return;
            const NoiseSite site{0, choice.first, choice.second};
            executor_.apply(*part.state, error_step(site, static_cast<PauliCode>(error)));
        });
    }

    void draw_paulis(std::span<const std::uint64_t> shots, const NoiseChoice& choice,
                     const PauliChannel& channel) {
        kinds_.assign(shots.size(), 0);
        for (std::size_t k = 0; k < shots.size(); ++k) {
            const std::uint64_t shot = period_ > 0 ? shots[k] % period_ : shots[k];
            const auto words = random_.words(shot, choice.number / 2, Purpose::kPauliError);
            kinds_[k] = channel.draw(words[choice.number % 2]);
        }
    }

    const KrausJob& job_;
    const Philox& random_;
    std::uint64_t period_;
    int threads_;
    RunControl& control_;
    std::uint64_t shot_begin_;
    std::span<std::uint64_t> outcomes_;
    StepExecutor<T> executor_;
    ShotGroups<T, KrausPast> groups_;
    std::vector<unsigned> kinds_;  // until the group has parted
};

double workers(int qubits, const RunOptions& options) {
    return qubits <= kOneThreadQubits ? options.threads : 1.0;
}

// Without enough memory every shot runs for itself, to the same outcome.
bool shares(int qubits, double shots, const RunOptions& options) {
    return options.share && workers(qubits, options) * state_bytes(options.precision, qubits) *
                                    states_needed(shots) <=
                                0.9 * allowed_memory(options);
}

}  // namespace

template <class T>
void sample_kraus(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                  std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                  const RunOptions& options, RunControl& control) {
    const KrausJob job(program, rates, control);
    const Philox random(seed);
    const std::uint64_t shots = outcomes.size();
    const int qubits = job.map.size();
    const bool share = shares(qubits, static_cast<double>(shots), options);
    for_pieces_of_shots(shot_begin, shots, qubits, share, options, control,
                        [&](std::vector<std::uint64_t> piece, int threads) {
                            KrausRunner<T>(job, random, options.trajectories, threads, control,
                                           shot_begin, outcomes)
                                .run(std::move(piece));
                        });
}

ModeCost kraus_cost(const Program& program, const NoiseRates& rates, double shots,
                    const RunOptions& options, RunControl& control) {
    // Nanoseconds of one core: a choice of a shot, a step, an amplitude.
    constexpr double kChoiceNanoseconds = 12.0;
    constexpr double kStepNanoseconds = 300.0;
    constexpr double kAmplitudeNanoseconds = 0.3;
    ModeCost cost;
    cost.mode = NoisyMode::kTrajectories;
    if (program.touched().size() > static_cast<std::size_t>(kMaxMaskQubits)) {
        cost.impossible = "more than 64 touched qubits";
        return cost;
    }
    const KrausJob job(program, rates, control);
    const int qubits = job.map.size();
    const double amplitudes = std::ldexp(1.0, qubits);
    const auto steps = static_cast<double>(job.noisy.steps.size());
    // A shot has a state to itself from where it first parts from the likely way.
    double likely = 1.0;
    double own_steps = 0.0;
    for (const NoiseChoice& choice : job.choices) {
        const double parts = choice.channel != nullptr ? 1.0 - choice.channel->floor()
                             : choice.second < 0       ? rates.error1()
                                                       : rates.error2();
        own_steps += likely * parts * (steps - choice.steps);
        likely *= 1.0 - parts;
    }
    const double channels = static_cast<double>(job.choices.size() - job.noisy.sites.size());
    const double distinct = options.trajectories > 0
                                ? std::min(shots, static_cast<double>(options.trajectories))
                                : shots;
    const double per_step = steps > 0.0 ? schedule_work(job.noisy.steps, qubits) / steps : 0.0;
    const double runs = steps > 0.0 ? 1.0 + distinct * own_steps / steps : 1.0;
    cost.work = runs * (steps * per_step + channels * amplitudes) +
                2.0 * distinct * (1.0 - likely) * amplitudes;
    const double padded = std::max(amplitudes, static_cast<double>(kLanes)) / amplitudes;
    cost.nanoseconds =
        cost.work * padded * kAmplitudeNanoseconds * precision_factor(options.precision) +
        runs * (steps + channels) * kStepNanoseconds +
        shots * static_cast<double>(job.choices.size()) * kChoiceNanoseconds;
    const double states = shares(qubits, shots, options) ? states_needed(shots) : 2.0;
    const double scratch = options.precision == Precision::kSingle
                               ? scratch_bytes<float>(job.noisy.steps, qubits)
                               : scratch_bytes<double>(job.noisy.steps, qubits);
    cost.memory_bytes =
        workers(qubits, options) * (states * state_bytes(options.precision, qubits) + scratch) +
        24.0 * shots + steps * (sizeof(Step) + sizeof(NoiseSite)) +
        static_cast<double>(job.choices.size() * sizeof(NoiseChoice));
    std::ostringstream text;
    text.precision(3);
    text << qubits << " qubits, " << job.noisy.steps.size() << " steps, " << channels
         << " Kraus channels whose operators are drawn from the state, " << 100.0 * likely
         << " % of the shots at least take the likeliest way; shots with the "
         << "same past share a state";
    cost.note = text.str();
    return cost;
}

template void sample_kraus<float>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                  std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_kraus<double>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                   std::span<std::uint64_t>, const RunOptions&, RunControl&);

}  // namespace ionsim
