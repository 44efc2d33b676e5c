#include "run/visit.h"

#include <algorithm>
#include <utility>

#include "kernels/select.h"

namespace ionsim {
namespace {

using kernels::Rule;

// numbers[k] = XOR of number_of(b) over the bits b of the k-th subset of `mask`, ascending.
template <class Number, class NumberOf>
void fill_linear(std::span<Number> numbers, std::uint64_t mask, NumberOf&& number_of) {
    numbers[0] = 0;
    std::size_t done = 1;
    for (std::uint64_t rest = mask; rest != 0; rest &= rest - 1, done *= 2) {
        const auto number = static_cast<Number>(number_of(rest & (~rest + 1)));
        const auto known = numbers.first(done);
        std::transform(known.begin(), known.end(),
                       numbers.begin() + static_cast<std::ptrdiff_t>(done),
                       [=](Number k) { return static_cast<Number>(k ^ number); });
    }
}

// All subsets of the bits of `mask`, ascending.
std::vector<std::uint64_t> subsets(std::uint64_t mask) {
    std::vector<std::uint64_t> all(bit(count_bits(mask)));
    fill_linear(std::span(all), mask, [](std::uint64_t single) { return single; });
    return all;
}

// The blocks of an array at which the subsets of its bits `mask` lie.
void place_blocks(std::uint64_t mask, const LocalBits& array, std::span<std::uint32_t> blocks) {
    fill_linear(blocks, mask,
                [&](std::uint64_t single) { return array.packed(single) >> kLaneQubits; });
}

GroupMap make_map(std::uint64_t registers, std::uint64_t groups, const LocalBits& array) {
    GroupMap map;
    map.groups.resize(bit(count_bits(groups)));
    place_blocks(groups, array, map.groups);
    place_blocks(registers, array, map.blocks);
    return map;
}

constexpr std::size_t kMaxSelectors = 6;

// Larger quotients would make the numbers grow too fast for little.
constexpr double kMaxQuotient = 8.0;
// Numbers grow by at most its square, from visit to visit and inside one: far from the largest
// float, whose exponent is 127.
constexpr double kMaxGrowth = 0x1p40;

bool too_large(Lacking lacking) {
    return std::norm(lacking) * (kMaxGrowth * kMaxGrowth) < 1.0;
}

// Factors of old[i] and old[i ^ flip].
struct Factors {
    Complex keep, swap;
};

// The numbers of a table entry, in the order of rule_components.
std::array<double, 4> rule_numbers(Rule rule, const Factors& f) {
    switch (rule) {
        case Rule::kReal:
        case Rule::kComplex:
            return {f.keep.real(), f.keep.imag()};
        case Rule::kOneReal:
        case Rule::kOneComplex:
            return {f.swap.real(), f.swap.imag()};
        case Rule::kOneImaginary:
            return {f.swap.imag()};
        case Rule::kRealReal:
            return {f.keep.real(), f.swap.real()};
        case Rule::kRealImaginary:
            return {f.keep.real(), f.swap.imag()};
        case Rule::kComplexComplex:
            return {f.keep.real(), f.keep.imag(), f.swap.real(), f.swap.imag()};
        case Rule::kExchange:
            return {f.swap == Complex{} ? 1.0 : -1.0};
    }
    return {};
}

}  // namespace

template <class T>
struct PreparedVisit<T>::Shape {
    Rule rule;
    std::uint64_t flip;
    Control control;
    std::span<const std::uint64_t> selectors;
};

template <class T>
void PreparedVisit<T>::prepare(std::span<const Step> steps, bool use_tangent) {
    use_tangent_ = use_tangent;
    registers_ = visit_->local & ~kLaneMask;
    groups_ = tile_ & ~visit_->local;
    block_index_ = subsets(registers_);
    group_index_ = subsets(groups_);
    in_tile_ = make_map(registers_, groups_, LocalBits(tile_));
    around_ = make_map(registers_, groups_, around_bits_);
    const std::size_t count = visit_->steps.size();
    steps_.reserve(count + 1);
    outside_.reserve(count + 1);
    table_starts_.reserve(count + 1);
    patterns_.reserve((count + 1) * in_tile_.groups.size());
    unaligned_.reserve((count + 1) * 4 * kLanes);
    for (const std::uint32_t place : visit_->steps) {
        const Step& step = steps[place];
        if (const auto* pair = std::get_if<PairStep>(&step)) {
            add(*pair);
        } else {
            add(std::get<DiagonalStep>(step));
        }
        if (too_large(lacking_)) add_factor(std::exchange(lacking_, 1.0));
    }
    seal();
}

template <class T>
void PreparedVisit<T>::settle(Lacking& lacking, bool now) {
    lacking *= lacking_;
    const bool due = (now || too_large(lacking)) && lacking != Complex{1.0};
    if (due && steps_.size() < kMaxSteps) {
        add_factor(std::exchange(lacking, 1.0));
        seal();
    }
    forget_drafts();
}

// What was needed for the tables only.
template <class T>
void PreparedVisit<T>::forget_drafts() {
    block_index_ = {};
    group_index_ = {};
    table_starts_ = {};
    unaligned_ = {};
}

template <class T>
std::size_t PreparedVisit<T>::bytes() const {
    const auto of = [](const auto& values) { return values.capacity() * sizeof(values[0]); };
    return sizeof(*this) + table_.size() * sizeof(T) + of(in_tile_.groups) + of(around_.groups) +
           of(steps_) + of(outside_) + of(varying_) + of(patterns_);
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
void PreparedVisit<T>::add_factor(Complex factor) {
    add({factor.imag() == 0.0 ? Rule::kReal : Rule::kComplex, 0, {}, {}},
        [&](std::size_t) { return Factors{factor, 0.0}; });
}

// Finds the cheapest rule from the factors alone.
template <class T>
void PreparedVisit<T>::add(const PairStep& step) {
    const std::size_t selectors = step.selectors[1] != 0 ? 2 : (step.selectors[0] != 0 ? 1 : 0);
    const std::size_t used = std::size_t{1} << selectors;
    Complex divisor{1.0};
    if (use_tangent_ && step.control.mask == 0) {
        const Complex common = step.keep[0];
        double largest = 0.0;
        bool divides = true;
        for (std::size_t p = 0; p < used; ++p) {
            divides = divides && step.keep[p] == common;
            largest = std::max(largest, std::norm(step.swap[p]));
        }
        if (divides && largest <= kMaxQuotient * kMaxQuotient * std::norm(common)) divisor = common;
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
    lacking_ *= divisor;
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
void PreparedVisit<T>::add(const DiagonalStep& step) {
    if (use_tangent_ && step.control.mask == 0) {
        if (step.selectors.empty()) {
            lacking_ *= step.factors[0];
            return;
        }
        // g (1 - i t) and g (1 + i t): one quotient for both, and half the products.
        const Complex ratio = step.factors[1] / step.factors[0];
        const double quotient = ratio.imag() / (1.0 + ratio.real());
        // Near a half turn the quotient is one of two roundings.
        if (step.selectors.size() == 1 && std::abs(std::norm(ratio) - 1.0) < 1e-12 &&
            1.0 + ratio.real() > 0.01 && std::abs(quotient) <= kMaxQuotient) {
            lacking_ *= step.factors[0] / Complex{1.0, -quotient};
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
    for (std::size_t j = 0; j < shape.selectors.size(); ++j) {
        if ((shape.selectors[j] & ~kLaneMask) == 0) continue;
        outside.selectors[count] = shape.selectors[j] & outside_mask;
        dimensions[count++] = j;
    }
    // What one index bit adds (XOR) to the number of an entry, and to the index of the factors:
    // both are linear in the bits, so that a table over k bits takes k doublings.
    const auto entry_of_bit = [&](Index single) {
        unsigned number = 0;
        for (std::size_t d = 0; d < count; ++d) {
            if (shape.selectors[dimensions[d]] & single) number |= 1U << d;
        }
        return static_cast<std::uint8_t>(number);
    };
    const auto factor_of_bit = [&](Index single) {
        unsigned number = 0;
        for (std::size_t j = 0; j < shape.selectors.size(); ++j) {
            if (shape.selectors[j] & single) number |= 1U << j;
        }
        return static_cast<std::uint8_t>(number);
    };
    std::array<std::uint8_t, kLanes> lane_index{};
    fill_linear<std::uint8_t>(lane_index, kLaneMask, factor_of_bit);
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
    const std::size_t blocks = block_index_.size();
    std::array<std::uint8_t, 1 << kernels::kMaxRegisterBits> entry_of_block{};
    fill_linear<std::uint8_t>(entry_of_block, registers_, entry_of_bit);
    step.uniform = true;
    for (std::size_t block = 0; block < blocks; ++block) {
        if ((block_index_[block] & control_registers) !=
            (shape.control.value & control_registers)) {
            entry_of_block[block] = static_cast<std::uint8_t>(plain);
        }
        step.entries |= std::uint64_t{entry_of_block[block]} << (8 * block);
        step.uniform = step.uniform && entry_of_block[block] == entry_of_block[0];
    }
    patterns_.resize(patterns_.size() + group_index_.size());
    const auto pattern = std::span(patterns_).last(group_index_.size());
    fill_linear(pattern, groups_, entry_of_bit);
    for (std::size_t g = 0; control_groups != 0 && g < group_index_.size(); ++g) {
        if ((group_index_[g] & control_groups) != (shape.control.value & control_groups)) {
            pattern[g] = kernels::kSkipped;
        }
    }

    // The numbers of an entry, for every value of the factors' index and last for "does nothing".
    const auto components = static_cast<std::size_t>(kernels::rule_components(shape.rule));
    const std::size_t indices = std::size_t{1} << shape.selectors.size();
    std::array<std::array<T, (std::size_t{1} << kMaxSelectors) + 1>, 4> numbers;
    for (std::size_t index = 0; index <= indices; ++index) {
        const Factors f = index < indices ? factor_of(index) : Factors{1.0, 0.0};
        const auto values = rule_numbers(shape.rule, f);
        for (std::size_t c = 0; c < components; ++c) numbers[c][index] = static_cast<T>(values[c]);
    }
    const std::size_t entries = control_registers != 0 ? 2 * plain : plain;
    const Index control_lanes = shape.control.mask & kLaneMask;
    table_starts_.push_back(unaligned_.size());
    unaligned_.resize(unaligned_.size() + entries * components * kLanes);
    T* out = unaligned_.data() + table_starts_.back();
    const bool same_lanes = control_lanes == 0 && lane_index == decltype(lane_index){};
    for (std::size_t entry = 0; entry < entries; ++entry) {
        std::size_t index = 0;
        for (std::size_t d = 0; d < count; ++d) index |= ((entry >> d) & 1) << dimensions[d];
        if (same_lanes) {
            const std::size_t of_all = entry < plain ? index : indices;
            for (std::size_t c = 0; c < components; ++c, out += kLanes) {
                std::fill_n(out, kLanes, numbers[c][of_all]);
            }
            continue;
        }
        std::array<std::uint8_t, kLanes> of_lane;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const bool acts =
                entry < plain && (lane & control_lanes) == (shape.control.value & control_lanes);
            of_lane[lane] = static_cast<std::uint8_t>(acts ? index ^ lane_index[lane] : indices);
        }
        for (std::size_t c = 0; c < components; ++c, out += kLanes) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) out[lane] = numbers[c][of_lane[lane]];
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
