#include "run/vector_scales.h"

#include <algorithm>
#include <cmath>

namespace ionsim {
namespace {

// Smaller scales are multiplied into the vector, since its components get as large as they get
// small: of 13 qubits, less than 2^126 before the next look.
constexpr double kLeastScale = 0x1p-6;
constexpr double kLeastShared = 0x1p-16;

// A rotation with a smaller cosine is one by a quarter.
constexpr double kNoCosine = 1e-12;

std::size_t next(std::size_t letter) {
    return static_cast<std::size_t>(kernels::next_letter(static_cast<int>(letter)));
}

}  // namespace

double power(double base, std::uint32_t exponent) {
    double result = 1.0;
    for (; exponent != 0; exponent >>= 1, base *= base) {
        if (exponent & 1) result *= base;
    }
    return result;
}

template <class T>
ScaledVisits<T>::ScaledVisits(const StringCircuit& circuit, const NoiseRates& rates)
    : rates_(rates), scales_(circuit.qubits.size(), Scales{1.0, 1.0, 1.0, 1.0}) {
    visits_.reserve(circuit.visits.size());
    for (const StringVisit& visit : circuit.visits) {
        const std::size_t begin = turns_.size();
        Scales& first = scales_[static_cast<std::size_t>(visit.first)];
        Scales& second = scales_[static_cast<std::size_t>(visit.second)];
        for (const StringTurn& turn : visit.turns) {
            if (turn.axis >> 2 == 0) {
                turn_one(turn, first, turn.axis);
            } else if ((turn.axis & 3) == 0) {
                turn_one(turn, second, turn.axis >> 2);
            } else {
                turn_both(turn, first, second);
                channels(turn.channels, first, second);
            }
        }
        visits_.push_back({0, 0, nullptr, static_cast<int>(turns_.size() - begin), false});
    }
    const Turn* next = turns_.data();
    for (kernels::PauliVisit<T>& visit : visits_) {
        visit.turns = next;
        next += visit.count;
    }
}

template <class T>
void ScaledVisits<T>::turn_one(const StringTurn& turn, Scales& scales, std::size_t axis) {
    double& q = scales[next(axis)];
    double& r = scales[next(next(axis))];
    const double tangent = turn.angle.sin / turn.angle.cos;
    turns_.push_back(
        {turn.axis, {static_cast<T>(-tangent * (r / q)), static_cast<T>(tangent * (q / r))}});
    q *= turn.angle.cos;
    r *= turn.angle.cos;
}

template <class T>
void ScaledVisits<T>::turn_both(const StringTurn& turn, const Scales& first, const Scales& second) {
    const std::size_t a = turn.axis & 3, b = turn.axis >> 2;
    const bool quarter = std::abs(turn.angle.cos) < kNoCosine;
    Turn step{turn.axis + (quarter ? Turn::kQuarter : 0), {static_cast<T>(turn.angle.cos)}};
    const auto pair = [&](std::size_t k, double q, double r) {
        step.factors[k] = static_cast<T>(-turn.angle.sin * (r / q));
        step.factors[k + 1] = static_cast<T>(turn.angle.sin * (q / r));
    };
    const double q = first[next(a)], r = first[next(next(a))];
    const double s = second[next(b)], t = second[next(next(b))];
    pair(1, q, r * second[b]);
    pair(3, q * second[b], r);
    pair(5, s, t * first[a]);
    pair(7, s * first[a], t);
    step.factors[9] = T{1};
    turns_.push_back(step);
}

template <class T>
void ScaledVisits<T>::channels(const ChannelCounts& counts, Scales& first, Scales& second) {
    const auto shrink = [&](Scales& scales, std::uint32_t count) {
        const double kept = power(1.0 - rates_.r1, count);
        for (std::size_t letter = 1; letter < 4; ++letter) scales[letter] *= kept;
    };
    shrink(first, counts.first);
    shrink(second, counts.second);
    // All that has a letter shrinks: the rest grows, and the scale that all share shrinks instead,
    // unless nearly nothing is left.
    const double both = power(1.0 - rates_.r2, counts.both);
    const bool grows = both >= 0.5;
    if (grows) {
        // What rounding adds is taken off the next time, so that it does not add up.
        const double factor = owed_ / both;
        const T rounded = static_cast<T>(factor);
        owed_ = factor / static_cast<double>(rounded);
        turns_.back().factors[9] = rounded;
        shared_ *= both;
    }
    const double least = std::min(*std::min_element(first.begin(), first.end()),
                                  *std::min_element(second.begin(), second.end()));
    if (grows && shared_ >= kLeastShared && least >= kLeastScale) return;
    Turn step{0, {}};
    for (std::size_t k = 0; k < 16; ++k) {
        const double kept = grows || k == 0 ? 1.0 : both;
        step.factors[k] = static_cast<T>(kept * shared_ * first[k & 3] * second[k >> 2]);
    }
    turns_.push_back(step);
    first.fill(1.0);
    second.fill(1.0);
    shared_ = 1.0;
}

template class ScaledVisits<float>;
template class ScaledVisits<double>;

}  // namespace ionsim
