#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "run/frame.h"
#include "run/frame_flips.h"
#include "run/lane_runner.h"
#include "run/lane_shots.h"
#include "run/lane_vectors.h"
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

// How many vectors the shots need at a place of the plan, in units of runs of all of it.
class Sharing {
  public:
    Sharing(const FrameJob& job, const NoiseRates& rates, double shots) : shots_(shots) {
        const auto sites = static_cast<double>(job.circuit->sites.size());
        double left = sites;
        for (const NoiseSite& site : job.circuit->sites) {
            const double p = error_probability(site, rates);
            const double first = error_free_ * p;
            own_share_ += first * left / sites;
            single_ = single_ * (1.0 - p) + first;
            single_share_ = single_share_ * (1.0 - p) + first * left / sites;
            error_free_ *= 1.0 - p;
            errors_ += p > 0.0 ? (site.second < 0 ? 3.0 : 15.0) : 0.0;
            left -= 1.0;
        }
    }

    // Until an outcome is drawn, a shot shares the error-free run up to its first error, and all of
    // its own run with shots that have the same single error.
    double before(bool lanes) const {
        const double spared = lanes ? single_share_ * (1.0 - different(errors_, single_)) : 0.0;
        return shots_ * (own_share_ - spared);
    }
    // Error-free shots go on together as long as they get the same outcomes.
    double behind(int outcomes) const {
        const double kinds = std::ldexp(1.0, std::min(outcomes, 64));
        return shots_ * (1.0 - error_free_ * (1.0 - different(kinds, error_free_)));
    }

  private:
    // The part of `share` of the shots that differ, if each is of one of so many kinds.
    double different(double kinds, double share) const {
        const double each = shots_ * share / kinds;
        return each > 1e-9 ? -std::expm1(-each) / each : 1.0;
    }

    double shots_;
    double error_free_ = 1.0;
    double single_ = 0.0;        // the part of the shots that has a single error
    double own_share_ = 0.0;     // of the run that a shot has behind its first error
    double single_share_ = 0.0;  // the same of the shots with a single one
    double errors_ = 0.0;        // different ones that there are
};

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
    const Sharing sharing(job, rates, shots);
    const auto site_count = static_cast<double>(job.circuit->sites.size());
    const bool lanes = job.plan.width <= kMaxLaneWidth;
    const double wide = job.plan.width <= kOneThreadQubits ? kWideNanoseconds
                        : job.plan.width < kCacheQubits    ? kWideSharedNanoseconds
                                                           : kWideLargeNanoseconds;
    const std::vector<double> lane = lane_nanoseconds(job.plan);
    double left = 0.0;
    for (const FrameOp& op : job.plan.ops) left += op.work();
    int drawn = 0;
    double own = 0.0;
    double own_nanoseconds = 0.0;
    double all_nanoseconds = 0.0;
    for (std::size_t k = 0; k < job.plan.ops.size(); ++k) {
        const FrameOp& op = job.plan.ops[k];
        drawn += op.draws();
        left -= op.work();
        const bool alone = !lanes || left < LaneRunner<float>::kLeastWork;
        const double lines = drawn == 0 ? sharing.before(lanes)
                             : alone    ? shots
                                        : sharing.behind(drawn);
        const double nanoseconds = precision_factor(options.precision) *
                                   (lanes ? lane[k] : op.work() * wide + kWideOpNanoseconds);
        work += op.work();
        own += op.work() * lines;
        all_nanoseconds += nanoseconds;
        own_nanoseconds += nanoseconds * lines;
        rotations += op.kind <= FrameOp::Kind::kExpand;
    }
    // Lanes without a line run as well.
    const double filled = lanes ? std::ceil(shots / 16.0) * 16.0 / std::max(shots, 1.0) : 1.0;
    cost.work = work * (lanes ? 16.0 : 1.0) + own * filled + 4.0 * site_count * shots;
    cost.nanoseconds = own_nanoseconds * filled + site_count * shots * kLaneDrawNanoseconds +
                       all_nanoseconds * (lanes ? 16.0 : 1.0);
    const double workers = lanes || job.plan.width <= kOneThreadWidth ? options.threads : 1.0;
    const bool single = options.precision == Precision::kSingle;
    const double one =
        lanes
            ? (single ? LaneVectors<float>::bytes(job.plan) : LaneVectors<double>::bytes(job.plan))
            : (single ? WideRunner<float>::bytes(job.plan) : WideRunner<double>::bytes(job.plan));
    // No more vectors are kept than there are shots; one is a sixteenth of the lanes.
    const double room =
        lanes ? std::min(single ? room_bytes<float>(job.plan) : room_bytes<double>(job.plan),
                         shots * (one / 16.0 + 512.0))
              : 0.0;
    cost.memory_bytes = workers * one + (lanes ? 4.0 * one + room : 0.0) +
                        FrameShots::bytes(job.plan, shots) +
                        FlipTable::bytes(*job.circuit, job.plan.flip_bits);
    std::ostringstream text;
    text << job.plan.qubits << " qubits, of which at most " << job.plan.width
         << " are active at a time; " << rotations << " rotations after the Clifford gates are "
         << "drawn out; " << (lanes ? "sixteen shots side by side" : "one shot after the other");
    cost.note = text.str();
    return cost;
}

}  // namespace ionsim
