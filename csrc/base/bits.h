#pragma once

#include <bit>
#include <cstdint>

namespace ionsim {

// A statevector is stored in blocks of 16 amplitudes: 16 real parts, then 16 imaginary parts. The
// four lowest qubits choose the lane inside a block, the others choose the block. The block width
// is the same for every instruction set and precision, so one memory format serves them all.
inline constexpr int kLaneQubits = 4;
inline constexpr int kLanes = 1 << kLaneQubits;
inline constexpr std::uint64_t kLaneMask = kLanes - 1;

constexpr std::uint64_t bit(int position) {
    return std::uint64_t{1} << position;
}

// The low `count` bits set; `count` is 0..64.
constexpr std::uint64_t low_bits(int count) {
    return count >= 64 ? ~std::uint64_t{0} : bit(count) - 1;
}

// Parity of the number of set bits: 0 or 1.
constexpr int parity(std::uint64_t bits) {
#if defined(__GNUC__)
    return __builtin_parityll(bits);  // short even where there is no instruction that counts bits
#else
    return std::popcount(bits) & 1;
#endif
}

// How many bits are set. std::popcount is a call where the processor need not have an instruction
// for it.
constexpr int count_bits(std::uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return static_cast<int>(bits * 0x0101010101010101 >> 56);
}

// A qubit register larger than a machine word cannot be addressed by these masks.
inline constexpr int kMaxMaskQubits = 64;

}  // namespace ionsim
