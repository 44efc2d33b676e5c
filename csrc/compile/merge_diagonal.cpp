#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/bits.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

// Diagonal steps that become one.
struct Group {
    std::size_t position = 0;            // its place in the merged list
    std::vector<std::uint32_t> members;  // steps merged into it
    std::uint64_t blocked = 0;           // bits flipped by steps that follow it
    std::array<std::uint64_t, kMaxMergedSelectors> selectors{};
    std::size_t selector_count = 0;

    std::size_t place_of(std::uint64_t mask) const {
        std::size_t place = 0;
        while (place < selector_count && selectors[place] != mask) ++place;
        return place;
    }
};

// Calls use(mask) for the selectors of a step; a control is one selector for each of its bits.
template <class Use>
void for_masks(const DiagonalStep& step, Use&& use) {
    for (const std::uint64_t mask : step.selectors) use(mask);
    for (std::uint64_t rest = step.control.mask; rest != 0; rest &= rest - 1) {
        use(rest & (~rest + 1));
    }
}

// Takes the step's selectors in if there is room for them.
bool admit(Group& group, const DiagonalStep& step) {
    const std::size_t before = group.selector_count;
    bool fits = true;
    for_masks(step, [&](std::uint64_t mask) {
        if (!fits || group.place_of(mask) < group.selector_count) return;
        fits = group.selector_count < kMaxMergedSelectors;
        if (fits) group.selectors[group.selector_count++] = mask;
    });
    if (!fits) group.selector_count = before;
    return fits;
}

void multiply(const Group& group, const DiagonalStep& step, std::span<Complex> factors) {
    std::size_t condition = 0;
    std::size_t condition_value = 0;
    for (std::uint64_t rest = step.control.mask; rest != 0; rest &= rest - 1) {
        const std::uint64_t single = rest & (~rest + 1);
        const std::size_t place = std::size_t{1} << group.place_of(single);
        condition |= place;
        if (step.control.value & single) condition_value |= place;
    }
    std::array<std::size_t, kMaxMergedSelectors> places{};
    for (std::size_t j = 0; j < step.selectors.size(); ++j) {
        places[j] = group.place_of(step.selectors[j]);
    }
    for (std::size_t pattern = 0; pattern < factors.size(); ++pattern) {
        if ((pattern & condition) != condition_value) continue;
        std::size_t index = 0;
        for (std::size_t j = 0; j < step.selectors.size(); ++j) {
            index |= ((pattern >> places[j]) & 1) << j;
        }
        factors[pattern] *= step.factors[index];
    }
}

DiagonalStep product(const Group& group, std::span<const Step> steps) {
    DiagonalStep result;
    result.selectors.assign(
        group.selectors.begin(),
        group.selectors.begin() + static_cast<std::ptrdiff_t>(group.selector_count));
    result.factors.assign(std::size_t{1} << group.selector_count, Complex{1.0});
    for (const std::uint32_t member : group.members) {
        multiply(group, std::get<DiagonalStep>(steps[member]), result.factors);
    }
    return result;
}

// Orders steps by their depth: one more than that of any earlier step with which it may not change
// places. Diagonals of one layer then stand side by side, whatever order the gates came in. The
// places ascend, and those of one depth still do.
void sort_by_depth(std::span<const Step> steps, std::vector<std::uint32_t>& places) {
    std::array<std::uint32_t, kMaxMaskQubits> flipped_at{};  // depth of the last step that flips it
    std::array<std::uint32_t, kMaxMaskQubits> read_at{};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
    order.reserve(places.size());
    for (const std::uint32_t place : places) {
        const std::uint64_t flips = flipped(steps[place]);
        const std::uint64_t reads = support(steps[place]);
        std::uint32_t depth = 0;
        for (std::uint64_t rest = reads; rest != 0; rest &= rest - 1) {
            const auto q = static_cast<std::size_t>(std::countr_zero(rest));
            depth = std::max(depth, flipped_at[q]);
            if (flips & bit(static_cast<int>(q))) depth = std::max(depth, read_at[q]);
        }
        order.emplace_back(depth, place);
        for (std::uint64_t rest = reads; rest != 0; rest &= rest - 1) {
            const auto q = static_cast<std::size_t>(std::countr_zero(rest));
            read_at[q] = std::max(read_at[q], depth + 1);
            if (flips & bit(static_cast<int>(q))) flipped_at[q] = depth + 1;
        }
    }
    std::ranges::sort(order);
    for (std::size_t k = 0; k < places.size(); ++k) places[k] = order[k].second;
}

}  // namespace

void merge_diagonals(std::vector<Step>& steps, std::vector<std::uint32_t>& places) {
    const auto is_diagonal = [&](std::uint32_t place) {
        return std::holds_alternative<DiagonalStep>(steps[place]);
    };
    if (std::count_if(places.begin(), places.end(), is_diagonal) < 2) return;
    sort_by_depth(steps, places);
    std::vector<std::uint32_t> merged;
    merged.reserve(places.size());
    std::vector<Group> open;  // newest last
    const auto close = [&](const Group& group) {
        // A lone step keeps its form: its control spares memory that a table would touch.
        if (group.members.size() < 2) return;
        merged[group.position] = static_cast<std::uint32_t>(steps.size());
        steps.emplace_back(product(group, steps));
    };
    constexpr std::size_t kOpenGroups = 4;
    for (const std::uint32_t place : places) {
        const auto* diagonal = std::get_if<DiagonalStep>(&steps[place]);
        if (diagonal == nullptr) {
            const std::uint64_t changed = flipped(steps[place]);
            for (Group& group : open) group.blocked |= changed;
            merged.push_back(place);
            continue;
        }
        const std::uint64_t mask = support(steps[place]);
        const auto home = std::find_if(open.begin(), open.end(), [&](Group& group) {
            return (group.blocked & mask) == 0 && admit(group, *diagonal);
        });
        if (home != open.end()) {
            home->members.push_back(place);
            continue;
        }
        Group group;
        if (admit(group, *diagonal)) {
            if (open.size() == kOpenGroups) {
                close(open.front());
                open.erase(open.begin());
            }
            group.position = merged.size();
            group.members.push_back(place);
            open.push_back(std::move(group));
        }
        merged.push_back(place);
    }
    for (const Group& group : open) close(group);
    places = std::move(merged);
}

std::vector<Step> merge_diagonal_steps(std::vector<Step> steps) {
    std::vector<std::uint32_t> places(steps.size());
    std::iota(places.begin(), places.end(), std::uint32_t{0});
    merge_diagonals(steps, places);
    std::vector<Step> merged;
    merged.reserve(places.size());
    for (const std::uint32_t place : places) merged.push_back(std::move(steps[place]));
    return merged;
}

}  // namespace ionsim
