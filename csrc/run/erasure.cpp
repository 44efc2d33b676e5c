#include "run/erasure.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <sstream>
#include <vector>

#include "base/parallel.h"
#include "base/philox.h"
#include "compile/lower.h"
#include "compile/schedule.h"
#include "compile/wire_plan.h"
#include "run/draw.h"
#include "run/executor.h"
#include "run/part_state.h"

namespace ionsim {
namespace {

// Planning compares all gates of a shot with each other.
constexpr std::size_t kMaxErasureGates = 4096;

// The shots without erasure share a state of so many qubits, however few a shot needs at a time.
constexpr int kMostSharedQubits = 22;

double state_bytes(int qubits, const RunOptions& options) {
    return options.precision == Precision::kSingle ? Statevector<float>::bytes(qubits)
                                                   : Statevector<double>::bytes(qubits);
}

// From so many qubits on, a few shots are planned to tell what the others need.
constexpr int kPlannedQubits = 16;

struct ErasureJob {
    ErasureJob(const Program& program, const NoiseRates& rates, RunControl& control)
        : map(program),
          noisy(lower_noisy(program, map, control)),
          gates(site_gates(noisy)),
          one(probability_threshold(rates.r1)),
          two(probability_threshold(rates.r2)) {}

    // The sites at which a shot is erased.
    std::vector<std::uint32_t> erased(const Philox& random, std::uint64_t shot) const {
        std::vector<std::uint32_t> sites;
        for (std::uint32_t k = 0; k < gates.size(); ++k) {
            const std::uint64_t threshold = gates[k].second < 0 ? one : two;
            if (threshold == 0) continue;
            const auto words = random.words(shot, k / 2, Purpose::kErasure);
            if (words[k % 2] < threshold) sites.push_back(k);
        }
        return sites;
    }

    QubitMap map;
    NoisySteps noisy;
    std::vector<SiteGate> gates;
    std::uint64_t one;
    std::uint64_t two;
};

template <class T>
class ErasureRunner {
  public:
    ErasureRunner(const ErasureJob& job, const Philox& random, const RunOptions& options,
                  int threads, RunControl& control)
        : job_(job), random_(random), options_(options), control_(control) {
        options_.threads = threads;
    }

    std::uint64_t run(std::span<const std::uint32_t> erased, std::uint64_t shot) {
        const WirePlan plan = plan_wires(job_.gates, job_.map.size(), erased, random_, shot);
        std::vector<std::uint8_t> outcomes(plan.wires);
        PartState<T>& state = cleared(plan.width);
        std::vector<typename PartState<T>::Measured> measured;
        for (auto op = plan.ops.begin(); op != plan.ops.end();) {
            if (op->kind != WireOp::Kind::kMeasure) {
                add(*op++, outcomes, state);
                continue;
            }
            const auto first = op;
            measured.clear();
            for (; op != plan.ops.end() && op->kind == WireOp::Kind::kMeasure; ++op) {
                measured.push_back({op->places[0], wire_uniform(random_, shot, op->wire, true)});
            }
            state.measure(measured);
            for (std::size_t k = 0; k < measured.size(); ++k) {
                outcomes[first[static_cast<std::ptrdiff_t>(k)].wire] = measured[k].outcome;
            }
        }
        std::uint64_t outcome = plan.outcome;
        for (std::size_t q = 0; q < plan.final_wire.size(); ++q) {
            const int wire = plan.final_wire[q];
            if (wire < 0) continue;
            outcome |= static_cast<std::uint64_t>(outcomes[static_cast<std::size_t>(wire)]) << q;
        }
        return outcome;
    }

    // The shots that meet no erasure.
    const Statevector<T>& run_whole() {
        PartState<T>& state = cleared(job_.map.size());
        for (const Step& step : job_.noisy.steps) state.add(step);
        return state.whole();
    }

  private:
    PartState<T>& cleared(int width) {
        if (!state_ || state_->most_qubits() < width) {
            state_.reset();
            // Few shots need more than was foreseen.
            if (width > kMostSharedQubits) require_memory(state_bytes(width, options_), options_);
            state_ = std::make_unique<PartState<T>>(width, options_, control_);
        }
        state_->clear();
        return *state_;
    }

    void add(const WireOp& op, const std::vector<std::uint8_t>& outcomes, PartState<T>& state) {
        if (op.kind == WireOp::Kind::kGate) {
            const SiteGate& gate = job_.gates[op.gate];
            for (std::uint32_t k = gate.begin; k < gate.end; ++k) {
                state.add(placed(job_.noisy.steps[k], gate, op.places[0], op.places[1]));
            }
            return;
        }
        const std::size_t chosen = op.kind == WireOp::Kind::kSwitch ? outcomes[op.wire] : 0;
        state.add(one_target_step(op.matrices[chosen], op.places[0], {}));
    }

    const ErasureJob& job_;
    const Philox& random_;
    RunOptions options_;
    RunControl& control_;
    std::unique_ptr<PartState<T>> state_;
};

// What shots need on average (work) and at most (width), told by a few that are not the job's.
struct Sampled {
    double work = 0.0;
    int width = 0;
};

Sampled sampled(const ErasureJob& job) {
    constexpr std::uint64_t kSamples = 16;
    const int qubits = job.map.size();
    const Philox random(0);
    Sampled result;
    result.width = plan_wires(job.gates, qubits, {}, random, 0).width;
    for (std::uint64_t shot = 0; shot < kSamples; ++shot) {
        const WirePlan plan = plan_wires(job.gates, qubits, job.erased(random, shot), random, shot);
        result.work += plan.work / kSamples;
        result.width = std::max(result.width, plan.width);
    }
    // Other shots may need more.
    result.width = std::min(qubits, result.width + 1);
    return result;
}

// Where the error-free run needs all qubits at a time, or few are enough, its shots share it.
bool shares_clean(const ErasureJob& job, const Philox& random) {
    if (job.map.size() <= kMostSharedQubits) return true;
    return plan_wires(job.gates, job.map.size(), {}, random, 0).width == job.map.size();
}

// Much of a shot's time goes to its plan, which is made on one thread: shots run side by side even
// where a state would be large enough for a team.
bool side_by_side(int qubits, const RunOptions& options) {
    if (qubits <= kOneThreadQubits) return true;
    constexpr int kMostQubits = 22;
    return qubits <= kMostQubits &&
           options.threads * state_bytes(qubits, options) <= 0.5 * allowed_memory(options);
}

}  // namespace

template <class T>
void sample_erasure(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                    std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                    const RunOptions& options, RunControl& control) {
    const ErasureJob job(program, rates, control);
    const Philox random(seed);
    const bool small = job.map.size() < kPlannedQubits || side_by_side(sampled(job).width, options);
    const std::uint64_t shots = outcomes.size();
    const auto erased_of = [&](std::uint64_t k) {
        const std::uint64_t shot = shot_begin + k;
        return job.erased(random, options.trajectories > 0 ? shot % options.trajectories : shot);
    };
    const bool share = shares_clean(job, random);
    std::vector<std::uint64_t> clean;
    std::vector<std::uint64_t> hit;
    for (std::uint64_t k = 0; k < shots; ++k) {
        if (k % 64 == 0) control.check();
        (share && erased_of(k).empty() ? clean : hit).push_back(k);
    }
    if (!clean.empty()) {
        ErasureRunner<T> runner(job, random, options, options.threads, control);
        const Statevector<T>& state = runner.run_whole();
        std::vector<std::uint64_t> numbers;
        for (const std::uint64_t k : clean) numbers.push_back(shot_begin + k);
        std::vector<std::uint64_t> drawn(clean.size());
        draw_shots<T>(state, random, numbers, drawn, options.threads, control);
        for (std::size_t i = 0; i < clean.size(); ++i) outcomes[clean[i]] = drawn[i];
    }
    const std::uint64_t pieces =
        small
            ? std::min<std::uint64_t>(hit.size(), static_cast<std::uint64_t>(options.threads) * 16)
            : std::min<std::uint64_t>(hit.size(), 1);
    parallel_for(small ? options.threads : 1, pieces, control, [&](std::uint64_t piece, int) {
        ErasureRunner<T> runner(job, random, options, small ? 1 : options.threads, control);
        for (std::uint64_t i = hit.size() * piece / pieces; i < hit.size() * (piece + 1) / pieces;
             ++i) {
            const std::uint64_t k = hit[i];
            outcomes[k] = runner.run(erased_of(k), shot_begin + k);
            control.check();
        }
    });
}

ModeCost erasure_cost(const Program& program, const NoiseRates& rates, double shots,
                      double cheapest, const RunOptions& options, RunControl& control) {
    // Nanoseconds of one core, measured in single precision: an amplitude of a gate on two qubits
    // in a tile, in the cache or in memory, the gates on one with it; what a gate adds to a plan,
    // without tiles and with them.
    constexpr double kTileNanoseconds = 0.15;
    constexpr double kCacheNanoseconds = 0.19;
    constexpr double kMemoryNanoseconds = 0.26;
    constexpr int kTileQubits = 16;
    constexpr int kCacheQubits = 20;
    constexpr double kGateNanoseconds = 250.0;
    constexpr double kTiledNanoseconds = 550.0;
    constexpr int kTiledQubits = 10;
    ModeCost cost;
    cost.mode = NoisyMode::kErasure;
    if (rates.kraus) {
        cost.impossible = "a Kraus channel is no erasure";
        return cost;
    }
    if (program.touched().size() > static_cast<std::size_t>(kMaxMaskQubits)) {
        cost.impossible = "more than 64 touched qubits";
        return cost;
    }
    const GateCounts counts = count_gates(program);
    if (counts.one_qubit + counts.two_qubit > static_cast<std::int64_t>(kMaxErasureGates)) {
        cost.impossible = "more than " + std::to_string(kMaxErasureGates) + " gates";
        return cost;
    }
    const auto qubits = static_cast<int>(program.touched().size());
    const auto gates = static_cast<double>(counts.one_qubit + counts.two_qubit);
    const double planning = qubits < kTiledQubits ? kGateNanoseconds : kTiledNanoseconds;
    const double full = std::ldexp(static_cast<double>(counts.two_qubit), qubits);
    Sampled expected{full, qubits};
    // A close look would take longer than some jobs.
    const bool may_win = shots * gates * planning < cheapest;
    if (qubits >= kPlannedQubits && may_win)
        expected = sampled(ErasureJob(program, rates, control));
    const double work = expected.work;
    // Shots without erasure share a state of all qubits where that is small.
    const int width = qubits <= kMostSharedQubits ? qubits : expected.width;
    const bool single = options.precision == Precision::kSingle;
    cost.work = shots * (2.0 * work + gates);
    const double each = width <= kTileQubits    ? kTileNanoseconds
                        : width <= kCacheQubits ? kCacheNanoseconds
                                                : kMemoryNanoseconds;
    cost.nanoseconds = shots * (work * each * (single ? 1.0 : 2.0) + gates * planning);
    const double workers = side_by_side(expected.width, options) ? options.threads : 1.0;
    // A plan holds a bit for each pair of its operations.
    const double plan_bytes = 0.5 * gates * gates + 600.0 * gates;
    cost.memory_bytes = workers * (state_bytes(width, options) + plan_bytes) +
                        (workers > 1.0 ? state_bytes(width, options) : 0.0) + 24.0 * shots +
                        gates * (sizeof(SiteGate) + 2.0 * sizeof(Step)) +
                        16.0 * options.threads * std::ldexp(1.0, std::min(width, 17));
    std::ostringstream text;
    text.precision(3);
    text << qubits << " qubits, " << width << " in the state at a time, "
         << counts.one_qubit + counts.two_qubit
         << " gates; what an error makes superfluous is left out of its shot";
    if (full > work) {
        text << ", about " << 100.0 * (1.0 - work / full) << " % of the work";
    }
    cost.note = text.str();
    return cost;
}

template void sample_erasure<float>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                    std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_erasure<double>(const Program&, const NoiseRates&, std::uint64_t,
                                     std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                     RunControl&);

}  // namespace ionsim
