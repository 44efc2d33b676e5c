#include "noise/plan.h"

#include <algorithm>
#include <numeric>

#include "base/parallel.h"
#include "base/philox.h"

namespace ionsim {
namespace {

// The errors of a range of shots: shot k has events[starts[k] .. starts[k + 1]).
struct Drawn {
    std::vector<ErrorEvent> events;
    std::vector<std::size_t> starts{0};
};

Drawn draw_range(std::span<const NoiseSite> sites, const NoiseRates& rates, std::uint64_t seed,
                 std::uint64_t begin, std::uint64_t end, std::uint64_t period,
                 RunControl& control) {
    const PauliChannel one(rates.error1(), 3);
    const PauliChannel two(rates.error2(), 15);
    const Philox random(seed);
    WorkMeter meter(control);
    Drawn drawn;
    for (std::uint64_t k = begin; k < end; ++k) {
        const std::uint64_t shot = period > 0 ? k % period : k;
        for (std::size_t pair = 0; pair < sites.size(); pair += 2) {
            const auto words =
                random.words(shot, static_cast<std::uint32_t>(pair / 2), Purpose::kPauliError);
            for (std::size_t half = 0; half < 2 && pair + half < sites.size(); ++half) {
                const bool single = sites[pair + half].second < 0;
                const PauliCode error = (single ? one : two).draw(words[half]);
                if (error != 0) {
                    drawn.events.push_back({static_cast<std::uint32_t>(pair + half), error});
                }
            }
        }
        drawn.starts.push_back(drawn.events.size());
        meter.add(static_cast<double>(4 * sites.size()));
    }
    return drawn;
}

}  // namespace

TrajectoryPlan::TrajectoryPlan(std::span<const NoiseSite> sites, const NoiseRates& rates,
                               std::uint64_t seed, std::uint64_t shot_begin, std::uint64_t shot_end,
                               std::uint64_t period, int threads, RunControl& control) {
    constexpr std::uint64_t kRange = 4096;
    const std::uint64_t total = shot_end - shot_begin;
    const std::uint64_t ranges = (total + kRange - 1) / kRange;
    std::vector<Drawn> drawn(ranges);
    parallel_for(threads, ranges, control, [&](std::uint64_t range, int) {
        const std::uint64_t begin = shot_begin + range * kRange;
        drawn[range] = draw_range(sites, rates, seed, begin, std::min(begin + kRange, shot_end),
                                  period, control);
    });

    std::vector<std::size_t> starts{0};
    starts.reserve(total + 1);
    for (Drawn& part : drawn) {
        const std::size_t base = events_.size();
        events_.insert(events_.end(), part.events.begin(), part.events.end());
        for (std::size_t k = 1; k < part.starts.size(); ++k)
            starts.push_back(base + part.starts[k]);
        part = Drawn{};
    }
    const auto events_of = [&](std::uint64_t k) {
        return std::span<const ErrorEvent>(events_).subspan(starts[k], starts[k + 1] - starts[k]);
    };

    // Most shots differ in their first two events, which fit one number; it settles nearly every
    // comparison of the sort. An error-free shot sorts first.
    struct Entry {
        std::uint64_t key;
        std::uint64_t shot;
    };
    std::vector<Entry> order(total);
    for (std::uint64_t k = 0; k < total; ++k) {
        const auto events = events_of(k);
        const auto packed = [&](std::size_t j) -> std::uint64_t {
            // 28 bits of site are enough for a prefix: longer programs compare the events.
            return j < events.size()
                       ? (std::min<std::uint64_t>(events[j].site, 0xFFFFFFE) + 1) << 4 |
                             events[j].error
                       : 0;
        };
        order[k] = {packed(0) << 32 | packed(1), k};
    }
    std::sort(order.begin(), order.end(), [&](const Entry& a, const Entry& b) {
        if (a.key != b.key) return a.key < b.key;
        const auto left = events_of(a.shot);
        const auto right = events_of(b.shot);
        const auto compared = std::lexicographical_compare_three_way(left.begin(), left.end(),
                                                                     right.begin(), right.end());
        return compared != 0 ? compared < 0 : a.shot < b.shot;
    });
    control.check();

    shots_.resize(total);
    for (std::uint64_t begin = 0; begin < total;) {
        const auto events = events_of(order[begin].shot);
        std::uint64_t end = begin;
        while (end < total && std::ranges::equal(events_of(order[end].shot), events)) {
            shots_[end] = shot_begin + order[end].shot;
            ++end;
        }
        trajectories_.push_back(
            {events, std::span<const std::uint64_t>(shots_).subspan(begin, end - begin)});
        begin = end;
    }
}

}  // namespace ionsim
