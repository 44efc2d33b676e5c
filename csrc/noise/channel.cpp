#include "noise/channel.h"

#include <cmath>
#include <limits>

namespace ionsim {

std::uint64_t probability_threshold(double probability) {
    if (!(probability > 0.0)) return 0;
    if (probability >= 1.0) return std::numeric_limits<std::uint64_t>::max();
    return static_cast<std::uint64_t>(std::ldexp(probability, 64));
}

PauliChannel::PauliChannel(double probability, int count)
    : step_(probability_threshold(probability) / static_cast<unsigned>(count)),
      threshold_(step_ * static_cast<unsigned>(count)) {}

}  // namespace ionsim
