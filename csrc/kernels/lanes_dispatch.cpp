#include <string_view>

#include "kernels/lanes.h"

namespace ionsim::kernels {

const LaneIsa& active_lanes() {
    static const LaneIsa& lanes = []() -> const LaneIsa& {
        [[maybe_unused]] const std::string_view name = active_isa().name;
#if defined(__x86_64__)
        if (name == "avx512") return avx512_lanes;
        if (name == "avx2") return avx2_lanes;
#elif defined(__aarch64__)
        if (name == "neon") return neon_lanes;
#endif
        return portable_lanes;
    }();
    return lanes;
}

}  // namespace ionsim::kernels
