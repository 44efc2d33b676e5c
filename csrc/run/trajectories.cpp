#include "run/trajectories.h"

#include <algorithm>
#include <vector>

#include "base/parallel.h"
#include "compile/cost.h"
#include "compile/lower.h"
#include "compile/schedule.h"
#include "noise/frame.h"
#include "noise/plan.h"
#include "run/draw.h"
#include "run/evolving.h"

namespace ionsim {
namespace {

// A circuit cut into pieces: the error-free run stops after each, and a trajectory leaves it at the
// last stop before its first error. The cuts depend on the circuit and the number of all shots
// only, so that a trajectory is rounded alike in every part of a job.
class Cuts {
  public:
    Cuts(std::size_t steps, std::uint64_t shots)
        : steps_(steps), pieces_(std::clamp<std::uint64_t>(shots / kShotsAPiece, 1, kMaxPieces)) {}

    std::size_t pieces() const { return pieces_; }
    std::size_t begin(std::size_t piece) const { return steps_ * piece / pieces_; }
    // The piece where a trajectory meets its first error; the last one's end if it meets none.
    std::size_t piece_of(const Trajectory& trajectory, const NoisySteps& noisy) const {
        if (trajectory.events.empty()) return pieces_;
        const std::size_t step = noisy.sites[trajectory.events.front().site].steps;
        std::size_t piece = pieces_ - 1;
        while (begin(piece) > step) --piece;
        return piece;
    }

  private:
    // A stop costs the error-free run a pass or two over the state.
    static constexpr std::uint64_t kShotsAPiece = 6;
    static constexpr std::uint64_t kMaxPieces = 32;

    std::size_t steps_;
    std::size_t pieces_;
};

// The steps from `begin` on, as the errors of the trajectory change them. `frame` gets the errors
// of the whole trajectory.
std::vector<Step> steps_with_errors(const NoisySteps& noisy, const Trajectory& trajectory,
                                    std::size_t begin, PauliFrame& frame) {
    std::vector<Step> steps;
    steps.reserve(noisy.steps.size() - begin);
    std::size_t next = begin;
    const auto advance = [&](std::size_t until) {
        for (; next < until; ++next) {
            const Step& step = noisy.steps[next];
            steps.push_back(frame.is_identity() ? step : conjugated(step, frame));
        }
    };
    for (const ErrorEvent& event : trajectory.events) {
        const NoiseSite& site = noisy.sites[event.site];
        advance(site.steps);
        frame.apply(site, event.error);
    }
    advance(noisy.steps.size());
    return steps;
}

template <class T>
class TrajectoryRun {
  public:
    TrajectoryRun(const NoisySteps& noisy, int qubits, const Cuts& cuts, std::uint64_t seed,
                  const RunOptions& options, RunControl& control)
        : noisy_(noisy),
          qubits_(qubits),
          cuts_(cuts),
          random_(seed),
          options_(options),
          control_(control) {}

    // Trajectories must come in plan order but for the error-free one, which comes last.
    void run(std::span<const Trajectory> trajectories, std::uint64_t shot_begin,
             std::span<std::uint64_t> outcomes) {
        EvolvingState<T> error_free(qubits_);
        error_free.reset(options_, control_);
        const bool side_by_side = qubits_ <= kOneThreadQubits;
        RunOptions each = options_;
        if (side_by_side) each.threads = 1;
        const int workers = side_by_side ? options_.threads : 1;
        std::vector<EvolvingState<T>> states;
        for (int worker = 0; worker < workers; ++worker) states.emplace_back(qubits_);
        std::size_t done = 0;
        for (std::size_t piece = 0; piece < cuts_.pieces(); ++piece) {
            std::size_t end = done;
            while (end < trajectories.size() &&
                   cuts_.piece_of(trajectories[end], noisy_) == piece) {
                ++end;
            }
            parallel_for(workers, end - done, control_, [&](std::uint64_t k, int worker) {
                EvolvingState<T>& state = states[static_cast<std::size_t>(worker)];
                state.copy(error_free, each, control_);
                finish(state, trajectories[done + k], piece, each, shot_begin, outcomes);
            });
            done = end;
            if (done == trajectories.size()) return;
            run_piece(error_free, piece, options_);
        }
        draw(error_free, {}, trajectories[done], options_, shot_begin, outcomes);
    }

    // The slow twin: a shot from the beginning, for itself.
    void run_alone(const Trajectory& trajectory, std::uint64_t shot_begin,
                   std::span<std::uint64_t> outcomes) {
        for (std::size_t k = 0; k < trajectory.shots.size(); ++k) {
            EvolvingState<T> state(qubits_);
            state.reset(options_, control_);
            const std::size_t own = cuts_.piece_of(trajectory, noisy_);
            for (std::size_t piece = 0; piece < own; ++piece) run_piece(state, piece, options_);
            finish(state, {trajectory.events, trajectory.shots.subspan(k, 1)}, own, options_,
                   shot_begin, outcomes);
        }
    }

  private:
    CompileOptions compiling() const {
        CompileOptions result{options_.passes, sizeof(T) == sizeof(float)};
        if (qubits_ < kPlannedTrajectoryQubits) {
            result.passes.conjugate = false;
            result.passes.merge = false;
            result.passes.diagonals = false;
            result.passes.tiles = false;
        }
        return result;
    }

    // Progress counts the steps as written, which is what the planner knows.
    void evolve(EvolvingState<T>& state, std::vector<Step> steps, const RunOptions& options) {
        const double written = schedule_work(steps, qubits_);
        const Schedule schedule = compile(std::move(steps), qubits_, compiling(), control_);
        state.run(schedule, false, options, control_);
        control_.report(std::max(0.0, written - run_work(schedule)));
    }

    void run_piece(EvolvingState<T>& state, std::size_t piece, const RunOptions& options) {
        const auto first = noisy_.steps.begin();
        std::vector<Step> steps(first + static_cast<std::ptrdiff_t>(cuts_.begin(piece)),
                                first + static_cast<std::ptrdiff_t>(cuts_.begin(piece + 1)));
        evolve(state, std::move(steps), options);
    }

    // Runs the steps from the piece on with the errors of the trajectory, and draws its shots.
    void finish(EvolvingState<T>& state, const Trajectory& trajectory, std::size_t piece,
                const RunOptions& options, std::uint64_t shot_begin,
                std::span<std::uint64_t> outcomes) {
        PauliFrame frame;
        std::vector<Step> steps = steps_with_errors(noisy_, trajectory, cuts_.begin(piece), frame);
        evolve(state, std::move(steps), options);
        draw(state, frame, trajectory, options, shot_begin, outcomes);
    }

    void draw(EvolvingState<T>& state, const PauliFrame& frame, const Trajectory& trajectory,
              const RunOptions& options, std::uint64_t shot_begin,
              std::span<std::uint64_t> outcomes) {
        std::vector<std::uint64_t> drawn(trajectory.shots.size());
        draw_shots(state.whole(options, control_), random_, trajectory.shots, drawn,
                   options.threads, control_);
        for (std::size_t k = 0; k < drawn.size(); ++k) {
            outcomes[trajectory.shots[k] - shot_begin] = drawn[k] ^ frame.x;
        }
    }

    const NoisySteps& noisy_;
    int qubits_;
    const Cuts& cuts_;
    Philox random_;
    const RunOptions& options_;
    RunControl& control_;
};

}  // namespace

template <class T>
void sample_trajectories(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                         std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                         const RunOptions& options, RunControl& control) {
    const QubitMap map(program);
    const NoisySteps noisy = lower_noisy(program, map, control);
    const TrajectoryPlan plan(noisy.sites, rates, seed, shot_begin, shot_begin + outcomes.size(),
                              options.trajectories, options.threads, control);
    std::vector<Trajectory> trajectories(plan.trajectories().begin(), plan.trajectories().end());
    if (!trajectories.empty() && trajectories.front().events.empty()) {
        std::rotate(trajectories.begin(), trajectories.begin() + 1, trajectories.end());
    }
    const std::uint64_t total = options.total_shots > 0 ? options.total_shots : outcomes.size();
    const Cuts cuts(noisy.steps.size(), total);
    TrajectoryRun<T> run(noisy, map.size(), cuts, seed, options, control);
    if (options.share) return run.run(trajectories, shot_begin, outcomes);
    for (const Trajectory& trajectory : trajectories) {
        run.run_alone(trajectory, shot_begin, outcomes);
    }
}

template void sample_trajectories<float>(const Program&, const NoiseRates&, std::uint64_t,
                                         std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                         RunControl&);
template void sample_trajectories<double>(const Program&, const NoiseRates&, std::uint64_t,
                                          std::uint64_t, std::span<std::uint64_t>,
                                          const RunOptions&, RunControl&);

}  // namespace ionsim
