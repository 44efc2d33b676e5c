// Shots that share states until different things happen to them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/philox.h"
#include "check.h"
#include "noise/frame.h"
#include "run/shot_groups.h"

using namespace ionsim;

namespace {

constexpr int kQubits = 5;
constexpr unsigned kLevels = 7;

struct History {
    std::vector<unsigned> kinds;
};

// What happens to a shot at a level: the first kind with a chance, or else any of all sixteen.
unsigned kind_of(const Philox& random, std::uint64_t shot, unsigned level, double first) {
    const auto words = random.words(shot, level, Purpose::kPauliError);
    const bool likely = static_cast<double>(words[0]) * 0x1.0p-64 < first;
    return likely ? 0 : static_cast<unsigned>(words[1] % 16);
}

// Runs shots to which a Pauli error happens at each level; checks that each ends once, with what
// happened to itself. Returns how many groups were on their way at a time.
int most_groups(std::uint64_t count, double first) {
    const Philox random(3);
    RunControl control({});
    StepExecutor<double> executor(1, control);
    std::vector<int> ended(count);
    int groups_now = 0;
    int most = 0;
    using Group = ShotGroup<double, History>;
    ShotGroups<double, History>* groups = nullptr;
    ShotGroups<double, History> made(kQubits, executor, [&](Group& group) {
        most = std::max(most, ++groups_now);
        while (group.kinds.size() < kLevels) {
            const auto level = static_cast<unsigned>(group.kinds.size());
            const int place = static_cast<int>(level % (kQubits - 1));
            std::vector<unsigned> kinds;
            for (const std::uint64_t shot : group.shots) {
                kinds.push_back(kind_of(random, shot, level, first));
            }
            groups->part(group, kinds, [&](Group& part, unsigned kind) {
                part.kinds.push_back(kind);
                const NoiseSite site{0, place, place + 1};
                if (kind == 0) return;
                executor.apply(*part.state, error_step(site, static_cast<PauliCode>(kind)));
            });
        }
        for (const std::uint64_t shot : group.shots) {
            ++ended[shot];
            std::uint64_t index = 0;
            for (unsigned level = 0; level < kLevels; ++level) {
                const unsigned kind = kind_of(random, shot, level, first);
                CHECK_EQUAL(group.kinds[level], kind);
                const std::uint64_t flips = (kind & 1) | (kind >> 1 & 2);
                index ^= flips << (level % (kQubits - 1));
            }
            CHECK_EQUAL(std::abs((*group.state)[index]), 1.0);
        }
        --groups_now;
    });
    groups = &made;
    std::vector<std::uint64_t> shots(count);
    std::iota(shots.begin(), shots.end(), 0);
    made.run(std::move(shots), {});
    CHECK(std::all_of(ended.begin(), ended.end(), [](int times) { return times == 1; }));
    return most;
}

}  // namespace

TEST(shots_end_once_with_their_own_past_on_few_states) {
    for (const double first : {0.0, 0.4, 0.9, 1.0}) {
        for (const std::uint64_t count : {1u, 2u, 15u, 64u, 1000u}) {
            const auto shots = static_cast<double>(count);
            CHECK(most_groups(count, first) <= 1 + static_cast<int>(std::log2(shots)));
        }
    }
    CHECK_EQUAL(most_groups(500, 1.0), 1);
    CHECK(most_groups(500, 0.0) > 2);
}

TEST(pieces_of_shots_are_all_of_them) {
    RunControl control({});
    for (const int qubits : {3, kOneThreadQubits + 1}) {
        for (const bool share : {true, false}) {
            for (const std::uint64_t count : {0u, 1u, 7u, 100u}) {
                RunOptions options;
                options.threads = 2;
                struct Piece {
                    std::vector<std::uint64_t> shots;
                    int threads = 0;
                };
                std::vector<Piece> found(count);
                for_pieces_of_shots(10, count, qubits, share, options, control,
                                    [&](const std::vector<std::uint64_t>& shots, int threads) {
                                        found[shots.front() - 10] = {shots, threads};
                                    });
                std::vector<std::uint64_t> joined;
                for (const Piece& piece : found) {
                    if (piece.shots.empty()) continue;
                    CHECK(share || piece.shots.size() == 1);
                    CHECK_EQUAL(piece.threads, qubits == 3 ? 1 : 2);
                    joined.insert(joined.end(), piece.shots.begin(), piece.shots.end());
                }
                CHECK_EQUAL(joined.size(), count);
                for (std::size_t k = 0; k < joined.size(); ++k) CHECK_EQUAL(joined[k], 10 + k);
            }
        }
    }
}

CHECK_MAIN()
