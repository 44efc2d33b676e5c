#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "run/frame.h"
#include "run/lane_runner.h"
#include "run/mode_cost.h"
#include "run/wide_runner.h"

namespace ionsim {
namespace {

// Nanoseconds of one core, measured on a processor with wide vectors; in single precision.
constexpr double kLaneTurnNanoseconds = 0.02;    // a rotation of an amplitude of one lane,
constexpr double kLaneVisitNanoseconds = 0.055;  // taking it into the registers for some of them,
constexpr double kLaneSlowNanoseconds = 0.04;    // the same from behind the second-level cache,
constexpr double kLaneWorkNanoseconds = 0.06;    // and what else there is
constexpr double kLaneOpNanoseconds = 2.0;       // an operation of one lane
constexpr int kLaneCacheWidth = 13;
constexpr double kWideNanoseconds = 0.1;        // an amplitude of a vector by itself
constexpr double kWideSharedNanoseconds = 0.2;  // of one in the last-level cache
constexpr double kWideLargeNanoseconds = 0.5;   // of one in memory
constexpr int kCacheQubits = 21;
constexpr double kWideOpNanoseconds = 600.0;  // an operation on it

// Of each operation of the plan on one lane.
std::vector<double> lane_nanoseconds(const FramePlan& plan) {
    std::vector<double> each(plan.ops.size());
    for (std::size_t k = 0; k < each.size(); ++k) {
        each[k] = plan.ops[k].work() * kLaneWorkNanoseconds + kLaneOpNanoseconds;
    }
    for (const FrameVisit& visit : plan.visits) {
        const double amplitudes = std::ldexp(1.0, visit.width);
        for (std::size_t k = visit.begin; k < visit.end; ++k) {
            each[k] = amplitudes * kLaneTurnNanoseconds + kLaneOpNanoseconds;
        }
        each[visit.begin] +=
            amplitudes *
            (kLaneVisitNanoseconds + (visit.width > kLaneCacheWidth ? kLaneSlowNanoseconds : 0.0));
    }
    return each;
}

}  // namespace

ModeCost frame_cost(const NoisyForms& forms, const NoiseRates& rates, double shots,
                    const RunOptions& options) {
    ModeCost cost;
    cost.mode = NoisyMode::kFrame;
    if (rates.kraus) {
        cost.impossible = "a Kraus channel is not taken for a mixture of Paulis";
    } else if (!forms.circuit) {
        cost.impossible = "a pauliexp on two qubits has terms that do not commute";
    } else if (!forms.frame) {
        cost.impossible = "more than " + std::to_string(kMaxFrameRotations) + " rotations";
    } else if (forms.frame->plan.width > 40) {
        cost.impossible = std::to_string(forms.frame->plan.width) + " active qubits";
    }
    if (!cost.impossible.empty()) return cost;
    const FrameJob& job = *forms.frame;
    double work = 0.0;
    std::size_t rotations = 0;
    // Until the first outcome is drawn, a shot shares the error-free run up to its first error.
    double events = 0.0;
    double error_free = 1.0;
    double own_share = 0.0;
    const auto site_count = static_cast<double>(job.circuit->sites.size());
    double left = site_count;
    for (const NoiseSite& site : job.circuit->sites) {
        const double p = error_probability(site, rates);
        events += p;
        own_share += error_free * p * left / site_count;
        error_free *= 1.0 - p;
        left -= 1.0;
    }
    const bool lanes = job.plan.width <= kMaxLaneWidth;
    const double wide = job.plan.width <= kOneThreadQubits ? kWideNanoseconds
                        : job.plan.width < kCacheQubits    ? kWideSharedNanoseconds
                                                           : kWideLargeNanoseconds;
    const std::vector<double> lane = lane_nanoseconds(job.plan);
    bool drawn = false;
    double own = 0.0;
    double own_nanoseconds = 0.0;
    double all_nanoseconds = 0.0;
    for (std::size_t k = 0; k < job.plan.ops.size(); ++k) {
        const FrameOp& op = job.plan.ops[k];
        drawn = drawn || op.draws();
        const double share = drawn ? 1.0 : own_share;
        const double nanoseconds = precision_factor(options.precision) *
                                   (lanes ? lane[k] : op.work() * wide + kWideOpNanoseconds);
        work += op.work();
        own += op.work() * share;
        all_nanoseconds += nanoseconds;
        own_nanoseconds += nanoseconds * share;
        rotations += op.kind <= FrameOp::Kind::kExpand;
    }
    const double lane_shots = lanes ? std::ceil(shots / 16.0) * 16.0 : shots;
    cost.work = work * (lanes ? 16.0 : 1.0) + own * lane_shots + 4.0 * site_count * shots;
    cost.nanoseconds = own_nanoseconds * lane_shots + site_count * shots * kLaneDrawNanoseconds +
                       all_nanoseconds * (lanes ? 16.0 : 1.0);
    const double workers = lanes || job.plan.width <= kOneThreadWidth ? options.threads : 1.0;
    const bool single = options.precision == Precision::kSingle;
    const double one =
        lanes ? (single ? LaneRunner<float>::bytes(job.plan) : LaneRunner<double>::bytes(job.plan))
              : (single ? WideRunner<float>::bytes(job.plan) : WideRunner<double>::bytes(job.plan));
    // At most a quarter of a million shots are planned at a time.
    cost.memory_bytes = workers * one + (lanes ? 128.0 * one / 16.0 : 0.0) +
                        shots_bytes(std::min(shots, 262144.0), events) +
                        FlipTable::bytes(*job.circuit, job.plan.flip_bits);
    std::ostringstream text;
    text << job.plan.qubits << " qubits, of which at most " << job.plan.width
         << " are active at a time; " << rotations << " rotations after the Clifford gates are "
         << "drawn out; " << (lanes ? "sixteen shots side by side" : "one shot after the other");
    cost.note = text.str();
    return cost;
}

}  // namespace ionsim
