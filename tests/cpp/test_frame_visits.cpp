// Rotations of sixteen shots in groups of registers: the order in which they are put, and the bits
// of the kernel that runs them.

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "check.h"
#include "compile/frame_plan.h"
#include "frame_helpers.h"
#include "kernels/lanes.h"
#include "run/lane_program.h"

using namespace ionsim;

namespace {

using Kind = FrameOp::Kind;

FrameOp random_op(std::mt19937_64& dice, Kind kind, int width) {
    FrameOp op;
    op.kind = kind;
    op.width = width;
    // Few letters each, so that many commute.
    op.x = dice() & dice() & low_bits(width);
    op.z = dice() & dice() & low_bits(width);
    if (kind == Kind::kExpand) op.x |= bit(width);
    op.tangent = 0.1 + 0.4 * static_cast<double>(dice() % 1000) / 1000.0;
    op.qubit = static_cast<int>(dice() % 1000000);  // tells it from the others
    return op;
}

// Rotations, now and then an expansion, a measurement or a fixed outcome.
std::vector<FrameOp> random_ops(std::mt19937_64& dice, std::size_t count) {
    std::vector<FrameOp> ops;
    int width = 0;
    while (ops.size() < count) {
        const auto choice = dice() % 40;
        if (width < 2 || (choice < 3 && width < 9)) {
            ops.push_back(random_op(dice, Kind::kExpand, width++));
        } else if (choice == 3) {
            ops.push_back(random_op(dice, Kind::kPaired, width--));
        } else if (choice == 4) {
            ops.push_back(random_op(dice, Kind::kFixed, width));
        } else {
            ops.push_back(random_op(dice, Kind::kRotate, width));
        }
    }
    return ops;
}

bool commute(const FrameOp& a, const FrameOp& b) {
    return parity(a.x & b.z) == parity(a.z & b.x);
}

// Whether the masks combine to `x`.
bool combines(const FrameVisit& visit, std::uint64_t x) {
    for (unsigned subset = 0; subset < 8; ++subset) {
        std::uint64_t sum = 0;
        for (std::size_t k = 0; k < 3; ++k) sum ^= ((subset >> k) & 1) ? visit.masks[k] : 0;
        if (sum == x) return true;
    }
    return false;
}

// How many of the rotations a visit takes whose masks are what the first ones flip that may join.
std::size_t joined_in_turn(const std::vector<FrameOp>& ops) {
    std::vector<std::uint64_t> sums{0};
    std::vector<FrameOp> passed;
    std::size_t taken = 0;
    for (const FrameOp& op : ops) {
        const bool known = std::find(sums.begin(), sums.end(), op.x) != sums.end();
        const bool free = std::all_of(passed.begin(), passed.end(),
                                      [&](const FrameOp& other) { return commute(op, other); });
        if (!free || (!known && sums.size() == 8)) {
            passed.push_back(op);
            continue;
        }
        ++taken;
        const std::size_t count = sums.size();
        for (std::size_t k = 0; !known && k < count; ++k) sums.push_back(sums[k] ^ op.x);
    }
    return taken;
}

template <class T>
void check_visits() {
    std::mt19937_64 dice(11);
    std::normal_distribution<double> normal;
    for (int round = 0; round < 60; ++round) {
        FramePlan plan;
        const int width = 3 + round % 6;
        const bool grows = round % 3 == 0;
        if (grows) plan.ops.push_back(random_op(dice, Kind::kExpand, width - 1));
        for (int k = 0; k < 40; ++k) plan.ops.push_back(random_op(dice, Kind::kRotate, width));
        RunControl control({});
        plan.visits = group_rotations(plan.ops, control);
        const LaneProgram program(plan);
        const std::size_t reals = std::size_t{32} << width;
        AlignedBuffer<T> start(reals);
        for (std::size_t k = 0; k < reals / (grows ? 2 : 1); ++k) {
            start.data()[k] = static_cast<T>(normal(dice));
        }
        AlignedBuffer<T> first(reals);
        for (const NamedLanes& isa : lanes_here()) {
            const auto& table = table_of<T>(*isa.lanes);
            AlignedBuffer<T> alone(reals);
            AlignedBuffer<T> together(reals);
            AlignedBuffer<T> tangents(32 * plan.ops.size());
            std::memcpy(alone.data(), start.data(), sizeof(T) * reals);
            std::memcpy(together.data(), start.data(), sizeof(T) * reals);
            for (std::size_t v = 0; v < plan.visits.size(); ++v) {
                for (std::size_t k = plan.visits[v].begin; k < plan.visits[v].end; ++k) {
                    const FrameOp& op = plan.ops[k];
                    T* t = tangents.data() + 32 * (k - plan.visits[v].begin);
                    for (std::size_t lane = 0; lane < 16; ++lane) {
                        t[lane] = static_cast<T>(op.tangent * ((lane * k) % 3 == 0 ? -1.0 : 1.0));
                        t[16 + lane] = -t[lane];
                    }
                    (op.kind == Kind::kExpand ? table.expand : table.rotate)(
                        alone.data(), std::uint64_t{1} << op.width, {op.x, op.z}, t);
                    if (starts_with_minus(op)) std::swap_ranges(t, t + 16, t + 16);
                }
                table.visit(together.data(), program[v], tangents.data());
            }
            // Zeros may differ in their sign.
            for (std::size_t k = 0; k < reals; ++k) {
                CHECK_EQUAL(together.data()[k], alone.data()[k]);
            }
            if (isa.name == lanes_here().front().name) {
                std::memcpy(first.data(), together.data(), sizeof(T) * reals);
            }
            CHECK(std::memcmp(first.data(), together.data(), sizeof(T) * reals) == 0);
        }
    }
}

}  // namespace

TEST(visits_take_rotations_that_may_pass_those_between) {
    std::mt19937_64 dice(3);
    std::size_t moved = 0;
    int passed = 0;
    for (int round = 0; round < 30; ++round) {
        const std::vector<FrameOp> given = random_ops(dice, 30 + 20 * (round % 10));
        std::vector<FrameOp> ops = given;
        RunControl control({});
        const std::vector<FrameVisit> visits = group_rotations(ops, control);
        std::erase_if(ops, [](const FrameOp& op) { return op.kind == Kind::kNormalize; });
        CHECK_EQUAL(ops.size(), given.size());
        int width = 0;
        for (const FrameOp& op : ops) {
            CHECK_EQUAL(op.width, width);
            width += (op.kind == Kind::kExpand) - (op.kind == Kind::kPaired);
        }
        // Where each operation was.
        std::vector<std::size_t> places;
        for (const FrameOp& op : ops) {
            const auto at = std::find_if(given.begin(), given.end(), [&](const FrameOp& other) {
                return other.qubit == op.qubit && other.x == op.x && other.z == op.z;
            });
            CHECK(at != given.end());
            places.push_back(static_cast<std::size_t>(at - given.begin()));
        }
        for (std::size_t a = 0; a < ops.size(); ++a) {
            for (std::size_t b = a + 1; b < ops.size(); ++b) {
                CHECK(places[a] != places[b]);
                if (places[a] < places[b]) continue;
                ++moved;
                if (ops[a].kind == Kind::kFixed) {
                    // Of what waited, which changes no sign.
                    CHECK(ops[b].kind <= Kind::kExpand);
                    ++passed;
                    continue;
                }
                CHECK(ops[a].kind == Kind::kRotate && ops[b].kind == Kind::kRotate);
                CHECK_EQUAL(ops[a].width, ops[b].width);
                CHECK(commute(ops[a], ops[b]));
            }
        }
    }
    CHECK(moved > 100);
    CHECK(passed > 10);
}

TEST(a_visit_flips_combinations_of_its_masks) {
    std::mt19937_64 dice(4);
    std::vector<FrameOp> ops = random_ops(dice, 600);
    RunControl control({});
    const std::vector<FrameVisit> visits = group_rotations(ops, control);
    std::size_t before = 0;
    std::size_t longest = 0;
    for (const FrameVisit& visit : visits) {
        CHECK(visit.begin >= before && visit.begin < visit.end && visit.end <= ops.size());
        before = visit.end;
        longest = std::max(longest, visit.end - visit.begin);
        std::uint64_t tops = 0;
        for (const std::uint64_t mask : visit.masks) {
            CHECK(mask != 0 && mask < bit(visit.width));
            CHECK((tops & std::bit_floor(mask)) == 0);
            tops |= std::bit_floor(mask);
        }
        for (const std::uint64_t mask : visit.masks) {
            CHECK_EQUAL(mask & tops, std::bit_floor(mask));
        }
        for (std::size_t k = visit.begin; k < visit.end; ++k) {
            const bool grows = ops[k].kind == Kind::kExpand;
            CHECK(ops[k].kind == Kind::kRotate || (grows && k == visit.begin));
            CHECK_EQUAL(ops[k].width + grows, visit.width);
            CHECK(combines(visit, ops[k].x));
        }
    }
    CHECK(longest > 4);
}

TEST(a_choice_of_masks_takes_no_fewer_rotations) {
    std::mt19937_64 dice(8);
    std::size_t chosen = 0;
    std::size_t in_turn = 0;
    for (int round = 0; round < 300; ++round) {
        std::vector<FrameOp> ops;
        const int width = 9 + round % 4;
        for (int k = 0; k < 60; ++k) ops.push_back(random_op(dice, Kind::kRotate, width));
        const std::size_t least = joined_in_turn(ops);
        RunControl control({});
        const FrameVisit first = group_rotations(ops, control).front();
        CHECK(first.end - first.begin >= std::min<std::size_t>(least, 32));
        chosen += first.end - first.begin;
        in_turn += least;
    }
    CHECK(chosen > in_turn);
}

TEST(a_visit_has_the_bits_of_its_rotations_in_single_precision) {
    check_visits<float>();
}
TEST(a_visit_has_the_bits_of_its_rotations_in_double_precision) {
    check_visits<double>();
}

CHECK_MAIN()
