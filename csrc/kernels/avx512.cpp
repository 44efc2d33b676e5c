#include <immintrin.h>

#include "kernels/isa.h"
#include "kernels/kernels.h"

namespace ionsim::kernels {
namespace {
#include "kernels/pack_avx512.inl"
// The order matters: the kernels are written over the packs.
#include "kernels/generic.inl"
}  // namespace

extern const KernelTable<float> avx512_single = make_table<float>();
extern const KernelTable<double> avx512_double = make_table<double>();

}  // namespace ionsim::kernels
