#include "run/frame_flips.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/parallel.h"
#include "compile/pauli_rows.h"

namespace ionsim {
namespace {

constexpr std::size_t kLaneCount = kernels::kBlockLanes;

struct RangePart {
    std::vector<FrameShots::Shot> shots;
    std::vector<FrameShots::Event> events;
};

class Drawer {
  public:
    Drawer(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed, std::uint64_t period)
        : job_(job),
          random_(kernels::active_lanes().random),
          one_(rates.error1(), 3),
          two_(rates.error2(), 15),
          seed_(seed),
          period_(period),
          row_(job.plan.words()),
          rotations_(job.plan.words()) {
        for (std::size_t flip = 0; flip < job.plan.flip_bits; ++flip) {
            const FrameOp& op = job.plan.ops[job.plan.flip_ops[flip]];
            if (op.kind <= FrameOp::Kind::kExpand) PauliRows::toggle(rotations_, flip);
        }
    }

    // The shots shot_begin + [begin, end), at most sixteen.
    void draw(std::uint64_t shot_begin, std::uint64_t begin, std::uint64_t end, RangePart& part) {
        std::array<std::uint64_t, kLaneCount> shots{};
        for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
            const std::uint64_t shot = shot_begin + std::min(begin + lane, end - 1);
            shots[lane] = tagged(period_ > 0 ? shot % period_ : shot, Purpose::kPauliError);
            of_lane_[lane].clear();
        }
        const auto used = static_cast<std::uint32_t>((1U << (end - begin)) - 1U);
        const auto& sites = job_.circuit->sites;
        for (std::size_t pair = 0; pair < sites.size(); pair += 2) {
            const bool both = pair + 1 < sites.size();
            const PauliChannel& first = channel(sites[pair]);
            const PauliChannel& second = both ? channel(sites[pair + 1]) : first;
            const std::array<std::uint64_t, 2> below{first.threshold(),
                                                     both ? second.threshold() : 0};
            std::uint32_t hits = random_(seed_, shots.data(), static_cast<std::uint32_t>(pair / 2),
                                         below.data(), words_.data());
            for (hits &= used | (used << 16); hits != 0; hits &= hits - 1) {
                const auto at = static_cast<std::size_t>(std::countr_zero(hits));
                const std::size_t k = at / kLaneCount;
                const PauliCode error = (k == 0 ? first : second).draw(words_[at]);
                of_lane_[at % kLaneCount].push_back({static_cast<std::uint32_t>(pair + k), error});
            }
        }
        for (std::size_t lane = 0; lane < end - begin; ++lane) {
            const std::size_t base = part.events.size();
            part.events.insert(part.events.end(), of_lane_[lane].begin(), of_lane_[lane].end());
            FrameShots::Shot shot{0, static_cast<std::uint32_t>(begin + lane), base,
                                  part.events.size(), 0};
            set_start(of_lane_[lane], shot);
            part.shots.push_back(shot);
        }
    }

  private:
    const PauliChannel& channel(const NoiseSite& site) const {
        return site.second < 0 ? one_ : two_;
    }

    void set_start(std::span<const FrameShots::Event> events, FrameShots::Shot& shot) {
        shot.start = static_cast<std::uint32_t>(job_.plan.ops.size());
        if (events.empty()) return;
        std::fill(row_.begin(), row_.end(), 0);
        for (const auto& event : events) add_flips(job_, event, row_.data(), 1);
        for (std::size_t w = row_.size(); w-- > 0;) {
            shot.pattern = (shot.pattern ^ row_[w]) * 0x9E3779B97F4A7C15U;
            shot.pattern ^= shot.pattern >> 29;
            const std::uint64_t turned = row_[w] & rotations_[w];
            if (turned == 0) continue;
            const auto flip = w * 64 + static_cast<std::size_t>(std::countr_zero(turned));
            shot.start = static_cast<std::uint32_t>(job_.plan.flip_ops[flip]);
        }
    }

    const FrameJob& job_;
    decltype(kernels::LaneIsa::random) random_;
    PauliChannel one_, two_;
    std::uint64_t seed_;
    std::uint64_t period_;
    std::vector<std::uint64_t> row_;
    std::vector<std::uint64_t> rotations_;  // which bits belong to rotations
    std::array<std::uint64_t, 2 * kLaneCount> words_{};
    std::array<std::vector<FrameShots::Event>, kLaneCount> of_lane_;
};

}  // namespace

void add_flips(const FrameJob& job, const FrameShots::Event& event, std::uint64_t* row,
               std::size_t stride) {
    for (int letter = 0; letter < 4; ++letter) {
        if (!((event.error >> letter) & 1)) continue;
        const auto flips = job.flips.row(event.site, letter);
        for (std::size_t w = 0; w < flips.size(); ++w) row[w * stride] ^= flips[w];
    }
}

FrameShots::FrameShots(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
                       std::uint64_t shot_begin, std::uint64_t count, std::uint64_t period,
                       int threads, RunControl& control) {
    constexpr std::uint64_t kRange = 256;
    const std::uint64_t ranges = (count + kRange - 1) / kRange;
    std::vector<RangePart> parts(ranges);
    parallel_for(threads, ranges, control, [&](std::uint64_t range, int) {
        Drawer drawer(job, rates, seed, period);
        WorkMeter meter(control);
        const std::uint64_t last = std::min((range + 1) * kRange, count);
        for (std::uint64_t begin = range * kRange; begin < last; begin += kLaneCount) {
            drawer.draw(shot_begin, begin, std::min<std::uint64_t>(begin + kLaneCount, last),
                        parts[range]);
            meter.add(static_cast<double>(4 * job.circuit->sites.size()));
        }
    });
    shots_.reserve(count);
    for (RangePart& part : parts) {
        const std::size_t base = events_.size();
        for (Shot shot : part.shots) {
            shot.events_begin += base;
            shot.events_end += base;
            shots_.push_back(shot);
        }
        events_.insert(events_.end(), part.events.begin(), part.events.end());
        part = RangePart{};
    }
    control.check();
    std::sort(shots_.begin(), shots_.end(), [](const Shot& a, const Shot& b) {
        if (a.start != b.start) return a.start > b.start;
        return a.pattern != b.pattern ? a.pattern < b.pattern : a.place < b.place;
    });
}

}  // namespace ionsim
