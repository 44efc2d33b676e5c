#pragma once

#include "kernels/kernels.h"

namespace ionsim::kernels {

extern const KernelTable<float> portable_single, avx2_single, avx512_single, neon_single;
extern const KernelTable<double> portable_double, avx2_double, avx512_double, neon_double;

}  // namespace ionsim::kernels
