#include "run/visit.h"

#include <algorithm>

#include "kernels/select.h"

namespace ionsim {
namespace {

using kernels::Rule;

// The subset of `mask` that number `place` stands for: its bits spread over those of the mask.
std::uint64_t spread(std::uint64_t place, std::uint64_t mask) {
    return LocalBits(mask).spread(place);
}

GroupMap make_map(std::uint64_t registers, std::uint64_t groups, const LocalBits& array) {
    GroupMap map;
    const auto block_of = [&](std::uint64_t index) {
        return static_cast<std::uint32_t>(array.packed(index) >> kLaneQubits);
    };
    map.groups.resize(bit(std::popcount(groups)));
    for (std::uint64_t g = 0; g < map.groups.size(); ++g)
        map.groups[g] = block_of(spread(g, groups));
    for (std::uint64_t j = 0; j < bit(std::popcount(registers)); ++j) {
        map.blocks[j] = block_of(spread(j, registers));
    }
    return map;
}

constexpr std::size_t kMaxSelectors = 6;

// Larger quotients would make the numbers grow too fast for little.
constexpr double kMaxQuotient = 8.0;
// Far from the largest float, whose exponent is 127, even after all steps of two visits.
constexpr double kMaxGrowth = 0x1p40;

// Factors of old[i] and old[i ^ flip].
struct Factors {
    Complex keep, swap;
};

}  // namespace

template <class T>
struct PreparedVisit<T>::Shape {
    Rule rule;
    std::uint64_t flip;
    Control control;
    std::span<const std::uint64_t> selectors;
};

template <class T>
PreparedVisit<T>::PreparedVisit(std::span<const Step> steps, const Visit& visit, std::uint64_t tile,
                                const LocalBits& around, Tangent& tangent)
    : registers_(visit.local & ~kLaneMask),
      groups_(tile & ~visit.local),
      tile_(tile),
      in_tile_(make_map(registers_, groups_, LocalBits(tile))),
      around_(make_map(registers_, groups_, around)) {
    steps_.reserve(visit.steps.size());
    patterns_.reserve(visit.steps.size() * in_tile_.groups.size());
    for (const std::uint32_t place : visit.steps) {
        const Step& step = steps[place];
        if (const auto* pair = std::get_if<PairStep>(&step)) {
            add(*pair, tangent);
        } else {
            add(std::get<DiagonalStep>(step), tangent);
        }
        if (std::abs(tangent.pending) < 1.0 / kMaxGrowth) add_factor(tangent);
    }
    seal();
}

// Moves the tables to where the kernels want them.
template <class T>
void PreparedVisit<T>::seal() {
    table_ = AlignedBuffer<T>(unaligned_.size());
    std::copy(unaligned_.begin(), unaligned_.end(), table_.data());
    for (std::size_t k = 0; k < steps_.size(); ++k) {
        steps_[k].table = table_.data() + table_starts_[k];
        steps_[k].patterns = patterns_.data() + k * in_tile_.groups.size();
    }
}

template <class T>
void PreparedVisit<T>::add_factor(Tangent& tangent) {
    const Complex factor = tangent.pending;
    add({factor.imag() == 0.0 ? Rule::kReal : Rule::kComplex, 0, {}, {}},
        [&](std::size_t) { return Factors{factor, 0.0}; });
    tangent.pending = 1.0;
}

template <class T>
bool PreparedVisit<T>::settle(Tangent& tangent) {
    if (steps_.size() == kMaxSteps) return false;
    add_factor(tangent);
    seal();
    return true;
}

// Finds the cheapest rule from the factors alone.
template <class T>
void PreparedVisit<T>::add(const PairStep& step, Tangent& tangent) {
    const std::size_t selectors = step.selectors[1] != 0 ? 2 : (step.selectors[0] != 0 ? 1 : 0);
    const std::size_t used = std::size_t{1} << selectors;
    Complex divisor{1.0};
    if (tangent.on && step.control.mask == 0) {
        const Complex common = step.keep[0];
        double largest = 0.0;
        bool divides = true;
        for (std::size_t p = 0; p < used; ++p) {
            divides = divides && step.keep[p] == common;
            largest = std::max(largest, std::abs(step.swap[p]));
        }
        if (divides && largest <= kMaxQuotient * std::abs(common)) divisor = common;
    }
    std::array<Factors, 4> factors;
    bool keep_one = true, keep_real = true, swap_real = true, swap_imaginary = true;
    bool exchange = true;
    for (std::size_t p = 0; p < used; ++p) {
        const Complex keep = divisor == Complex{1.0} ? step.keep[p] : Complex{1.0};
        Complex swap = step.swap[p];
        if (divisor.imag() == 0.0) {
            swap /= divisor.real();  // a pure number stays pure
        } else {
            swap /= divisor;
        }
        factors[p] = {keep, swap};
        keep_one = keep_one && keep == Complex{1.0};
        keep_real = keep_real && keep.imag() == 0.0;
        swap_real = swap_real && swap.imag() == 0.0;
        swap_imaginary = swap_imaginary && swap.real() == 0.0;
        exchange = exchange && ((keep == Complex{1.0} && swap == Complex{}) ||
                                (keep == Complex{} && swap == Complex{1.0}));
    }
    tangent.pending *= divisor;
    Rule rule = Rule::kComplexComplex;
    if (exchange) {
        rule = Rule::kExchange;
    } else if (keep_one) {
        rule = swap_real        ? Rule::kOneReal
               : swap_imaginary ? Rule::kOneImaginary
                                : Rule::kOneComplex;
    } else if (keep_real && swap_real) {
        rule = Rule::kRealReal;
    } else if (keep_real && swap_imaginary) {
        rule = Rule::kRealImaginary;
    }
    add({rule, step.flip, step.control, std::span(step.selectors).first(selectors)},
        [&](std::size_t p) { return factors[p]; });
}

template <class T>
void PreparedVisit<T>::add(const DiagonalStep& step, Tangent& tangent) {
    if (tangent.on && step.control.mask == 0) {
        if (step.selectors.empty()) {
            tangent.pending *= step.factors[0];
            return;
        }
        // g (1 - i t) and g (1 + i t): one quotient for both, and half the products.
        const Complex ratio = step.factors[1] / step.factors[0];
        const double quotient = ratio.imag() / (1.0 + ratio.real());
        if (step.selectors.size() == 1 && std::abs(std::norm(ratio) - 1.0) < 1e-12 &&
            std::abs(quotient) <= kMaxQuotient) {
            tangent.pending *= step.factors[0] / Complex{1.0, -quotient};
            add({Rule::kOneImaginary, 0, {}, step.selectors}, [&](std::size_t p) {
                return Factors{1.0, Complex{0.0, p == 0 ? -quotient : quotient}};
            });
            return;
        }
    }
    const bool real = std::all_of(step.factors.begin(), step.factors.end(),
                                  [](const Complex& factor) { return factor.imag() == 0.0; });
    add({real ? Rule::kReal : Rule::kComplex, 0, step.control, step.selectors},
        [&](std::size_t p) { return Factors{step.factors[p], 0.0}; });
}

template <class T>
template <class FactorOf>
void PreparedVisit<T>::add(const Shape& shape, FactorOf&& factor_of) {
    const Index outside_mask = ~tile_;
    const Index control_groups = shape.control.mask & groups_;
    const Index control_registers = shape.control.mask & registers_;

    // Bit d of an entry's number is the parity with the part outside the lanes of one selector.
    std::array<std::size_t, kMaxSelectors> dimensions{};
    std::size_t count = 0;
    Outside outside;
    outside.control = {shape.control.mask & outside_mask,
                       shape.control.value & outside_mask & shape.control.mask};
    std::array<std::uint8_t, kLanes> lane_index{};
    for (std::size_t j = 0; j < shape.selectors.size(); ++j) {
        const Index selector = shape.selectors[j];
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            lane_index[lane] |= static_cast<std::uint8_t>(parity(lane & selector) << j);
        }
        if ((selector & ~kLaneMask) == 0) continue;
        outside.selectors[count] = selector & outside_mask;
        dimensions[count++] = j;
    }
    outside.selector_count = static_cast<int>(count);
    bool varies = outside.control.mask != 0;
    for (std::size_t d = 0; d < count; ++d) varies = varies || outside.selectors[d] != 0;

    // Entries from `plain` on do nothing: blocks of a group where the control does not hold.
    const std::size_t plain = std::size_t{1} << count;
    kernels::RegisterStep<T> step{};
    step.rule = shape.rule;
    step.lane_flip = static_cast<std::uint8_t>(shape.flip & kLaneMask);
    step.register_flip =
        static_cast<std::uint8_t>(LocalBits(registers_).packed(shape.flip & registers_));
    const std::size_t blocks = std::size_t{1} << std::popcount(registers_);
    for (std::size_t block = 0; block < blocks; ++block) {
        const Index index = spread(block, registers_);
        std::uint64_t entry = 0;
        for (std::size_t d = 0; d < count; ++d) {
            entry |= std::uint64_t(parity(index & shape.selectors[dimensions[d]])) << d;
        }
        if ((index & control_registers) != (shape.control.value & control_registers)) entry = plain;
        step.entries |= entry << (8 * block);
    }
    step.uniform =
        blocks == (std::size_t{1} << kernels::kRegisterBits<T>) &&
        step.entries == (step.entries & 0xFF) * (~std::uint64_t{0} >> (64 - 8 * blocks)) / 0xFF;
    for (std::size_t g = 0; g < in_tile_.groups.size(); ++g) {
        const Index index = spread(g, groups_);
        std::uint8_t pattern = 0;
        for (std::size_t d = 0; d < count; ++d) {
            pattern |=
                static_cast<std::uint8_t>(parity(index & shape.selectors[dimensions[d]]) << d);
        }
        if ((index & control_groups) != (shape.control.value & control_groups)) {
            pattern = kernels::kSkipped;
        }
        patterns_.push_back(pattern);
    }

    const auto components = static_cast<std::size_t>(kernels::rule_components(shape.rule));
    const std::size_t entries = control_registers != 0 ? 2 * plain : plain;
    const Index control_lanes = shape.control.mask & kLaneMask;
    table_starts_.push_back(unaligned_.size());
    unaligned_.resize(unaligned_.size() + entries * components * kLanes);
    T* out = unaligned_.data() + table_starts_.back();
    for (std::size_t entry = 0; entry < entries; ++entry, out += components * kLanes) {
        std::size_t index = 0;
        for (std::size_t d = 0; d < count; ++d) index |= ((entry >> d) & 1) << dimensions[d];
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            Factors f{1.0, 0.0};
            if (entry < plain && (lane & control_lanes) == (shape.control.value & control_lanes)) {
                f = factor_of(index ^ lane_index[lane]);
            }
            const auto set = [&](std::size_t component, double value) {
                out[component * kLanes + lane] = static_cast<T>(value);
            };
            switch (shape.rule) {
                case Rule::kReal:
                    set(0, f.keep.real());
                    break;
                case Rule::kComplex:
                    set(0, f.keep.real());
                    set(1, f.keep.imag());
                    break;
                case Rule::kOneReal:
                    set(0, f.swap.real());
                    break;
                case Rule::kOneImaginary:
                    set(0, f.swap.imag());
                    break;
                case Rule::kOneComplex:
                    set(0, f.swap.real());
                    set(1, f.swap.imag());
                    break;
                case Rule::kRealReal:
                    set(0, f.keep.real());
                    set(1, f.swap.real());
                    break;
                case Rule::kRealImaginary:
                    set(0, f.keep.real());
                    set(1, f.swap.imag());
                    break;
                case Rule::kComplexComplex:
                    set(0, f.keep.real());
                    set(1, f.keep.imag());
                    set(2, f.swap.real());
                    set(3, f.swap.imag());
                    break;
                case Rule::kExchange:
                    set(0, f.swap == Complex{} ? 1.0 : -1.0);
                    break;
            }
        }
    }
    if (varies) varying_.push_back(static_cast<std::uint32_t>(steps_.size()));
    outside_.push_back(outside);
    steps_.push_back(step);
}

template <class T>
void PreparedVisit<T>::run(const T* source, Place source_place, T* target, Place target_place,
                           std::uint64_t base) const {
    std::array<std::uint8_t, kMaxSteps> around{};
    for (const std::uint32_t k : varying_) {
        const Outside& outside = outside_[k];
        around[k] = outside.holds(base) ? static_cast<std::uint8_t>(outside.offset(base))
                                        : kernels::kSkipped;
    }
    const GroupMap& from = source_place == Place::kTile ? in_tile_ : around_;
    const GroupMap& to = target_place == Place::kTile ? in_tile_ : around_;
    kernels::VisitPlan<T> plan{steps_.data(),
                               static_cast<int>(steps_.size()),
                               static_cast<std::uint32_t>(in_tile_.groups.size()),
                               from.groups.data(),
                               to.groups.data(),
                               {},
                               {}};
    std::copy(from.blocks.begin(), from.blocks.end(), plan.source_blocks);
    std::copy(to.blocks.begin(), to.blocks.end(), plan.target_blocks);
    kernels::active<T>().visit(source, target, plan, around.data());
}

template class PreparedVisit<float>;
template class PreparedVisit<double>;

}  // namespace ionsim
