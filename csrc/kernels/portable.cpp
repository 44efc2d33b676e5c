#include "kernels/isa.h"
#include "kernels/kernels.h"

namespace ionsim::kernels {
namespace {
#include "kernels/pack_portable.inl"
// The order matters: the kernels are written over the packs.
#include "kernels/generic.inl"
}  // namespace

extern const KernelTable<float> portable_single = make_table<float>();
extern const KernelTable<double> portable_double = make_table<double>();

}  // namespace ionsim::kernels
