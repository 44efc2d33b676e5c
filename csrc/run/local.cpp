#include "run/local.h"

#include "kernels/select.h"
#include "run/prepare.h"

namespace ionsim {
namespace {

Control inside(const Control& control, const LocalBits& local) {
    return {local.packed(control.mask), local.packed(control.value & control.mask)};
}

Outside outside_control(const Control& control, const LocalBits& local) {
    Outside outside;
    outside.control = {control.mask & ~local.mask(), control.value & control.mask & ~local.mask()};
    return outside;
}

}  // namespace

std::uint64_t LocalBits::packed(std::uint64_t index) const {
    std::uint64_t result = 0;
    int place = 0;
    for (std::uint64_t rest = mask_; rest != 0; rest &= rest - 1, ++place) {
        if (index & rest & (~rest + 1)) result |= bit(place);
    }
    return result;
}

std::uint64_t LocalBits::spread(std::uint64_t place) const {
    std::uint64_t result = 0;
    for (std::uint64_t rest = mask_; rest != 0 && place != 0; rest &= rest - 1, place >>= 1) {
        if (place & 1) result |= rest & (~rest + 1);
    }
    return result;
}

template <class T>
PreparedStage<T>::PreparedStage(std::span<const Step> steps, std::span<const std::uint32_t> places,
                                const LocalBits& local) {
    const int block_bits = std::max(0, local.count() - kLaneQubits);
    items_.resize(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        Item& item = items_[i];
        const Step& step = steps[places[i]];
        if (const auto* pair = std::get_if<PairStep>(&step)) {
            PairStep here = *pair;
            here.control = inside(pair->control, local);
            here.flip = local.packed(pair->flip);
            item.outside = outside_control(pair->control, local);
            item.outside.selector_count = 2;
            unsigned varied = 0;
            for (std::size_t j = 0; j < 2; ++j) {
                here.selectors[j] = local.packed(pair->selectors[j]);
                item.outside.selectors[j] = pair->selectors[j] & ~local.mask();
                if (item.outside.selectors[j] != 0) varied |= 1U << j;
            }
            auto& plan = item.plan.template emplace<kernels::PairPlan<T>>();
            prepare(here, plan, varied);
            item.groups = bit(block_bits - plan.selection.count);
        } else if (const auto* diagonal = std::get_if<DiagonalStep>(&step)) {
            DiagonalStep here{inside(diagonal->control, local), {}, diagonal->factors};
            item.outside = outside_control(diagonal->control, local);
            unsigned varied = 0;
            for (std::size_t j = 0; j < diagonal->selectors.size(); ++j) {
                here.selectors.push_back(local.packed(diagonal->selectors[j]));
                if (diagonal->selectors[j] & ~local.mask()) varied |= 1U << j;
            }
            std::vector<std::size_t> dimensions;
            const auto plan = prepare(here, item.table, varied, dimensions);
            for (const std::size_t j : dimensions) {
                item.outside.selectors[static_cast<std::size_t>(item.outside.selector_count++)] =
                    diagonal->selectors[j] & ~local.mask();
            }
            item.groups = bit(block_bits - plan.selection.count);
            item.plan = plan;
        } else if (const auto* dense = std::get_if<DenseStep>(&step)) {
            DenseStep here{inside(dense->control, local), {}, dense->matrix};
            for (const int qubit : dense->qubits) {
                here.qubits.push_back(std::countr_zero(local.packed(bit(qubit))));
            }
            item.outside = outside_control(dense->control, local);
            const auto plan = prepare(here, item.table);
            item.groups = bit(block_bits - plan.selection.count);
            item.plan = plan;
        }
    }
}

template <class T>
void PreparedStage<T>::run(T* tile, std::uint64_t base) const {
    const auto& kernels = kernels::active<T>();
    for (const Item& item : items_) {
        if (!item.outside.holds(base)) continue;
        const std::uint32_t offset = item.outside.offset(base);
        if (const auto* pair = std::get_if<kernels::PairPlan<T>>(&item.plan)) {
            kernels.pair(tile, *pair, offset, 0, item.groups);
        } else if (const auto* diagonal = std::get_if<kernels::DiagonalPlan<T>>(&item.plan)) {
            kernels.diagonal(tile, *diagonal, offset, 0, item.groups);
        } else {
            kernels.dense(tile, std::get<kernels::DensePlan<T>>(item.plan), 0, item.groups);
        }
    }
}

template <class T>
std::size_t PreparedStage<T>::bytes() const {
    std::size_t sum = sizeof(*this) + items_.capacity() * sizeof(Item);
    for (const Item& item : items_) sum += item.table.size() * sizeof(T);
    return sum;
}

template class PreparedStage<float>;
template class PreparedStage<double>;

}  // namespace ionsim
