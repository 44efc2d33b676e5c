#include "run/trajectories.h"

#include <algorithm>
#include <vector>

#include "base/parallel.h"
#include "compile/lower.h"
#include "noise/frame.h"
#include "noise/plan.h"
#include "run/draw.h"
#include "run/executor.h"

namespace ionsim {
namespace {

// Runs trajectories in plan order on one thread (or one team): the error-free state is advanced
// from branch point to branch point, and each trajectory goes its own way from a copy.
template <class T>
class TrajectoryRunner {
  public:
    TrajectoryRunner(const NoisySteps& noisy, int qubits, int threads, RunControl& control)
        : noisy_(noisy),
          threads_(threads),
          control_(control),
          executor_(threads, control),
          shared_(qubits),
          own_(qubits) {
        executor_.set_zero_state(shared_);
    }

    // Writes outcomes[k] for trajectory.shots[k]; trajectories must come in plan order.
    void run(const Trajectory& trajectory, const Philox& random,
             std::span<std::uint64_t> outcomes) {
        const std::span<const Step> steps(noisy_.steps);
        // The error-free trajectory is the first in plan order; its copy branches off at the start.
        const std::size_t branch =
            trajectory.events.empty() ? 0 : noisy_.sites[trajectory.events.front().site].steps;
        for (; shared_steps_ < branch; ++shared_steps_) {
            executor_.apply(shared_, steps[shared_steps_]);
        }
        executor_.copy(shared_, own_);
        finish(trajectory, branch, random, outcomes);
    }

    // The slow twin: every shot from the beginning, for itself.
    void run_each(const Trajectory& trajectory, const Philox& random,
                  std::span<std::uint64_t> outcomes) {
        for (std::size_t k = 0; k < trajectory.shots.size(); ++k) {
            executor_.set_zero_state(own_);
            finish({trajectory.events, trajectory.shots.subspan(k, 1)}, 0, random,
                   outcomes.subspan(k, 1));
        }
    }

  private:
    // Runs the steps from `done` on with the errors of the trajectory, and draws its shots.
    void finish(const Trajectory& trajectory, std::size_t done, const Philox& random,
                std::span<std::uint64_t> outcomes) {
        PauliFrame frame;
        for (const ErrorEvent& event : trajectory.events) {
            const NoiseSite& site = noisy_.sites[event.site];
            advance(done, site.steps, frame);
            frame.apply(site, event.error);
        }
        advance(done, noisy_.steps.size(), frame);
        draw_shots(own_, random, trajectory.shots, outcomes, threads_, control_);
        for (std::uint64_t& outcome : outcomes) outcome ^= frame.x;
    }

    void advance(std::size_t& done, std::size_t until, const PauliFrame& frame) {
        for (; done < until; ++done) {
            const Step& step = noisy_.steps[done];
            if (frame.is_identity()) {
                executor_.apply(own_, step);
            } else {
                executor_.apply(own_, conjugated(step, frame));
            }
        }
    }

    const NoisySteps& noisy_;
    int threads_;
    RunControl& control_;
    StepExecutor<T> executor_;
    Statevector<T> shared_;
    Statevector<T> own_;
    std::size_t shared_steps_ = 0;
};

}  // namespace

template <class T>
void sample_trajectories(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                         std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                         const RunOptions& options, RunControl& control) {
    const QubitMap map(program);
    const NoisySteps noisy = lower_noisy(program, map, control);
    const Philox random(seed);
    const TrajectoryPlan plan(noisy.sites, rates, seed, shot_begin, shot_begin + outcomes.size(),
                              options.trajectories, options.threads, control);
    const auto trajectories = plan.trajectories();
    const auto run_one = [&](TrajectoryRunner<T>& runner, const Trajectory& trajectory,
                             std::vector<std::uint64_t>& drawn) {
        drawn.resize(trajectory.shots.size());
        if (options.share) {
            runner.run(trajectory, random, drawn);
        } else {
            runner.run_each(trajectory, random, drawn);
        }
        for (std::size_t k = 0; k < drawn.size(); ++k)
            outcomes[trajectory.shots[k] - shot_begin] = drawn[k];
    };
    if (map.size() > kOneThreadQubits || options.threads <= 1) {
        TrajectoryRunner<T> runner(noisy, map.size(), options.threads, control);
        std::vector<std::uint64_t> drawn;
        for (const Trajectory& trajectory : trajectories) run_one(runner, trajectory, drawn);
    } else {
        // Pieces of neighbouring trajectories, so that a piece shares its error-free start.
        const std::size_t pieces = std::min<std::size_t>(
            trajectories.size(), static_cast<std::size_t>(options.threads) * 16);
        parallel_for(options.threads, pieces, control, [&](std::uint64_t piece, int) {
            const std::size_t begin = trajectories.size() * piece / pieces;
            const std::size_t end = trajectories.size() * (piece + 1) / pieces;
            TrajectoryRunner<T> runner(noisy, map.size(), 1, control);
            std::vector<std::uint64_t> drawn;
            for (std::size_t t = begin; t < end; ++t) run_one(runner, trajectories[t], drawn);
        });
    }
}

template void sample_trajectories<float>(const Program&, const NoiseRates&, std::uint64_t,
                                         std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                         RunControl&);
template void sample_trajectories<double>(const Program&, const NoiseRates&, std::uint64_t,
                                          std::uint64_t, std::span<std::uint64_t>,
                                          const RunOptions&, RunControl&);

}  // namespace ionsim
