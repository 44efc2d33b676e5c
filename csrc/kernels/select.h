#pragma once

#include <type_traits>

#include "kernels/kernels.h"

namespace ionsim::kernels {

// The active kernels for a precision.
template <class T>
const KernelTable<T>& active() {
    if constexpr (std::is_same_v<T, float>) {
        return *active_isa().single;
    } else {
        return *active_isa().twice;
    }
}

}  // namespace ionsim::kernels
