#include "run/frame_flips.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/parallel.h"
#include "compile/pauli_rows.h"

namespace ionsim {
namespace {

constexpr std::size_t kLaneCount = kernels::kBlockLanes;

// Rows of this many bytes are held at a time.
constexpr std::size_t kRowBytes = std::size_t{16} << 20;
constexpr std::uint64_t kMostShots = 1 << 18;

class Drawer {
  public:
    Drawer(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed, std::uint64_t period)
        : job_(job),
          random_(kernels::active_lanes().random),
          one_(rates.error1(), 3),
          two_(rates.error2(), 15),
          seed_(seed),
          period_(period) {}

    // XORs to the rows, one shot after the other, what the errors of the shots shot_begin + [0,
    // count) turn over; at most sixteen.
    void draw(std::uint64_t shot_begin, std::size_t count, std::uint64_t* rows) {
        std::array<std::uint64_t, kLaneCount> shots{};
        for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
            const std::uint64_t shot = shot_begin + std::min(lane, count - 1);
            shots[lane] = tagged(period_ > 0 ? shot % period_ : shot, Purpose::kPauliError);
        }
        const std::size_t words = job_.plan.words();
        const auto used = static_cast<std::uint32_t>((1U << count) - 1U);
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
                add_flips(pair + k, error, rows + at % kLaneCount * words);
            }
        }
    }

    // Tosses the free coins of as many shots.
    void toss(std::uint64_t shot_begin, std::size_t count, std::uint64_t* rows) {
        std::array<std::uint64_t, kLaneCount> shots{};
        for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
            shots[lane] = tagged(shot_begin + std::min(lane, count - 1), Purpose::kMeasure);
        }
        const std::size_t words = job_.plan.words();
        const std::array<std::uint64_t, 2> below{};
        for (const FreeCoin& coin : job_.plan.coins) {
            const auto qubit = static_cast<std::size_t>(coin.qubit);
            random_(seed_, shots.data(), static_cast<std::uint32_t>(qubit / 2), below.data(),
                    words_.data());
            const auto turned = job_.plan.outcome_row(coin.qubit);
            const auto flip = static_cast<std::size_t>(coin.flip);
            for (std::size_t lane = 0; lane < count; ++lane) {
                std::uint64_t* const row = rows + lane * words;
                const bool outcome = (words_[lane + qubit % 2 * kLaneCount] >> 63) != 0;
                const bool fixed = outcome != coin.minus;  // so that this is what is read
                const bool value = fixed != (((row[flip / 64] >> (flip % 64)) & 1) != 0);
                if (!value) continue;
                row[flip / 64] ^= std::uint64_t{1} << (flip % 64);
                for (std::size_t w = 0; w < words; ++w) row[w] ^= turned[w];
            }
        }
    }

  private:
    const PauliChannel& channel(const NoiseSite& site) const {
        return site.second < 0 ? one_ : two_;
    }

    void add_flips(std::size_t site, PauliCode error, std::uint64_t* row) const {
        for (int letter = 0; letter < 4; ++letter) {
            if (!((error >> letter) & 1)) continue;
            const auto flips = job_.flips.row(site, letter);
            for (std::size_t w = 0; w < flips.size(); ++w) row[w] ^= flips[w];
        }
    }

    const FrameJob& job_;
    decltype(kernels::LaneIsa::random) random_;
    PauliChannel one_, two_;
    std::uint64_t seed_;
    std::uint64_t period_;
    std::array<std::uint64_t, 2 * kLaneCount> words_{};
};

}  // namespace

std::uint64_t FrameShots::piece(const FramePlan& plan) {
    const std::size_t bytes = sizeof(std::uint64_t) * std::max<std::size_t>(plan.words(), 1);
    return std::min<std::uint64_t>(kMostShots, kRowBytes / bytes);
}

double FrameShots::bytes(const FramePlan& plan, double shots) {
    // Its row, its place in three orders, and most have a line of their own.
    constexpr double kLine = 96.0;
    const double row = sizeof(std::uint64_t) * static_cast<double>(plan.words());
    return (row + 3.0 * sizeof(Shot) + kLine) * std::min(shots, static_cast<double>(piece(plan)));
}

FrameShots::FrameShots(const FrameJob& job, const NoiseRates& rates, std::uint64_t seed,
                       std::uint64_t shot_begin, std::uint64_t count, std::uint64_t period,
                       int threads, RunControl& control)
    : plan_(job.plan),
      words_(job.plan.words()),
      rotations_(words_),
      rows_(count * words_),
      shots_(count) {
    for (std::size_t flip = 0; flip < plan_.flip_bits; ++flip) {
        const FrameOp& op = plan_.ops[plan_.flip_ops[flip]];
        if (op.kind <= FrameOp::Kind::kExpand) PauliRows::toggle(rotations_, flip);
    }
    constexpr std::uint64_t kRange = 256;
    const std::uint64_t ranges = (count + kRange - 1) / kRange;
    parallel_for(threads, ranges, control, [&](std::uint64_t range, int) {
        Drawer drawer(job, rates, seed, period);
        WorkMeter meter(control);
        const std::uint64_t end = std::min((range + 1) * kRange, count);
        for (std::uint64_t begin = range * kRange; begin < end; begin += kLaneCount) {
            const auto size = std::min<std::size_t>(kLaneCount, end - begin);
            drawer.draw(shot_begin + begin, size, rows_.data() + begin * words_);
            drawer.toss(shot_begin + begin, size, rows_.data() + begin * words_);
            meter.add(static_cast<double>(4 * job.circuit->sites.size()));
        }
        const std::vector<std::uint64_t> zero(words_);
        for (std::uint64_t place = range * kRange; place < end; ++place) {
            Shot& shot = shots_[place];
            shot.place = static_cast<std::uint32_t>(place);
            shot.start = parting(row(shot), zero);
        }
    });
    control.check();
    sort();
}

// By the start first, which most shots have almost for themselves or because they meet no error.
void FrameShots::sort() {
    std::vector<std::size_t> ends(plan_.ops.size() + 1);
    for (const Shot& shot : shots_) ++ends[shot.start];
    std::size_t total = 0;
    for (std::size_t start = ends.size(); start-- > 0;) total = ends[start] += total;
    std::vector<Shot> sorted(shots_.size());
    for (std::size_t k = shots_.size(); k-- > 0;) sorted[--ends[shots_[k].start]] = shots_[k];
    shots_ = std::move(sorted);
    // Now they are the beginnings.
    for (std::size_t start = 0; start < plan_.ops.size(); ++start) {
        const std::size_t end = start == 0 ? shots_.size() : ends[start - 1];
        if (end - ends[start] < 2) continue;
        std::sort(shots_.begin() + static_cast<std::ptrdiff_t>(ends[start]),
                  shots_.begin() + static_cast<std::ptrdiff_t>(end),
                  [&](const Shot& a, const Shot& b) { return precedes(row(a), row(b)); });
    }
}

bool FrameShots::precedes(std::span<const std::uint64_t> a,
                          std::span<const std::uint64_t> b) const {
    for (std::size_t w = 0; w < words_; ++w) {
        const std::uint64_t differing = (a[w] ^ b[w]) & rotations_[w];
        if (differing != 0) return (b[w] & differing & -differing) != 0;
    }
    return false;
}

std::uint32_t FrameShots::parting(std::span<const std::uint64_t> a,
                                  std::span<const std::uint64_t> b) const {
    for (std::size_t w = 0; w < words_; ++w) {
        const std::uint64_t differing = (a[w] ^ b[w]) & rotations_[w];
        if (differing == 0) continue;
        const auto flip = w * 64 + static_cast<std::size_t>(std::countr_zero(differing));
        return static_cast<std::uint32_t>(plan_.flip_ops[flip]);
    }
    return static_cast<std::uint32_t>(plan_.ops.size());
}

}  // namespace ionsim
