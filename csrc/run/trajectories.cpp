#include "run/trajectories.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "compile/cost.h"
#include "compile/lower.h"
#include "compile/schedule.h"
#include "noise/frame.h"
#include "noise/plan.h"
#include "noise/shared_errors.h"
#include "run/draw.h"
#include "run/evolving.h"

namespace ionsim {
namespace {

// A circuit cut into pieces: a run that several trajectories share stops after each, and a
// trajectory leaves it at the last stop before its next error. The cuts depend on the circuit and
// the number of all shots only, so that a trajectory is rounded alike in every part of a job.
class Cuts {
  public:
    Cuts(const NoisySteps& noisy, std::uint64_t shots)
        : noisy_(noisy), pieces_(std::clamp<std::uint64_t>(shots / kShotsAPiece, 1, kMaxPieces)) {}

    std::size_t pieces() const { return pieces_; }
    std::size_t begin(std::size_t piece) const { return noisy_.steps.size() * piece / pieces_; }
    // The piece where a trajectory meets its error number `error`; after the last one, the end.
    std::size_t piece_of(const Trajectory& trajectory, std::size_t error) const {
        if (error >= trajectory.events.size()) return pieces_;
        const std::size_t step = noisy_.sites[trajectory.events[error].site].steps;
        std::size_t piece = pieces_ - 1;
        while (begin(piece) > step) --piece;
        return piece;
    }

  private:
    // A stop costs a pass or two over the state.
    static constexpr std::uint64_t kShotsAPiece = 6;
    static constexpr std::uint64_t kMaxPieces = 32;

    const NoisySteps& noisy_;
    std::uint64_t pieces_;
};

using Errors = std::span<const ErrorEvent>;

// The steps [begin, end) as the errors change them, of which later ones have no effect there.
std::vector<Step> steps_with_errors(const NoisySteps& noisy, Errors errors, std::size_t begin,
                                    std::size_t end) {
    std::vector<Step> steps;
    steps.reserve(end - begin);
    PauliFrame frame;
    std::size_t next = begin;
    const auto advance = [&](std::size_t until) {
        for (; next < std::min(until, end); ++next) {
            const Step& step = noisy.steps[next];
            steps.push_back(frame.is_identity() ? step : conjugated(step, frame));
        }
    };
    for (const ErrorEvent& error : errors) {
        const NoiseSite& site = noisy.sites[error.site];
        advance(site.steps);
        frame.apply(site, error.error);
    }
    advance(end);
    return steps;
}

// What the errors of a whole trajectory do to the measured bits.
std::uint64_t flipped_bits(const NoisySteps& noisy, Errors errors) {
    PauliFrame frame;
    for (const ErrorEvent& error : errors) frame.apply(noisy.sites[error.site], error.error);
    return frame.x;
}

// The trajectories of a run as a tree: the error-free run is its trunk, a branch is the run that
// trajectories with equal first errors share, and each trajectory ends with steps of its own.
template <class T>
class TrajectoryTree {
  public:
    TrajectoryTree(const NoisySteps& noisy, int qubits, const Cuts& cuts,
                   const SharedErrors& shared, std::uint64_t seed, std::uint64_t shot_begin,
                   std::span<std::uint64_t> outcomes, const RunOptions& options,
                   RunControl& control)
        : noisy_(noisy),
          qubits_(qubits),
          cuts_(cuts),
          shared_(shared),
          random_(seed),
          shot_begin_(shot_begin),
          outcomes_(outcomes),
          options_(options),
          control_(control) {}

    // Trajectories must come in plan order.
    void run(std::span<const Trajectory> trajectories) {
        if (trajectories.empty()) return;
        const bool side_by_side = qubits_ <= kOneThreadQubits;
        RunOptions each = options_;
        if (side_by_side) each.threads = 1;
        const int workers = side_by_side ? options_.threads : 1;
        std::vector<States> states(static_cast<std::size_t>(workers));
        // A state must stay where it is while further ones are made.
        for (States& own : states) own.reserve(kMaxSharedErrors + 1);
        EvolvingState<T> trunk(qubits_);
        trunk.reset(options_, control_);
        walk(0, trajectories, trunk, 0, options_, [&](const auto& groups, std::size_t piece) {
            parallel_for(workers, groups.size(), control_, [&](std::uint64_t k, int worker) {
                branch(0, groups[k], trunk, piece, each, states[static_cast<std::size_t>(worker)]);
            });
        });
    }

    // The slow twin: a shot from the beginning, for itself, with the same stops.
    void run_alone(const Trajectory& trajectory) {
        const std::size_t count = shared_.count(trajectory);
        for (std::size_t k = 0; k < trajectory.shots.size(); ++k) {
            EvolvingState<T> state(qubits_);
            state.reset(options_, control_);
            std::size_t piece = 0;
            for (std::size_t level = 0; level <= count; ++level) {
                const std::size_t until = cuts_.piece_of(trajectory, level);
                for (; piece < until; ++piece) {
                    run_piece(state, trajectory.events.first(level), piece, options_);
                }
            }
            finish(state, {trajectory.events, trajectory.shots.subspan(k, 1)}, piece, options_);
        }
    }

  private:
    using Members = std::span<const Trajectory>;
    // Those of one worker: number 0 ends trajectories, the others hold branches.
    using States = std::vector<EvolvingState<T>>;

    // Runs what the members have in common, their first `level` errors, from the piece on. At each
    // stop, branch_off(groups, piece) gets those that go on differently.
    template <class BranchOff>
    void walk(std::size_t level, Members members, EvolvingState<T>& state, std::size_t piece,
              const RunOptions& options, BranchOff&& branch_off) {
        const Errors common = members.front().events.first(level);
        // The one without further errors sorts first, and ends last.
        const bool has_last = members.front().events.size() == level;
        const Members last = members.first(has_last ? 1 : 0);
        members = members.subspan(last.size());
        std::vector<Members> groups;
        for (; piece < cuts_.pieces(); ++piece) {
            groups.clear();
            while (!members.empty() && cuts_.piece_of(members.front(), level) == piece) {
                groups.push_back(members.first(group_size(level, members)));
                members = members.subspan(groups.back().size());
            }
            branch_off(groups, piece);
            if (members.empty() && !has_last) return;
            run_piece(state, common, piece, options);
        }
        finish(state, last.front(), piece, options);
    }

    // How many of the first members share their next error; 1 where that is not worth a branch.
    std::size_t group_size(std::size_t level, Members members) const {
        std::size_t size = 1;
        if (shared_.count(members.front()) <= level) return size;
        const ErrorEvent error = members.front().events[level];
        while (size < members.size() && members[size].events[level] == error) ++size;
        return size;
    }

    void branch(std::size_t level, Members group, const EvolvingState<T>& parent, std::size_t piece,
                const RunOptions& options, States& states) {
        const bool alone = shared_.count(group.front()) <= level;
        const std::size_t place = alone ? 0 : level + 1;
        while (states.size() <= place) states.emplace_back(qubits_);
        EvolvingState<T>& state = states[place];
        state.copy(parent, options, control_);
        if (alone) return finish(state, group.front(), piece, options);
        walk(level + 1, group, state, piece, options, [&](const auto& groups, std::size_t stop) {
            for (const Members& members : groups) {
                branch(level + 1, members, state, stop, options, states);
            }
        });
    }

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

    void run_piece(EvolvingState<T>& state, Errors errors, std::size_t piece,
                   const RunOptions& options) {
        evolve(state, steps_with_errors(noisy_, errors, cuts_.begin(piece), cuts_.begin(piece + 1)),
               options);
    }

    // Runs the steps from the piece on with the errors of the trajectory, and draws its shots.
    void finish(EvolvingState<T>& state, const Trajectory& trajectory, std::size_t piece,
                const RunOptions& options) {
        evolve(
            state,
            steps_with_errors(noisy_, trajectory.events, cuts_.begin(piece), noisy_.steps.size()),
            options);
        std::vector<std::uint64_t> drawn(trajectory.shots.size());
        draw_shots(state.whole(options, control_), random_, trajectory.shots, drawn,
                   options.threads, control_);
        const std::uint64_t flips = flipped_bits(noisy_, trajectory.events);
        for (std::size_t k = 0; k < drawn.size(); ++k) {
            outcomes_[trajectory.shots[k] - shot_begin_] = drawn[k] ^ flips;
        }
    }

    const NoisySteps& noisy_;
    int qubits_;
    const Cuts& cuts_;
    const SharedErrors& shared_;
    Philox random_;
    std::uint64_t shot_begin_;
    std::span<std::uint64_t> outcomes_;
    const RunOptions& options_;
    RunControl& control_;
};

}  // namespace

std::size_t shared_error_levels(int qubits, std::uint64_t shots) {
    constexpr std::uint64_t kFew = 200;
    constexpr std::uint64_t kMany = 1 << 21;  // all of them are drawn for every part of a job
    return qubits <= kSharedErrorQubits && shots >= kFew && shots <= kMany ? kMaxSharedErrors : 0;
}

template <class T>
void sample_trajectories(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                         std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                         const RunOptions& options, RunControl& control) {
    const QubitMap map(program);
    const NoisySteps noisy = lower_noisy(program, map, control);
    const auto plan_of = [&](std::uint64_t begin, std::uint64_t end) {
        return std::make_unique<TrajectoryPlan>(noisy.sites, rates, seed, begin, end,
                                                options.trajectories, options.threads, control);
    };
    const auto plan = plan_of(shot_begin, shot_begin + outcomes.size());
    // What is shared must not depend on which part of the job this is.
    const std::uint64_t total = options.total_shots > 0 ? options.total_shots : outcomes.size();
    const std::size_t levels = shared_error_levels(map.size(), total);
    std::unique_ptr<TrajectoryPlan> whole;
    if (levels > 0 && total > outcomes.size()) whole = plan_of(0, total);
    const SharedErrors shared((whole ? whole : plan)->trajectories(),
                              map.size() <= kOneThreadQubits ? 3 : 8, levels);
    const Cuts cuts(noisy, total);
    TrajectoryTree<T> tree(noisy, map.size(), cuts, shared, seed, shot_begin, outcomes, options,
                           control);
    if (options.share) return tree.run(plan->trajectories());
    for (const Trajectory& trajectory : plan->trajectories()) tree.run_alone(trajectory);
}

template void sample_trajectories<float>(const Program&, const NoiseRates&, std::uint64_t,
                                         std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                         RunControl&);
template void sample_trajectories<double>(const Program&, const NoiseRates&, std::uint64_t,
                                          std::uint64_t, std::span<std::uint64_t>,
                                          const RunOptions&, RunControl&);

}  // namespace ionsim
