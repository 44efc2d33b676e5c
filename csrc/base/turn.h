#pragma once

#include <cmath>

namespace ionsim {

// An angle as cosine and sine. Sums and halves of angles need only + - * / and square roots, which
// every machine rounds alike; arc functions of libraries differ in the last place.
struct Turn {
    double cos = 1.0;
    double sin = 0.0;

    Turn operator-() const { return {cos, -sin}; }
    friend Turn operator+(const Turn& a, const Turn& b) {
        return {a.cos * b.cos - a.sin * b.sin, a.sin * b.cos + a.cos * b.sin};
    }
    friend Turn operator-(const Turn& a, const Turn& b) { return a + (-b); }
};

// The angle of the vector (x, y), which must not be zero.
inline Turn turn_of(double x, double y) {
    const double length = std::sqrt(x * x + y * y);
    return {x / length, y / length};
}

// Half the angle, taken in (-pi, pi].
inline Turn half(const Turn& turn) {
    if (turn.cos >= 0.0) {
        const double cosine = std::sqrt(0.5 * (1.0 + turn.cos));
        return {cosine, turn.sin / (2.0 * cosine)};
    }
    const double sine = std::copysign(std::sqrt(0.5 * (1.0 - turn.cos)), turn.sin);
    return {turn.sin / (2.0 * sine), sine};
}

// turn = count * pi/4 + rest with |rest| <= pi/8; a rest below `tolerance` becomes exactly 0.
struct Eighths {
    int count;  // 0..7
    Turn rest;
};
inline Eighths eighths(Turn turn, double tolerance) {
    constexpr double kTanEighth = 0x1.a827999fcef32p-2;  // tan(pi/8)
    constexpr double kHalfSqrt = 0x1.6a09e667f3bcdp-1;   // 1/sqrt(2)
    int count = 0;
    // Into the quadrant around 0: a turn back by pi/2 maps (c, s) to (s, -c).
    while (!(turn.cos > 0.0 && std::abs(turn.sin) <= turn.cos)) {
        turn = {turn.sin, -turn.cos};
        count += 2;
    }
    if (std::abs(turn.sin) > kTanEighth * turn.cos) {
        const double sign = turn.sin > 0.0 ? 1.0 : -1.0;
        turn = turn - Turn{kHalfSqrt, sign * kHalfSqrt};
        count += static_cast<int>(sign);
    }
    if (std::abs(turn.sin) < tolerance) turn = {1.0, 0.0};
    return {count & 7, turn};
}

}  // namespace ionsim
