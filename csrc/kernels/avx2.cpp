#include <immintrin.h>

#include "kernels/isa.h"
#include "kernels/kernels.h"

namespace ionsim::kernels {
namespace {
#include "kernels/pack_avx2.inl"
// The order matters: the kernels are written over the packs.
#include "kernels/generic.inl"
}  // namespace

extern const KernelTable<float> avx2_single = make_table<float>();
extern const KernelTable<double> avx2_double = make_table<double>();

}  // namespace ionsim::kernels
