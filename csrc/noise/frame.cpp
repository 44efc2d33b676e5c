#include "noise/frame.h"

namespace ionsim {
namespace {

// X^x moves index i to i ^ x: a control compares the moved bits.
Control moved(Control control, std::uint64_t x) {
    return {control.mask, control.value ^ (x & control.mask)};
}

template <class Masks>
std::size_t moved_pattern(const Masks& selectors, std::uint64_t x) {
    std::size_t pattern = 0;
    for (std::size_t j = 0; j < selectors.size(); ++j) {
        pattern |= static_cast<std::size_t>(parity(selectors[j] & x)) << j;
    }
    return pattern;
}

struct Conjugate {
    const PauliFrame& frame;

    Step operator()(const DiagonalStep& step) const {
        DiagonalStep result{moved(step.control, frame.x), step.selectors, step.factors};
        const std::size_t shift = moved_pattern(step.selectors, frame.x);
        for (std::size_t p = 0; p < step.factors.size(); ++p) {
            result.factors[p] = step.factors[p ^ shift];
        }
        return result;
    }

    Step operator()(const PairStep& step) const {
        PairStep result = step;
        result.control = moved(step.control, frame.x);
        const std::size_t shift = moved_pattern(step.selectors, frame.x);
        const double sign = parity(step.flip & frame.z) ? -1.0 : 1.0;
        for (std::size_t p = 0; p < 4; ++p) {
            result.keep[p] = step.keep[p ^ shift];
            result.swap[p] = sign * step.swap[p ^ shift];
        }
        return result;
    }

    Step operator()(const DenseStep& step) const {
        DenseStep result{moved(step.control, frame.x), step.qubits, step.matrix};
        std::size_t x = 0;
        std::size_t z = 0;
        for (std::size_t j = 0; j < step.qubits.size(); ++j) {
            if (frame.x & bit(step.qubits[j])) x |= std::size_t{1} << j;
            if (frame.z & bit(step.qubits[j])) z |= std::size_t{1} << j;
        }
        const std::size_t n = std::size_t{1} << step.qubits.size();
        for (std::size_t row = 0; row < n; ++row) {
            for (std::size_t column = 0; column < n; ++column) {
                const double sign = parity((row ^ column) & z) ? -1.0 : 1.0;
                result.matrix[row * n + column] = sign * step.matrix[(row ^ x) * n + (column ^ x)];
            }
        }
        return result;
    }

    Step operator()(const PauliSumStep& step) const {
        PauliSumStep result{moved(step.control, frame.x), step.terms, step.time};
        for (PauliTerm& term : result.terms) {
            if (!commute(term, PauliTerm{frame.x, frame.z, 0.0})) {
                term.coefficient = -term.coefficient;
            }
        }
        return result;
    }
};

}  // namespace

void PauliFrame::apply(const NoiseSite& site, PauliCode error) {
    if (error & 1) x ^= bit(site.first);
    if (error & 2) z ^= bit(site.first);
    if (site.second < 0) return;
    if (error & 4) x ^= bit(site.second);
    if (error & 8) z ^= bit(site.second);
}

Step conjugated(const Step& step, const PauliFrame& frame) {
    return std::visit(Conjugate{frame}, step);
}

Step error_step(const NoiseSite& site, PauliCode error) {
    PauliFrame frame;
    frame.apply(site, error);
    if (frame.x == 0) return DiagonalStep{{}, {frame.z}, {1.0, -1.0}};
    PairStep step{{}, frame.x, {frame.z, 0}, {}, {}};
    step.swap = {1.0, -1.0, 1.0, -1.0};
    return step;
}

}  // namespace ionsim
