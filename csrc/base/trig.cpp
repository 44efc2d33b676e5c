#include "base/trig.h"

#include <array>
#include <cmath>
#include <cstdint>

namespace ionsim {
namespace {

// Taylor coefficients: for |x| <= pi/4 the first term left out is below 2^-60 of the result.
constexpr std::array<double, 8> kSin = {
    -1.0 / 6,        1.0 / 120,        -1.0 / 5040,         1.0 / 362880,
    -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368e3, 1.0 / 355687428096e3};
constexpr std::array<double, 7> kCos = {1.0 / 24,           -1.0 / 720,      1.0 / 40320,
                                        -1.0 / 3628800,     1.0 / 479001600, -1.0 / 87178291200,
                                        1.0 / 20922789888e3};

template <std::size_t N>
double horner(const std::array<double, N>& coefficients, double x) {
    double sum = coefficients[N - 1];
    for (std::size_t k = N - 1; k-- > 0;) sum = std::fma(sum, x, coefficients[k]);
    return sum;
}

// Sine and cosine for |x| <= pi/4.
SinCos reduced(double x) {
    const double square = x * x;
    const double sine = std::fma(x * square, horner(kSin, square), x);
    // 1 - square / 2 loses the low bits of the difference; `lost` gives them back.
    const double half = 0.5 * square;
    const double head = 1.0 - half;
    const double lost = (1.0 - head) - half;
    const double cosine = head + std::fma(square * square, horner(kCos, square), lost);
    return {sine, cosine};
}

SinCos turn_quarters(SinCos value, std::int64_t quarters) {
    switch (quarters & 3) {
        case 1:
            return {value.cos, -value.sin};
        case 2:
            return {-value.sin, -value.cos};
        case 3:
            return {-value.cos, value.sin};
        default:
            return value;
    }
}

}  // namespace

SinCos sincos_radians(double angle_radians) {
    if (!(std::abs(angle_radians) <= 0x1.0p20)) {
        return {std::sin(angle_radians), std::cos(angle_radians)};
    }
    // pi/2 in three parts; each product is taken off with one rounding of the small difference.
    constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
    constexpr std::array<double, 3> kHalfPi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54,
                                               -0x1.f1976b7ed8fbcp-110};
    const double quarters = std::nearbyint(angle_radians * kTwoOverPi);
    double rest = angle_radians;
    for (const double part : kHalfPi) rest = std::fma(-quarters, part, rest);
    return turn_quarters(reduced(rest), static_cast<std::int64_t>(quarters));
}

SinCos sincos_turns(double angle_turns) {
    constexpr double kTwoPi = 0x1.921fb54442d18p+2;
    const double fraction = angle_turns - std::nearbyint(angle_turns);  // exact
    const double quarters = std::nearbyint(4.0 * fraction);
    const double rest = fraction - 0.25 * quarters;  // exact
    return turn_quarters(reduced(kTwoPi * rest), static_cast<std::int64_t>(quarters));
}

}  // namespace ionsim
