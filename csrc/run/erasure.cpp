#include "run/erasure.h"

#include <algorithm>
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
        : job_(job), random_(random), state_(job.map.size(), options, threads, control) {}

    std::uint64_t run(std::span<const std::uint32_t> erased, std::uint64_t shot) {
        const WirePlan plan = plan_wires(job_.gates, job_.map.size(), erased, random_, shot);
        std::vector<std::uint8_t> outcomes(plan.wires);
        state_.clear();
        for (const WireOp& op : plan.ops) {
            switch (op.kind) {
                case WireOp::Kind::kGate: {
                    const SiteGate& gate = job_.gates[op.gate];
                    for (std::uint32_t k = gate.begin; k < gate.end; ++k) {
                        state_.add(job_.noisy.steps[k]);
                    }
                    break;
                }
                case WireOp::Kind::kTurn:
                    state_.add(one_target_step(op.matrices[0], op.qubit, {}));
                    break;
                case WireOp::Kind::kSwitch:
                    state_.add(one_target_step(op.matrices[outcomes[op.wire]], op.qubit, {}));
                    break;
                case WireOp::Kind::kMeasure:
                    outcomes[op.wire] =
                        state_.measure(op.qubit, wire_uniform(random_, shot, op.wire, true));
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
    Statevector<T>& run_whole() {
        state_.clear();
        for (const Step& step : job_.noisy.steps) state_.add(step);
        return state_.whole();
    }

  private:
    const ErasureJob& job_;
    const Philox& random_;
    PartState<T> state_;
};

double state_bytes(int qubits, const RunOptions& options) {
    return options.precision == Precision::kSingle ? Statevector<float>::bytes(qubits)
                                                   : Statevector<double>::bytes(qubits);
}

}  // namespace

template <class T>
void sample_erasure(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                    std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                    const RunOptions& options, RunControl& control) {
    const ErasureJob job(program, rates, control);
    const Philox random(seed);
    const bool small = job.map.size() <= kOneThreadQubits;
    const std::uint64_t shots = outcomes.size();
    const auto erased_of = [&](std::uint64_t k) {
        const std::uint64_t shot = shot_begin + k;
        return job.erased(random, options.trajectories > 0 ? shot % options.trajectories : shot);
    };
    std::vector<std::uint64_t> clean;
    std::vector<std::uint64_t> hit;
    for (std::uint64_t k = 0; k < shots; ++k) {
        if (k % 64 == 0) control.check();
        (erased_of(k).empty() ? clean : hit).push_back(k);
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
                      const RunOptions& options, RunControl& control) {
    // Nanoseconds of one core: an amplitude of a gate; a shot's plan, and that of its tiles, a
    // gate.
    constexpr double kAmplitudeNanoseconds = 0.2;
    constexpr double kGateNanoseconds = 2.5e4;
    constexpr double kShotNanoseconds = 2e4;
    constexpr int kPlannedQubits = 18;
    constexpr std::uint64_t kSamples = 4;
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
    const ErasureJob job(program, rates, control);
    const int qubits = job.map.size();
    const double full = std::ldexp(static_cast<double>(counts.two_qubit), qubits);
    double work = full;
    if (qubits >= kPlannedQubits) {
        // A few shots stand for all; the numbers are not those of the job.
        const Philox random(0);
        work = 0.0;
        for (std::uint64_t shot = 0; shot < kSamples; ++shot) {
            const auto erased = job.erased(random, shot);
            work += plan_wires(job.gates, qubits, erased, random, shot).work / kSamples;
        }
    }
    const auto gates = static_cast<double>(job.gates.size());
    const bool single = options.precision == Precision::kSingle;
    cost.work = shots * (2.0 * work + gates);
    cost.nanoseconds = shots * (2.0 * work * kAmplitudeNanoseconds * (single ? 1.0 : 2.0) +
                                gates * kGateNanoseconds + kShotNanoseconds);
    const double workers = qubits <= kOneThreadQubits ? options.threads : 1.0;
    cost.memory_bytes = workers * (state_bytes(qubits, options) + 600.0 * gates) +
                        (workers > 1.0 ? state_bytes(qubits, options) : 0.0) + 24.0 * shots +
                        gates * (sizeof(SiteGate) + 2.0 * sizeof(Step)) +
                        16.0 * options.threads * std::ldexp(1.0, 17);
    std::ostringstream text;
    text.precision(3);
    text << qubits << " qubits, " << job.gates.size()
         << " gates; what an error makes superfluous is left out of its shot";
    if (qubits >= kPlannedQubits && full > 0.0) {
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
