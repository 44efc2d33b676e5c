#include "noise/kraus.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace ionsim {
namespace {

// The element of a Pauli string in a row of its matrix; it stands in column row ^ flips.
Complex pauli_element(unsigned letters, unsigned row, unsigned& column) {
    constexpr Complex kPowers[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    const unsigned x = (letters & 1U) | (letters >> 1 & 2U);
    const unsigned z = (letters >> 1 & 1U) | (letters >> 2 & 2U);
    column = row ^ x;
    // i^|x & z| X^x Z^z
    return kPowers[(std::popcount(x & z) + 2 * std::popcount(column & z)) & 3];
}

void check(const KrausChannel& channel, int least, int most) {
    if (channel.operators.empty()) return;
    const std::size_t size = std::size_t{1} << (2 * channel.qubits);
    if (channel.qubits < least || channel.qubits > most ||
        channel.operators.size() > kMaxKrausOperators) {
        throw std::invalid_argument("a Kraus channel has at most 16 operators on its qubits");
    }
    for (const auto& each : channel.operators) {
        if (each.size() != size) throw std::invalid_argument("a Kraus operator of a wrong size");
    }
}

// K^dagger K
std::vector<Complex> effect_of(const std::vector<Complex>& matrix, std::size_t n) {
    std::vector<Complex> effect(n * n);
    for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                effect[i * n + j] += std::conj(matrix[k * n + i]) * matrix[k * n + j];
            }
        }
    }
    return effect;
}

// A lower bound of the eigenvalues, after Gershgorin; exact for diagonal matrices.
double least_eigenvalue(const std::vector<Complex>& matrix, std::size_t n) {
    double least = 1.0;
    for (std::size_t i = 0; i < n; ++i) {
        double bound = matrix[i * n + i].real();
        for (std::size_t j = 0; j < n; ++j) {
            if (j != i) bound -= std::abs(matrix[i * n + j]);
        }
        least = std::min(least, bound);
    }
    return std::max(least, 0.0);
}

}  // namespace

void check_kraus(const KrausNoise& noise) {
    check(noise.after_one, 1, 1);
    check(noise.after_two, 1, 2);
}

KrausSampler::KrausSampler(const KrausChannel& channel) : channel_(channel) {
    const std::size_t n = std::size_t{1} << channel.qubits;
    weights_.resize(channel.operators.size());
    std::vector<std::vector<Complex>> effects;
    for (const auto& each : channel.operators) effects.push_back(effect_of(each, n));
    floor_ = least_eigenvalue(effects.front(), n);
    for (unsigned letters = 0; letters < n * n; ++letters) {
        std::vector<double> weights;
        for (const auto& effect : effects) {
            Complex sum{};
            for (unsigned row = 0; row < n; ++row) {
                unsigned column = 0;
                const Complex element = pauli_element(letters, row, column);
                sum += element * effect[column * n + row];
            }
            weights.push_back(sum.real() / static_cast<double>(n));
        }
        const bool matters = std::any_of(weights.begin(), weights.end(),
                                         [](double weight) { return std::abs(weight) > 1e-14; });
        if (!matters) continue;
        letters_.push_back(static_cast<std::uint8_t>(letters));
        for (std::size_t k = 0; k < weights.size(); ++k) weights_[k].push_back(weights[k]);
    }
}

std::vector<double> KrausSampler::probabilities(const std::vector<double>& values) const {
    std::vector<double> result;
    for (const auto& weights : weights_) {
        double sum = 0.0;
        for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * values[k];
        result.push_back(std::max(sum, 0.0));
    }
    return result;
}

unsigned KrausSampler::choose(double uniform, const std::vector<double>& probabilities) const {
    double total = 0.0;
    for (const double each : probabilities) total += each;
    double sum = 0.0;
    unsigned possible = 0;
    for (unsigned k = 0; k < probabilities.size(); ++k) {
        if (!(probabilities[k] > 0.0)) continue;
        possible = k;
        sum += probabilities[k];
        if (uniform * total < sum) break;
    }
    return possible;
}

Step KrausSampler::step(unsigned number, int first, int second, double factor) const {
    DenseStep step{{}, {first}, channel_.operators[number]};
    if (channel_.qubits == 2) step.qubits.push_back(second);
    for (Complex& element : step.matrix) element *= factor;
    if (channel_.qubits == 1 && step.matrix[1] == Complex{} && step.matrix[2] == Complex{}) {
        const std::uint64_t set = bit(first);
        if (step.matrix[0] == Complex{1.0}) return DiagonalStep{{set, set}, {}, {step.matrix[3]}};
        return DiagonalStep{{}, {set}, {step.matrix[0], step.matrix[3]}};
    }
    return step;
}

NoiseChoices::NoiseChoices(const NoiseRates& rates) {
    if (!rates.kraus) return;
    if (!rates.kraus->after_one.operators.empty()) one_.emplace_back(rates.kraus->after_one);
    if (!rates.kraus->after_two.operators.empty()) two_.emplace_back(rates.kraus->after_two);
}

std::vector<NoiseChoice> NoiseChoices::of(const std::vector<NoiseSite>& sites) const {
    std::vector<NoiseChoice> result;
    std::uint32_t drawn = 0;
    for (std::size_t k = 0; k < sites.size(); ++k) {
        const NoiseSite& site = sites[k];
        result.push_back(
            {site.steps, static_cast<std::uint32_t>(k), site.first, site.second, nullptr});
        const auto& channels = site.second < 0 ? one_ : two_;
        if (channels.empty()) continue;
        const KrausSampler& channel = channels.front();
        if (site.second < 0 || channel.channel().qubits == 2) {
            result.push_back({site.steps, drawn++, site.first, site.second, &channel});
        } else {
            result.push_back({site.steps, drawn++, site.first, -1, &channel});
            result.push_back({site.steps, drawn++, site.second, -1, &channel});
        }
    }
    return result;
}

}  // namespace ionsim
