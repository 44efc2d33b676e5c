#include <cstdlib>
#include <stdexcept>
#include <string>

#include "kernels/isa.h"
#include "kernels/kernels.h"

namespace ionsim::kernels {
namespace {

bool always() {
    return true;
}

#if defined(__x86_64__)
// The compiler's built-in looks at CPUID and at XGETBV: a processor whose operating system does not
// save the wide registers counts as one without them.
bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

constexpr Isa kIsas[] = {
#if defined(__x86_64__)
    {"avx512", has_avx512, &avx512_single, &avx512_double},
    {"avx2", has_avx2, &avx2_single, &avx2_double},
#elif defined(__aarch64__)
    {"neon", always, &neon_single, &neon_double},
#endif
    {"portable", always, &portable_single, &portable_double},
};

const Isa& chosen_isa() {
    const char* forced = std::getenv("IONSIM_ISA");
    std::string names;
    for (const Isa& isa : kIsas) {
        const bool runs = isa.runs_here();
        if (forced == nullptr || *forced == '\0') {
            if (runs) return isa;
            continue;
        }
        if (runs && std::string(isa.name) == forced) return isa;
        if (runs) names += (names.empty() ? "" : ", ") + std::string(isa.name);
    }
    throw std::runtime_error("IONSIM_ISA is \"" + std::string(forced) +
                             "\"; this processor and build can run: " + names);
}

}  // namespace

IsaList compiled_isas() {
    return {kIsas, static_cast<int>(std::size(kIsas))};
}

const Isa& active_isa() {
    static const Isa& isa = chosen_isa();
    return isa;
}

}  // namespace ionsim::kernels
