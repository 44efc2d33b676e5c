#include "run/kraus_draw.h"

#include <cmath>

#include "sample/sampler.h"

namespace ionsim {
namespace {

// The norm may fall so far before it is made good, as a power of two.
constexpr double kMaxDrift = 20.0;

PauliTerm term_of(unsigned letters, const NoiseChoice& choice) {
    PauliTerm term{0, 0, 1.0};
    if (letters & 1) term.x |= bit(choice.first);
    if (letters & 2) term.z |= bit(choice.first);
    if (letters & 4) term.x |= bit(choice.second);
    if (letters & 8) term.z |= bit(choice.second);
    return term;
}

}  // namespace

template <class T>
KrausDraw<T>::KrausDraw(const NoiseChoice& choice, const Statevector<T>& state, double drift,
                        int threads, RunControl& control)
    : choice_(choice),
      state_(state),
      exact_(choice.channel->floor() < 0.5 || drift > kMaxDrift),
      threads_(threads),
      control_(control) {}

template <class T>
const std::vector<double>& KrausDraw<T>::probabilities() {
    if (!probabilities_.empty()) return probabilities_;
    std::vector<double> values;
    for (const unsigned letters : choice_.channel->letters()) {
        values.push_back(pauli_expectation(state_, term_of(letters, choice_), threads_, control_));
    }
    return probabilities_ = choice_.channel->probabilities(values);
}

template <class T>
void KrausDraw<T>::draw(std::span<const std::uint64_t> shots, std::uint64_t period,
                        const Philox& random, std::vector<unsigned>& kinds) {
    const KrausSampler& channel = *choice_.channel;
    kinds.assign(shots.size(), 0);
    for (std::size_t k = 0; k < shots.size(); ++k) {
        const std::uint64_t shot = period > 0 ? shots[k] % period : shots[k];
        const double uniform = random.uniform(shot, choice_.number, Purpose::kKraus);
        if (uniform >= channel.floor()) kinds[k] = channel.choose(uniform, probabilities());
    }
}

template <class T>
Step KrausDraw<T>::step(unsigned kind, double& drift) {
    double factor = 1.0;
    if (kind != 0 || exact_) {
        factor = 1.0 / std::sqrt(probabilities()[kind]);
        drift = 0.0;
    } else {
        drift -= std::log2(choice_.channel->floor());
    }
    return choice_.channel->step(kind, choice_.first, choice_.second, factor);
}

template class KrausDraw<float>;
template class KrausDraw<double>;

}  // namespace ionsim
