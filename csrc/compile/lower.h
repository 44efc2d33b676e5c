#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/control.h"
#include "program/program.h"
#include "program/step.h"

namespace ionsim {

// Place of each touched qubit among the simulated ones. Throws LimitError (NotEnoughQubits) for
// more qubits than an index has bits.
class QubitMap {
  public:
    explicit QubitMap(const Program& program);
    int operator[](std::int32_t qubit) const;  // the qubit must be a touched one
    int size() const { return size_; }

  private:
    std::vector<std::int32_t> touched_;
    int size_;
};

// The steps of the gates as written, one or a few a gate.
std::vector<Step> lower(const Program& program, const QubitMap& map);

// The steps of a noisy run: gates on three or more qubits are first broken into gates on one and
// two qubits, and every gate is followed by a site. docs/noise.md gives the constructions.
NoisySteps lower_noisy(const Program& program, const QubitMap& map, RunControl& control);

// The same for one gate, whose controls and targets stand at the given places.
void append_noisy(const GateView& gate, std::span<const int> controls, std::span<const int> targets,
                  NoisySteps& noisy);

struct GateCounts {
    std::int64_t one_qubit = 0;
    std::int64_t two_qubit = 0;
};

// Gates on one and on two qubits after the same breaking up.
GateCounts count_gates(const Program& program);

// True when noise would split a pauliexp whose terms do not commute, so that their order matters.
bool pauliexp_order_matters(const Program& program);

}  // namespace ionsim
