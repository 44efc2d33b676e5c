#include <algorithm>
#include <cmath>
#include <sstream>

#include "compile/lower.h"
#include "run/erasure_job.h"
#include "run/mode_cost.h"

namespace ionsim {
namespace {

// Planning compares all gates of a shot with each other.
constexpr std::size_t kMaxErasureGates = 4096;

}  // namespace

ModeCost erasure_cost(const Program& program, const NoiseRates& rates, double shots,
                      double cheapest, const RunOptions& options, RunControl& control) {
    // Nanoseconds of one core, measured in single precision: an amplitude of a gate on two qubits
    // in a tile, in the cache or in memory, the gates on one with it, and an amplitude copied; what
    // a gate adds to a plan, without tiles and with them.
    constexpr double kTileNanoseconds = 0.15;
    constexpr double kCacheNanoseconds = 0.19;
    constexpr double kMemoryNanoseconds = 0.26;
    constexpr double kCopyNanoseconds = 0.5;
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
    ErasureNeeds needs;
    needs.work = full;
    needs.width = qubits;
    // A close look would take longer than some jobs.
    const bool may_win = shots * gates * planning < cheapest;
    const bool looked = qubits >= kOneThreadQubits && may_win;
    if (looked) {
        needs =
            erasure_needs(ErasureJob(program, rates, control), static_cast<std::uint64_t>(shots));
    }
    // Shots without erasure share a state of all qubits where that is small.
    const int width = qubits <= kMostSharedQubits ? qubits : needs.width;
    const double common = needs.share_clean ? full : 0.0;
    cost.work = 2.0 * common + shots * (2.0 * needs.work + gates);
    const double each = width <= kTileQubits    ? kTileNanoseconds
                        : width <= kCacheQubits ? kCacheNanoseconds
                                                : kMemoryNanoseconds;
    const double own = needs.work * each + needs.copied * kCopyNanoseconds;
    cost.nanoseconds = (common * each + shots * own) * precision_factor(options.precision) +
                       shots * gates * planning;
    const double workers = side_by_side(needs.width, options) ? options.threads : 1.0;
    // A plan holds a bit for each pair of its operations.
    const double plan_bytes = 0.5 * gates * gates + 600.0 * gates;
    const double kept =
        looked ? static_cast<double>(needs.stops.size()) : static_cast<double>(most_stops(qubits));
    const double states = workers + kept + (workers > 1.0 || kept > 0.0 ? 1.0 : 0.0);
    cost.memory_bytes = states * state_bytes(options.precision, width) + workers * plan_bytes +
                        24.0 * shots + gates * (sizeof(SiteGate) + 2.0 * sizeof(Step)) +
                        16.0 * options.threads * std::ldexp(1.0, std::min(width, 17));
    std::ostringstream text;
    text.precision(3);
    text << qubits << " qubits, " << width << " in the state at a time, "
         << counts.one_qubit + counts.two_qubit
         << " gates; what an error makes superfluous is left out of its shot";
    if (full > needs.work) {
        text << ", about " << 100.0 * (1.0 - needs.work / full) << " % of the work";
    }
    if (!needs.stops.empty()) {
        text << ", with the error-free state kept at " << needs.stops.size() << " places";
    }
    cost.note = text.str();
    return cost;
}

}  // namespace ionsim
