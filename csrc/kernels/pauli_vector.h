#pragma once

// Real vectors over Pauli strings: component i belongs to the string with letter (i >> 2 p) & 3 at
// position p, letters being I, X, Z, Y, and lies at place_of(i). The lowest two positions are
// lanes: what acts on a string acts on sixteen that differ there. Compiled once per instruction
// set, like kernels.h.

#include <cstdint>

namespace ionsim::kernels {

// Runs of so many components lie next to each other. Behind each there is a gap, and a further one
// behind 64 of them: without gaps, strings that differ at high positions would all be at the same
// place in a page, for which a first-level cache has too few places. A sum over the digits of i.
inline constexpr std::uint64_t kPauliRun = 1 << 10;
constexpr std::uint64_t place_of(std::uint64_t i) {
    return i + 16 * (i / kPauliRun + i / (64 * kPauliRun));
}

// X goes over into Y, Y into Z, Z into X.
constexpr int next_letter(int letter) {
    constexpr int next[4] = {0, 3, 1, 2};
    return next[letter];
}

// What happens to the sixteen strings of letters on the two positions of a visit: a rotation about
// the string of letters `axis` & 3 at the first and `axis` >> 2 at the second, up to scales that
// are kept elsewhere. With q, r behind the letter P in the order X, Y, Z, X the factors are, on one
// position: new q = q + f0 r, new r = r + f1 q; on both: new q = f0 q + f1 r, new r = f0 r + f2 q
// for letters q and r of the first beside I and P of the second, f3 and f4 for those beside P and
// I; in the same way f5 to f8 for letters of the second; what has no letter there is multiplied by
// f9; with kQuarter added to such an axis the same without the terms in f0; for the axis 0: string
// k is multiplied by f[k].
template <class T>
struct PauliTurn {
    static constexpr int kQuarter = 16;
    int axis;
    T factors[16];
};

// Turns on two positions above the lanes; in the end the lowest position may change places with
// `first`, the next one with `second`.
template <class T>
struct PauliVisit {
    int first;
    int second;
    const PauliTurn<T>* turns;
    int count;
    bool exchanges;
};

// The components whose bits `fixed` are those of `base`, of `size` in all.
struct PauliTile {
    std::uint64_t size;
    std::uint64_t base;
    std::uint64_t fixed;
};

template <class T>
struct PauliTable {
    void (*visit)(T* vector, const PauliVisit<T>& visit, const PauliTile& tile);
};

}  // namespace ionsim::kernels
