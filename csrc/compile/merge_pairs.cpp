#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/bits.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

// Products of two steps with the same flip, which mix the same pairs of amplitudes: one step again,
// and, where the amplitudes keep different parts of themselves, a diagonal one after it. exp(-ixXX)
// exp(-iyYY) is the example: it keeps cos(x - y) of an amplitude whose two bits are equal and
// cos(x + y) of the others.
struct Product {
    PairStep pair;
    std::optional<DiagonalStep> after;
};

// Both steps' selectors, each once; nothing where there are more than two.
std::optional<std::array<std::uint64_t, 2>> joined(const PairStep& a, const PairStep& b) {
    std::array<std::uint64_t, 2> selectors{};
    std::size_t count = 0;
    for (const PairStep* step : {&a, &b}) {
        for (const std::uint64_t mask : step->selectors) {
            if (mask == 0 || std::ranges::count(selectors, mask) > 0) continue;
            if (count == selectors.size()) return std::nullopt;
            selectors[count++] = mask;
        }
    }
    return selectors;
}

// Where a step's own table has what stands at `pattern` of the joined one.
std::size_t own_pattern(const PairStep& step, const std::array<std::uint64_t, 2>& selectors,
                        std::size_t pattern) {
    std::size_t own = 0;
    for (std::size_t j = 0; j < 2; ++j) {
        if (step.selectors[j] == 0) continue;
        const std::size_t place = step.selectors[j] == selectors[0] ? 0 : 1;
        own |= ((pattern >> place) & 1) << j;
    }
    return own;
}

std::optional<Product> product(const PairStep& later, const PairStep& earlier) {
    const auto selectors = joined(later, earlier);
    if (!selectors) return std::nullopt;
    Product result{{{}, later.flip, *selectors, {}, {}}, std::nullopt};
    std::size_t partner = 0;  // patterns of the two amplitudes of a pair differ by this
    for (std::size_t j = 0; j < 2; ++j) {
        partner |= static_cast<std::size_t>(parity((*selectors)[j] & later.flip)) << j;
    }
    bool same = true;
    bool divides = true;
    constexpr double kNothing = 1e-14;
    // The quotients by a smaller number would let the amplitudes grow too far before the diagonal
    // step makes up for it.
    constexpr double kLeastKept = 0.4;
    PairStep& pair = result.pair;
    for (std::size_t p = 0; p < 4; ++p) {
        const std::size_t second = own_pattern(later, *selectors, p);
        const std::size_t first = own_pattern(earlier, *selectors, p);
        const std::size_t across = own_pattern(earlier, *selectors, p ^ partner);
        pair.keep[p] =
            later.keep[second] * earlier.keep[first] + later.swap[second] * earlier.swap[across];
        pair.swap[p] =
            later.keep[second] * earlier.swap[first] + later.swap[second] * earlier.keep[across];
        same = same && std::abs(pair.keep[p] - pair.keep[0]) < kNothing;
        divides = divides && std::abs(pair.keep[p]) > kLeastKept;
    }
    if (same) return result;
    if (!divides) return std::nullopt;
    DiagonalStep after{{}, {}, {}};
    for (const std::uint64_t mask : *selectors) {
        if (mask != 0) after.selectors.push_back(mask);
    }
    after.factors.resize(std::size_t{1} << after.selectors.size());
    for (std::size_t p = 0; p < 4; ++p) {
        if (p < after.factors.size()) after.factors[p] = pair.keep[p];
        const Complex factor = pair.swap[p] / pair.keep[p];
        // Dividing leaves rounding in the part that is not there.
        const bool real = std::abs(factor.imag()) < kNothing;
        const bool imaginary = std::abs(factor.real()) < kNothing;
        pair.swap[p] = {imaginary ? 0.0 : factor.real(), real ? 0.0 : factor.imag()};
        pair.keep[p] = 1.0;
    }
    result.after = std::move(after);
    return result;
}

}  // namespace

std::vector<Step> merge_pair_steps(std::vector<Step> steps, int qubits) {
    std::vector<Step> merged;
    merged.reserve(steps.size());
    // The place of the last step on each qubit.
    constexpr std::size_t kNone = ~std::size_t{0};
    std::vector<std::size_t> last(static_cast<std::size_t>(qubits), kNone);
    const auto add = [&](Step&& step) {
        for (std::uint64_t rest = support(step); rest != 0; rest &= rest - 1) {
            last[static_cast<std::size_t>(std::countr_zero(rest))] = merged.size();
        }
        merged.push_back(std::move(step));
    };
    for (Step& step : steps) {
        const auto* pair = std::get_if<PairStep>(&step);
        if (pair != nullptr && pair->control.mask == 0) {
            const auto place = last[static_cast<std::size_t>(std::countr_zero(pair->flip))];
            // Nothing that came after that place is on these qubits.
            const auto is_last = [&](std::uint64_t touched) {
                for (; touched != 0; touched &= touched - 1) {
                    if (last[static_cast<std::size_t>(std::countr_zero(touched))] != place) {
                        return false;
                    }
                }
                return true;
            };
            const bool next_to = place != kNone && is_last(support(step));
            auto* const before = next_to ? std::get_if<PairStep>(&merged[place]) : nullptr;
            if (before != nullptr && before->control.mask == 0 && before->flip == pair->flip) {
                auto both = product(*pair, *before);
                if (both && (!both->after || is_last(support(*both->after)))) {
                    *before = both->pair;
                    if (both->after) add(std::move(*both->after));
                    continue;
                }
            }
        }
        add(std::move(step));
    }
    return merged;
}

}  // namespace ionsim
