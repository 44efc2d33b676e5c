#pragma once

// The kernels of sixteen lanes on every instruction set that runs here.

#include <string_view>
#include <type_traits>
#include <vector>

#include "kernels/lanes.h"

namespace ionsim {

struct NamedLanes {
    std::string_view name;
    const kernels::LaneIsa* lanes;
};

inline std::vector<NamedLanes> lanes_here() {
    std::vector<NamedLanes> found;
    const kernels::IsaList isas = kernels::compiled_isas();
    for (int k = 0; k < isas.count; ++k) {
        const kernels::Isa& isa = isas.entries[k];
        if (!isa.runs_here()) continue;
        const std::string_view name = isa.name;
        if (name == "portable") found.push_back({name, &kernels::portable_lanes});
#if defined(__x86_64__)
        if (name == "avx2") found.push_back({name, &kernels::avx2_lanes});
        if (name == "avx512") found.push_back({name, &kernels::avx512_lanes});
#elif defined(__aarch64__)
        if (name == "neon") found.push_back({name, &kernels::neon_lanes});
#endif
    }
    return found;
}

template <class T>
const kernels::LaneTable<T>& table_of(const kernels::LaneIsa& lanes) {
    if constexpr (std::is_same_v<T, float>) {
        return *lanes.single;
    } else {
        return *lanes.twice;
    }
}

}  // namespace ionsim
