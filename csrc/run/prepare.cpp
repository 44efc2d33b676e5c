#include "run/prepare.h"

#include <algorithm>
#include <cassert>

namespace ionsim {
namespace {

std::uint64_t block_part(std::uint64_t mask) {
    return mask >> kLaneQubits;
}

template <class T>
void reserve(AlignedBuffer<T>& table, std::size_t size) {
    if (table.size() < size) table = AlignedBuffer<T>(size);
}

template <class T>
void set_lane(T* block, int lane, Complex value) {
    block[lane] = static_cast<T>(value.real());
    block[kLanes + lane] = static_cast<T>(value.imag());
}

}  // namespace

PreparedSelection prepare_selection(const Control& control, std::uint64_t fixed_at_zero) {
    PreparedSelection selection{};
    selection.lane_mask = control.mask & kLaneMask;
    selection.lane_value = control.value & kLaneMask;
    selection.blocks.value = block_part(control.value & control.mask);
    for (std::uint64_t rest = block_part(control.mask | fixed_at_zero); rest != 0;
         rest &= rest - 1) {
        assert(selection.blocks.count < kernels::kMaxFixedBits);
        selection.blocks.positions[selection.blocks.count++] =
            static_cast<std::uint8_t>(std::countr_zero(rest));
    }
    return selection;
}

template <class T>
void prepare(const PairStep& step, kernels::PairPlan<T>& plan, unsigned varied) {
    const std::uint64_t block_flip = block_part(step.flip);
    const std::uint64_t pivot = block_flip == 0 ? 0 : std::bit_floor(block_flip);
    const auto selection = prepare_selection(step.control, pivot << kLaneQubits);
    plan.selection = selection.blocks;
    plan.block_flip = block_flip;
    plan.lane_flip = static_cast<int>(step.flip & kLaneMask);

    std::uint64_t fixed = 0;
    for (int i = 0; i < selection.blocks.count; ++i) fixed |= bit(selection.blocks.positions[i]);
    plan.uniform = true;
    plan.first_pattern = 0;
    plan.partner_pattern = 0;
    unsigned patterns = 1;  // tables in use, as a set of bits that a block index can set
    for (std::size_t j = 0; j < 2; ++j) {
        const std::uint64_t selector = block_part(step.selectors[j]);
        plan.selectors[j] = selector;
        plan.uniform = plan.uniform && (selector & ~fixed) == 0;
        plan.first_pattern |= parity(selector & selection.blocks.value) << j;
        plan.partner_pattern |= parity(selector & block_flip) << j;
        if (selector != 0 || ((varied >> j) & 1)) patterns |= patterns << (1U << j);
    }

    bool keep_zero = selection.lane_mask == 0;
    bool keep_one = true;  // also where a lane control fails
    bool keep_real = true;
    bool swap_real = true;
    bool swap_imaginary = true;
    for (std::size_t p = 0; p < 4; ++p) {
        keep_zero = keep_zero && step.keep[p] == Complex{};
        keep_one = keep_one && step.keep[p] == Complex{1.0};
        keep_real = keep_real && step.keep[p].imag() == 0.0;
        swap_real = swap_real && step.swap[p].imag() == 0.0;
        swap_imaginary = swap_imaginary && step.swap[p].real() == 0.0;
    }
    plan.keep = keep_zero   ? kernels::Keep::kZero
                : keep_one  ? kernels::Keep::kOne
                : keep_real ? kernels::Keep::kReal
                            : kernels::Keep::kComplex;
    plan.swap = swap_real ? kernels::Swap::kReal
                          : (swap_imaginary ? kernels::Swap::kImaginary : kernels::Swap::kComplex);

    std::size_t lane_pattern[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
        const auto index = static_cast<std::uint64_t>(lane);
        lane_pattern[lane] = static_cast<std::size_t>(parity(index & step.selectors[0]) |
                                                      (parity(index & step.selectors[1]) << 1));
    }
    for (std::size_t p = 0; p < 4; ++p) {
        if (!((patterns >> p) & 1)) continue;
        for (int lane = 0; lane < kLanes; ++lane) {
            const bool selected = selection.includes_lane(lane);
            const Complex keep = selected ? step.keep[p ^ lane_pattern[lane]] : Complex{1.0};
            const Complex swap = selected ? step.swap[p ^ lane_pattern[lane]] : Complex{};
            plan.keep_re[p][lane] = static_cast<T>(keep.real());
            plan.keep_im[p][lane] = static_cast<T>(keep.imag());
            plan.swap_re[p][lane] = static_cast<T>(swap.real());
            plan.swap_im[p][lane] = static_cast<T>(swap.imag());
        }
    }
}

template <class T>
kernels::DiagonalPlan<T> prepare(const DiagonalStep& step, AlignedBuffer<T>& table, unsigned varied,
                                 std::vector<std::size_t>& dimensions) {
    const auto selection = prepare_selection(step.control, 0);
    kernels::DiagonalPlan<T> plan{};
    plan.selection = selection.blocks;
    plan.real = std::all_of(step.factors.begin(), step.factors.end(),
                            [](const Complex& factor) { return factor.imag() == 0.0; });
    std::vector<std::size_t>& places = dimensions;
    places.clear();
    for (std::size_t j = 0; j < step.selectors.size(); ++j) {
        const std::uint64_t selector = block_part(step.selectors[j]);
        if (selector == 0 && !((varied >> j) & 1)) continue;
        assert(plan.selector_count < kernels::kMaxDiagonalSelectors);
        plan.selectors[plan.selector_count++] = selector;
        places.push_back(j);
    }
    const std::size_t patterns = std::size_t{1} << places.size();
    reserve(table, patterns * kernels::kBlockReals);
    for (std::size_t p = 0; p < patterns; ++p) {
        std::size_t from_block = 0;
        for (std::size_t k = 0; k < places.size(); ++k) from_block |= ((p >> k) & 1) << places[k];
        for (int lane = 0; lane < kLanes; ++lane) {
            std::size_t index = from_block;
            for (std::size_t j = 0; j < step.selectors.size(); ++j) {
                const int odd = parity(static_cast<std::uint64_t>(lane) & step.selectors[j]);
                index ^= static_cast<std::size_t>(odd) << j;
            }
            const bool selected = selection.includes_lane(lane);
            set_lane(table.data() + p * kernels::kBlockReals, lane,
                     selected ? step.factors[index] : Complex{1.0});
        }
    }
    plan.table = table.data();
    return plan;
}

template <class T>
kernels::DensePlan<T> prepare(const DenseStep& step, AlignedBuffer<T>& table) {
    std::vector<std::size_t> high;  // places in the matrix index of qubits above the lanes
    std::vector<std::size_t> low;
    std::uint64_t high_mask = 0;
    for (std::size_t j = 0; j < step.qubits.size(); ++j) {
        if (step.qubits[j] >= kLaneQubits) {
            high.push_back(j);
            high_mask |= bit(step.qubits[j]);
        } else {
            low.push_back(j);
        }
    }
    const auto selection = prepare_selection(step.control, high_mask);
    kernels::DensePlan<T> plan{};
    plan.selection = selection.blocks;
    plan.outputs = 1 << high.size();
    plan.lane_terms = 1 << low.size();

    const auto spread = [&](std::size_t packed, const std::vector<std::size_t>& places) {
        std::size_t index = 0;
        for (std::size_t k = 0; k < places.size(); ++k) index |= ((packed >> k) & 1) << places[k];
        return index;
    };
    const auto qubit_bits = [&](std::size_t index) {
        std::uint64_t bits = 0;
        for (std::size_t j = 0; j < step.qubits.size(); ++j) {
            if ((index >> j) & 1) bits |= bit(step.qubits[j]);
        }
        return bits;
    };
    const auto outputs = static_cast<std::size_t>(plan.outputs);
    const auto lane_terms = static_cast<std::size_t>(plan.lane_terms);
    for (std::size_t j = 0; j < outputs; ++j) {
        plan.block_offsets[j] = block_part(qubit_bits(spread(j, high)));
    }
    for (std::size_t p = 0; p < lane_terms; ++p) {
        plan.lane_flips[p] = static_cast<int>(qubit_bits(spread(p, low)));
    }
    const std::size_t n = std::size_t{1} << step.qubits.size();
    reserve(table, outputs * outputs * lane_terms * kernels::kBlockReals);
    T* factors = table.data();
    for (std::size_t output = 0; output < outputs; ++output) {
        for (std::size_t input = 0; input < outputs; ++input) {
            for (std::size_t p = 0; p < lane_terms; ++p, factors += kernels::kBlockReals) {
                for (int lane = 0; lane < kLanes; ++lane) {
                    std::size_t lane_index = 0;
                    for (std::size_t k = 0; k < low.size(); ++k) {
                        const int qubit = step.qubits[low[k]];
                        lane_index |= ((static_cast<std::size_t>(lane) >> qubit) & 1) << low[k];
                    }
                    const std::size_t row = spread(output, high) | lane_index;
                    const std::size_t column = spread(input, high) | (lane_index ^ spread(p, low));
                    const bool diagonal = output == input && p == 0;
                    set_lane(factors, lane,
                             selection.includes_lane(lane) ? step.matrix[row * n + column]
                                                           : Complex{diagonal ? 1.0 : 0.0});
                }
            }
        }
    }
    plan.table = table.data();
    return plan;
}

template <class T>
void prepare(const PauliTerm& term, Complex weight, const Control& control,
             kernels::AccumulatePlan<T>& plan) {
    const auto selection = prepare_selection(control, 0);
    plan.selection = selection.blocks;
    plan.block_flip = block_part(term.x);
    plan.lane_flip = static_cast<int>(term.x & kLaneMask);
    plan.sign_blocks = block_part(term.z);
    // (P a)[i] = i^|x & z| (-1)^parity((i ^ x) & z) a[i ^ x]
    constexpr Complex kPowers[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    const int letters_y = std::popcount(term.x & term.z);
    const Complex factor = weight * kPowers[(letters_y + 2 * (letters_y & 1)) & 3];
    for (int lane = 0; lane < kLanes; ++lane) {
        const double sign = parity(static_cast<std::uint64_t>(lane) & term.z) ? -1.0 : 1.0;
        const Complex value = selection.includes_lane(lane) ? sign * factor : Complex{};
        plan.weight_re[lane] = static_cast<T>(value.real());
        plan.weight_im[lane] = static_cast<T>(value.imag());
    }
}

template void prepare(const PairStep&, kernels::PairPlan<float>&, unsigned);
template void prepare(const PairStep&, kernels::PairPlan<double>&, unsigned);
template kernels::DiagonalPlan<float> prepare(const DiagonalStep&, AlignedBuffer<float>&, unsigned,
                                              std::vector<std::size_t>&);
template kernels::DiagonalPlan<double> prepare(const DiagonalStep&, AlignedBuffer<double>&,
                                               unsigned, std::vector<std::size_t>&);
template kernels::DensePlan<float> prepare(const DenseStep&, AlignedBuffer<float>&);
template kernels::DensePlan<double> prepare(const DenseStep&, AlignedBuffer<double>&);
template void prepare(const PauliTerm&, Complex, const Control&, kernels::AccumulatePlan<float>&);
template void prepare(const PauliTerm&, Complex, const Control&, kernels::AccumulatePlan<double>&);

}  // namespace ionsim
