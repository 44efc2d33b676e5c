#include <immintrin.h>

#include "kernels/lanes.h"

namespace ionsim::kernels {
namespace {
#include "kernels/pack_avx2.inl"
#include "kernels/transpose.inl"
// The order matters: the kernels are written over the packs,
#include "kernels/lane_rotate.inl"
// and these with what is in that file.
#include "kernels/lane_measure.inl"
#include "kernels/lane_move.inl"
#include "kernels/lane_visit.inl"
#include "kernels/lanes.inl"
#include "kernels/pauli_vector.inl"
#include "kernels/transfer.inl"

constexpr LaneTable<float> kSingle = make_lanes<float>();
constexpr LaneTable<double> kTwice = make_lanes<double>();
constexpr PauliTable<float> kPauliSingle = make_pauli<float>();
constexpr PauliTable<double> kPauliTwice = make_pauli<double>();
}  // namespace

extern const LaneIsa avx2_lanes = {&kSingle,  &kTwice,       &lane_random,
                                   &transfer, &kPauliSingle, &kPauliTwice};

}  // namespace ionsim::kernels
