#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/statevector.h"
#include "run/dynamic.h"
#include "run/dynamic_plan.h"
#include "run/shot_groups.h"

namespace ionsim {
namespace {

// Of one core; measured on programs of 3 to 13 qubits.
constexpr double kAmplitudeNanoseconds = 0.25;  // a step on an amplitude
constexpr double kStepNanoseconds = 100.0;      // a step on a state
constexpr double kGroupNanoseconds = 800.0;     // a new group of shots
constexpr double kDrawNanoseconds = 12.0;       // a random number
constexpr double kCallNanoseconds = 50e3;

template <class T>
double state_bytes(const Program& gates, std::uint64_t shots, const RunOptions& options) {
    const int qubits = QubitMap(gates).size();
    const double state = Statevector<T>::bytes(qubits);
    if (qubits <= kOneThreadQubits)
        return state * states_needed(static_cast<double>(shots)) * options.threads;
    return state * (shots_share_states<T>(qubits, shots, options)
                        ? states_needed(static_cast<double>(shots))
                        : 1.0);
}

// The groups of shots along a program, and what they do.
class Walk {
  public:
    Walk(const DynamicPlan& plan, const NoiseRates& rates, std::uint64_t shots, bool together)
        : plan_(plan),
          rates_(rates),
          shots_(static_cast<double>(shots)),
          amplitudes_(std::ldexp(1.0, plan.map.size())),
          groups_(together ? std::min(1.0, shots_) : shots_) {}

    void take(std::size_t instruction) {
        const FlowInstruction& now = plan_.flow.instructions[instruction];
        if (now.op == FlowOp::kGates) {
            run(plan_.segments[plan_.segment_of[instruction]]);
        } else if (now.op == FlowOp::kMeasure || now.op == FlowOp::kReset) {
            nanoseconds_ += shots_ * kDrawNanoseconds;
            if (plan_.place(now.first) < 0) return;
            // The sum of the probabilities, and the projection.
            spend(2.0, 2.0 * amplitudes_);
            part_into(2.0 * groups_);
        } else {
            nanoseconds_ += groups_ * kStepNanoseconds;
        }
    }

    double groups() const { return groups_; }
    double work() const { return work_; }
    double nanoseconds() const { return nanoseconds_ + kCallNanoseconds; }

  private:
    // Errors come evenly among the steps: on the whole they part the shots half-way.
    void run(const Segment& segment) {
        double errors = 0.0;
        for (const NoiseChoice& choice : segment.choices) {
            if (choice.channel != nullptr) {
                errors += 1.0 - choice.channel->floor();
            } else {
                errors += choice.second < 0 ? rates_.error1() : rates_.error2();
            }
        }
        nanoseconds_ += shots_ * kDrawNanoseconds * static_cast<double>(segment.choices.size());
        const double before = groups_;
        part_into(groups_ + shots_ * errors);
        const double after = groups_;
        groups_ = 0.5 * (before + after);
        spend(static_cast<double>(segment.steps.size()), segment.work);
        groups_ = after;
    }

    void spend(double steps, double work) {
        work_ += groups_ * work;
        nanoseconds_ += groups_ * (steps * kStepNanoseconds + work * kAmplitudeNanoseconds);
    }

    void part_into(double wanted) {
        const double now = std::min(wanted, shots_);
        nanoseconds_ += (now - groups_) * (kGroupNanoseconds + amplitudes_ * kAmplitudeNanoseconds);
        groups_ = now;
    }

    const DynamicPlan& plan_;
    const NoiseRates& rates_;
    double shots_;
    double amplitudes_;
    double groups_;
    double work_ = 0.0;
    double nanoseconds_ = 0.0;
};

}  // namespace

template <class T>
bool shots_share_states(int qubits, std::uint64_t shots, const RunOptions& options) {
    const double bytes = Statevector<T>::bytes(qubits) * states_needed(static_cast<double>(shots));
    return options.share && bytes <= allowed_memory(options);
}

double dynamic_memory(const Flow& flow, const Program& gates, std::uint64_t shots,
                      const RunOptions& options) {
    const bool single = options.precision == Precision::kSingle;
    double result_bits = 8.0;  // the shot's number stands beside them
    for (const Register& each : flow.bit_registers) result_bits += static_cast<double>(each.size);
    const double results = static_cast<double>(shots) * result_bits;
    return results + (single ? state_bytes<float>(gates, shots, options)
                             : state_bytes<double>(gates, shots, options));
}

Estimate estimate_dynamic(const Flow& flow, const Program& gates, const NoiseRates& rates,
                          bool noisy, std::uint64_t shots, const RunOptions& options) {
    RunControl control({});
    const DynamicPlan plan(flow, gates, rates, noisy, options, control);
    const int qubits = plan.map.size();
    const bool single = options.precision == Precision::kSingle;
    const bool together = single ? shots_share_states<float>(qubits, shots, options)
                                 : shots_share_states<double>(qubits, shots, options);
    Walk walk(plan, rates, shots, together);
    for (std::size_t i = 0; i < flow.instructions.size(); ++i) walk.take(i);
    Estimate result;
    result.method = "trajectories";
    result.work = walk.work();
    result.seconds = 1e-9 * walk.nanoseconds() / options.threads;
    result.memory_bytes = dynamic_memory(flow, gates, shots, options);
    result.memory_allowed_bytes = allowed_memory(options);
    result.qubits_simulated = qubits;
    char text[160];
    std::snprintf(text, sizeof(text),
                  "%.0f shots of a program that measures on the way, at most %.0f different ones; "
                  "%s%s",
                  static_cast<double>(shots), walk.groups(),
                  together ? "shots with the same past share a state" : "each shot on its own",
                  flow.loops > 0 ? "; loops counted once" : "");
    result.explanation = text;
    return result;
}

template bool shots_share_states<float>(int, std::uint64_t, const RunOptions&);
template bool shots_share_states<double>(int, std::uint64_t, const RunOptions&);

}  // namespace ionsim
