#pragma once

namespace ionsim {

struct SinCos {
    double sin;
    double cos;
};

// Sine and cosine with the same bits on every machine: mathematical libraries differ in the last
// place between processors and versions, and counts must not. Error at most 2 units in the last
// place. Beyond 2^20 radians the argument reduction is left to the standard library.
SinCos sincos_radians(double angle_radians);

// The same of 2 pi `angle_turns`; exact (0, 1, -1) at multiples of a quarter turn.
SinCos sincos_turns(double angle_turns);

}  // namespace ionsim
