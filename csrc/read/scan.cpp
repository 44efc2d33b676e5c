#include "read/scan.h"

#include <algorithm>
#include <limits>

namespace ionsim {

double out_of_range_value(std::string_view number) {
    const bool negative = number.starts_with('-');
    if (negative) number.remove_prefix(1);
    const std::size_t mantissa = std::min(number.find_first_of("eE"), number.size());
    const std::size_t point = std::min(number.find('.'), mantissa);
    const std::size_t first = std::min(number.find_first_of("123456789"), mantissa);
    if (first == mantissa) return negative ? -0.0 : 0.0;
    bool large = first < point;
    if (mantissa < number.size()) {
        // Decimal place of the first digit: positive in front of the point.
        const auto place = first < point ? static_cast<double>(point - first)
                                         : -static_cast<double>(first - point);
        double exponent = 0;
        const bool minus = number[mantissa + 1] == '-';
        for (const char c : number.substr(mantissa + 1)) {
            if (is_digit(c)) exponent = exponent * 10 + (c - '0');
        }
        large = place + (minus ? -exponent : exponent) > 0;
    }
    const double value = large ? std::numeric_limits<double>::infinity() : 0.0;
    return negative ? -value : value;
}

}  // namespace ionsim
