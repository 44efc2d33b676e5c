#include <arm_neon.h>

#include "kernels/isa.h"
#include "kernels/kernels.h"

namespace ionsim::kernels {
namespace {
#include "kernels/pack_neon.inl"
// The order matters: the kernels are written over the packs.
#include "kernels/generic.inl"
}  // namespace

extern const KernelTable<float> neon_single = make_table<float>();
extern const KernelTable<double> neon_double = make_table<double>();

}  // namespace ionsim::kernels
