#include "run/erasure_job.h"

#include <algorithm>
#include <cmath>

#include "compile/wire_plan.h"

namespace ionsim {
namespace {

// From so many qubits or shots on, a few shots are planned to tell what the others need.
constexpr int kPlannedQubits = 16;
constexpr std::uint64_t kPlannedShots = 64;

// Stops at equal shares of the gates on two qubits.
std::vector<std::uint32_t> possible_stops(const ErasureJob& job) {
    const auto stops = static_cast<std::size_t>(most_stops(job.qubits()));
    std::size_t pairs = 0;
    for (const SiteGate& gate : job.gates) pairs += gate.second < 0 ? 0 : 1;
    std::vector<std::uint32_t> sites;
    std::size_t done = 0;
    for (std::uint32_t k = 0; k < job.gates.size(); ++k) {
        if (job.gates[k].second < 0) continue;
        const std::size_t share = ++done * (stops + 1) / pairs;
        if (share > sites.size() && share <= stops) sites.resize(share, k + 1);
    }
    sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
    return sites;
}

}  // namespace

ErasureJob::ErasureJob(const Program& program, const NoiseRates& rates, RunControl& control)
    : map(program),
      noisy(lower_noisy(program, map, control)),
      gates(site_gates(noisy)),
      one(probability_threshold(rates.r1)),
      two(probability_threshold(rates.r2)) {}

std::vector<std::uint32_t> ErasureJob::erased(const Philox& random, std::uint64_t shot) const {
    std::vector<std::uint32_t> sites;
    const auto count = static_cast<std::uint32_t>(gates.size());
    for (std::uint32_t k = 0; k < count; k += 2) {
        const auto words = random.words(shot, k / 2, Purpose::kErasure);
        for (std::uint32_t site = k; site < std::min(k + 2, count); ++site) {
            if (words[site % 2] < (gates[site].second < 0 ? one : two)) sites.push_back(site);
        }
    }
    return sites;
}

std::uint32_t stop_before(std::span<const std::uint32_t> stops,
                          std::span<const std::uint32_t> erased) {
    if (erased.empty()) return 0;
    const auto after = std::ranges::upper_bound(stops, erased.front());
    return after == stops.begin() ? 0 : *(after - 1);
}

int most_stops(int qubits) {
    constexpr int kCacheQubits = 17;
    constexpr int kMostStateQubits = 24;  // of all states together
    if (qubits <= kCacheQubits) return 7;
    return qubits > kMostStateQubits ? 0 : std::min(3, 1 << (kMostStateQubits - qubits));
}

ErasureNeeds erasure_needs(const ErasureJob& job, std::uint64_t shots) {
    constexpr std::uint64_t kSamples = 16;
    const int qubits = job.qubits();
    ErasureNeeds needs;
    needs.width = qubits;
    needs.share_clean = true;
    if (qubits < kPlannedQubits && shots < kPlannedShots) return needs;
    // Random shots that are not the job's.
    const Philox random(0);
    const WirePlan clean = plan_wires(job.gates, qubits, {}, random, 0);
    needs.share_clean = qubits <= kMostSharedQubits || clean.width == qubits;
    needs.width = clean.width;
    if (needs.share_clean) needs.stops = possible_stops(job);
    const double amplitudes = std::ldexp(1.0, qubits);
    double saved = 0.0;
    for (std::uint64_t shot = 0; shot < kSamples; ++shot) {
        const std::vector<std::uint32_t> erased = job.erased(random, shot);
        if (erased.empty()) {
            needs.work += needs.share_clean ? 0.0 : clean.work / kSamples;
            continue;
        }
        const WirePlan plan = plan_wires(job.gates, qubits, erased, random, shot);
        needs.work += plan.work / kSamples;
        needs.width = std::max(needs.width, plan.width);
        const std::uint32_t stop = stop_before(needs.stops, erased);
        if (stop == 0) continue;
        saved +=
            (plan.work - plan_wires(job.gates, qubits, erased, random, shot, stop).work) / kSamples;
        needs.copied += amplitudes / kSamples;
    }
    // Other shots may need more.
    needs.width = std::min(qubits, needs.width + 1);
    // An amplitude is copied in the time that some gates take.
    constexpr double kCopyWork = 2.0;
    const double gain = saved - kCopyWork * needs.copied;
    if (static_cast<double>(shots) * gain > clean.work) {
        needs.work -= saved;
        needs.width = qubits;
    } else {
        needs.stops.clear();
        needs.copied = 0.0;
    }
    return needs;
}

bool side_by_side(int qubits, const RunOptions& options) {
    if (qubits <= kOneThreadQubits) return true;
    constexpr int kMostQubits = 22;
    return qubits <= kMostQubits && options.threads * state_bytes(options.precision, qubits) <=
                                        0.5 * allowed_memory(options);
}

}  // namespace ionsim
