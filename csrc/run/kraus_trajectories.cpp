#include "run/kraus_trajectories.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/philox.h"
#include "compile/lower.h"
#include "compile/schedule.h"
#include "noise/frame.h"
#include "noise/kraus.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/kraus_draw.h"
#include "run/mode_cost.h"

namespace ionsim {
namespace {

// Shots that have the same past.
template <class T>
struct Group {
    std::unique_ptr<Statevector<T>> state;
    std::vector<std::uint64_t> shots;
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
    KrausRunner(const KrausJob& job, const Philox& random, std::uint64_t period, int threads,
                RunControl& control)
        : job_(job),
          random_(random),
          period_(period),
          threads_(threads),
          control_(control),
          executor_(threads, control) {}

    // finish(shot, outcome) hears every shot.
    template <class Finish>
    void run(std::vector<std::uint64_t> shots, Finish&& finish) {
        Group<T> first;
        first.state = fresh();
        executor_.set_zero_state(*first.state);
        first.shots = std::move(shots);
        waiting_.push_back(std::move(first));
        std::vector<std::uint64_t> outcomes;
        while (!waiting_.empty()) {
            Group<T> group = std::move(waiting_.back());
            waiting_.pop_back();
            while (group.choices < job_.choices.size()) step(group);
            advance(group, job_.noisy.steps.size());
            outcomes.resize(group.shots.size());
            draw_shots<T>(*group.state, random_, group.shots, outcomes, threads_, control_);
            for (std::size_t k = 0; k < outcomes.size(); ++k) finish(group.shots[k], outcomes[k]);
            spare_.push_back(std::move(group.state));
        }
    }

  private:
    std::unique_ptr<Statevector<T>> fresh() {
        if (spare_.empty()) return std::make_unique<Statevector<T>>(job_.map.size());
        auto state = std::move(spare_.back());
        spare_.pop_back();
        return state;
    }

    void advance(Group<T>& group, std::size_t until) {
        for (; group.steps < until; ++group.steps) {
            executor_.apply(*group.state, job_.noisy.steps[group.steps]);
        }
    }

    // Goes to the next choice and through it.
    void step(Group<T>& group) {
        control_.check();
        const NoiseChoice& choice = job_.choices[group.choices];
        if (choice.channel == nullptr) {
            const PauliChannel& channel = choice.second < 0 ? job_.one : job_.two;
            if (channel.threshold() == 0) {
                ++group.choices;
                return;
            }
            advance(group, choice.steps);
            draw_paulis(group.shots, choice, channel);
            keep_one_kind(group);
            ++group.choices;
            apply_pauli(group, choice, kinds_.front());
            return;
        }
        advance(group, choice.steps);
        KrausDraw<T> draw(choice, *group.state, group.drift, threads_, control_);
        draw.draw(group.shots, period_, random_, kinds_);
        keep_one_kind(group);
        ++group.choices;
        const unsigned kind = kinds_.front();
        const Step operation = draw.step(kind, group.drift);
        executor_.apply(*group.state, operation);
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

    // Leaves the shots of the rarest kind in the group. The others, more than half of them where
    // there are any, wait with a copy of the state and will draw the same again: so no more groups
    // wait than the logarithm of the shots.
    void keep_one_kind(Group<T>& group) {
        std::array<std::size_t, kMaxKrausOperators> counts{};
        for (const unsigned kind : kinds_) ++counts[kind];
        unsigned kept = kinds_.front();
        for (unsigned kind = 0; kind < counts.size(); ++kind) {
            if (counts[kind] > 0 && counts[kind] < counts[kept]) kept = kind;
        }
        if (counts[kept] == kinds_.size()) return;
        Group<T> rest;
        std::vector<std::uint64_t> shots;
        for (std::size_t k = 0; k < kinds_.size(); ++k) {
            (kinds_[k] == kept ? shots : rest.shots).push_back(group.shots[k]);
        }
        rest.state = fresh();
        executor_.copy(*group.state, *rest.state);
        rest.steps = group.steps;
        rest.choices = group.choices;
        rest.drift = group.drift;
        waiting_.push_back(std::move(rest));
        group.shots = std::move(shots);
        kinds_.assign(1, kept);
    }

    // Bit 0 of a letter is X, bit 1 is Z; both are Y, whose phase does not show.
    void apply_pauli(Group<T>& group, const NoiseChoice& choice, unsigned error) {
        PauliFrame frame;
        frame.apply({0, choice.first, choice.second}, static_cast<PauliCode>(error));
        if (frame.is_identity()) return;
        PairStep step{{}, frame.x, {frame.z, 0}, {}, {}};
        if (frame.x == 0) {
            executor_.apply(*group.state, DiagonalStep{{}, {frame.z}, {1.0, -1.0}});
            return;
        }
        step.swap = {1.0, -1.0, 1.0, -1.0};
        executor_.apply(*group.state, step);
    }

    const KrausJob& job_;
    const Philox& random_;
    std::uint64_t period_;
    int threads_;
    RunControl& control_;
    StepExecutor<T> executor_;
    std::vector<Group<T>> waiting_;
    std::vector<std::unique_ptr<Statevector<T>>> spare_;
    std::vector<unsigned> kinds_;
};

// States that shots which share them may need at a time.
double states_needed(double shots) {
    return 2.0 + std::ceil(std::log2(std::max(1.0, shots)));
}

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
    const bool small = qubits <= kOneThreadQubits;
    const bool together = shares(qubits, static_cast<double>(shots), options);
    const std::uint64_t wanted = !together ? shots
                                 : small   ? static_cast<std::uint64_t>(options.threads) * 4
                                           : 1;
    const std::uint64_t pieces = std::max<std::uint64_t>(1, std::min(wanted, shots));
    parallel_for(small ? options.threads : 1, pieces, control, [&](std::uint64_t piece, int) {
        std::vector<std::uint64_t> numbers;
        for (std::uint64_t k = shots * piece / pieces; k < shots * (piece + 1) / pieces; ++k) {
            numbers.push_back(shot_begin + k);
        }
        if (numbers.empty()) return;
        KrausRunner<T>(job, random, options.trajectories, small ? 1 : options.threads, control)
            .run(std::move(numbers), [&](std::uint64_t shot, std::uint64_t outcome) {
                outcomes[shot - shot_begin] = outcome;
            });
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
