#include <algorithm>
#include <array>
#include <optional>

#include "base/bits.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

// A diagonal under construction: factors over single-bit and parity selectors, no control.
struct Group {
    std::size_t position = 0;   // its place in the merged list
    std::size_t members = 0;    // steps merged into it
    std::uint64_t blocked = 0;  // bits flipped by steps that follow it
    std::uint64_t support = 0;
    std::vector<std::uint64_t> selectors;
    std::vector<Complex> factors{Complex{1.0}};

    std::size_t selector(std::uint64_t mask) {
        const auto found = std::find(selectors.begin(), selectors.end(), mask);
        if (found != selectors.end()) return static_cast<std::size_t>(found - selectors.begin());
        selectors.push_back(mask);
        const std::size_t size = factors.size();
        factors.resize(2 * size);
        std::copy_n(factors.begin(), size, factors.begin() + static_cast<std::ptrdiff_t>(size));
        return selectors.size() - 1;
    }
};

std::vector<std::uint64_t> masks_of(const DiagonalStep& step) {
    std::vector<std::uint64_t> masks = step.selectors;
    for (std::uint64_t rest = step.control.mask; rest != 0; rest &= rest - 1) {
        masks.push_back(rest & (~rest + 1));
    }
    return masks;
}

std::size_t selectors_after(const Group& group, const DiagonalStep& step) {
    std::size_t count = group.selectors.size();
    for (const std::uint64_t mask : masks_of(step)) {
        if (std::find(group.selectors.begin(), group.selectors.end(), mask) ==
            group.selectors.end())
            ++count;
    }
    return count;
}

void absorb(Group& group, const DiagonalStep& step) {
    std::vector<std::size_t> places;
    for (const std::uint64_t mask : step.selectors) places.push_back(group.selector(mask));
    std::size_t condition = 0;
    std::size_t condition_value = 0;
    for (std::uint64_t rest = step.control.mask; rest != 0; rest &= rest - 1) {
        const std::uint64_t single = rest & (~rest + 1);
        const std::size_t place = std::size_t{1} << group.selector(single);
        condition |= place;
        if (step.control.value & single) condition_value |= place;
    }
    for (std::size_t pattern = 0; pattern < group.factors.size(); ++pattern) {
        if ((pattern & condition) != condition_value) continue;
        std::size_t index = 0;
        for (std::size_t j = 0; j < places.size(); ++j) index |= ((pattern >> places[j]) & 1) << j;
        group.factors[pattern] *= step.factors[index];
    }
    group.support |= support(step);
    ++group.members;
}

// Orders steps by their depth: one more than that of any earlier step with which it may not change
// places. Diagonals of one layer then stand side by side, whatever order the gates came in.
std::vector<Step> by_depth(std::vector<Step> steps) {
    std::array<std::uint32_t, kMaxMaskQubits> flipped_at{};  // depth of the last step that flips it
    std::array<std::uint32_t, kMaxMaskQubits> read_at{};
    std::vector<std::vector<std::uint32_t>> layers;
    for (std::size_t place = 0; place < steps.size(); ++place) {
        const std::uint64_t flips = flipped(steps[place]);
        const std::uint64_t reads = support(steps[place]);
        std::uint32_t depth = 0;
        for (std::uint64_t rest = reads; rest != 0; rest &= rest - 1) {
            const auto q = static_cast<std::size_t>(std::countr_zero(rest));
            depth = std::max(depth, flipped_at[q]);
            if (flips & bit(static_cast<int>(q))) depth = std::max(depth, read_at[q]);
        }
        if (layers.size() <= depth) layers.resize(depth + 1);
        layers[depth].push_back(static_cast<std::uint32_t>(place));
        for (std::uint64_t rest = reads; rest != 0; rest &= rest - 1) {
            const auto q = static_cast<std::size_t>(std::countr_zero(rest));
            read_at[q] = std::max(read_at[q], depth + 1);
            if (flips & bit(static_cast<int>(q))) flipped_at[q] = depth + 1;
        }
    }
    std::vector<Step> ordered;
    ordered.reserve(steps.size());
    for (const auto& layer : layers) {
        for (const std::uint32_t place : layer) ordered.push_back(std::move(steps[place]));
    }
    return ordered;
}

}  // namespace

std::vector<Step> merge_diagonal_steps(std::vector<Step> steps, int max_selectors) {
    steps = by_depth(std::move(steps));
    std::vector<Step> merged;
    merged.reserve(steps.size());
    std::vector<Group> open;  // newest last
    const auto close = [&](Group& group) {
        // A lone step keeps its form: its control spares memory that a table would touch.
        if (group.members > 1) {
            merged[group.position] =
                DiagonalStep{{}, std::move(group.selectors), std::move(group.factors)};
        }
    };
    constexpr std::size_t kOpenGroups = 4;
    for (Step& step : steps) {
        const auto* diagonal = std::get_if<DiagonalStep>(&step);
        if (diagonal == nullptr) {
            const std::uint64_t changed = flipped(step);
            for (Group& group : open) group.blocked |= changed;
            merged.push_back(std::move(step));
            continue;
        }
        const std::uint64_t mask = support(step);
        Group* home = nullptr;
        for (Group& group : open) {
            if ((group.blocked & mask) != 0) continue;
            if (selectors_after(group, *diagonal) > static_cast<std::size_t>(max_selectors))
                continue;
            home = &group;
            break;
        }
        if (home != nullptr) {
            absorb(*home, *diagonal);
            continue;
        }
        if (selectors_after(Group{}, *diagonal) <= static_cast<std::size_t>(max_selectors)) {
            if (open.size() == kOpenGroups) {
                close(open.front());
                open.erase(open.begin());
            }
            Group group;
            group.position = merged.size();
            absorb(group, *diagonal);
            open.push_back(std::move(group));
        }
        merged.push_back(std::move(step));
    }
    for (Group& group : open) close(group);
    return merged;
}

}  // namespace ionsim
