#include "program/step.h"

namespace ionsim {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::uint64_t qubit_mask(const DenseStep& step) {
    std::uint64_t mask = 0;
    for (const int qubit : step.qubits) mask |= bit(qubit);
    return mask;
}

}  // namespace

std::uint64_t support(const Step& step) {
    return std::visit(Overloaded{
                          [](const DiagonalStep& s) {
                              std::uint64_t mask = s.control.mask;
                              for (const std::uint64_t selector : s.selectors) mask |= selector;
                              return mask;
                          },
                          [](const PairStep& s) {
                              return s.control.mask | s.flip | s.selectors[0] | s.selectors[1];
                          },
                          [](const DenseStep& s) { return s.control.mask | qubit_mask(s); },
                          [](const PauliSumStep& s) {
                              std::uint64_t mask = s.control.mask;
                              for (const PauliTerm& term : s.terms) mask |= term.x | term.z;
                              return mask;
                          },
                      },
                      step);
}

std::uint64_t flipped(const Step& step) {
    return std::visit(Overloaded{
                          [](const DiagonalStep&) { return std::uint64_t{0}; },
                          [](const PairStep& s) { return s.flip; },
                          [](const DenseStep& s) { return qubit_mask(s); },
                          [](const PauliSumStep& s) {
                              std::uint64_t mask = 0;
                              for (const PauliTerm& term : s.terms) mask |= term.x;
                              return mask;
                          },
                      },
                      step);
}

}  // namespace ionsim
