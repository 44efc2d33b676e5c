#pragma once

#include <string>

#include "base/error.h"
#include "gates/gate.h"

namespace ionsim::bind {

inline GateSet gate_set_of(const std::string& name) {
    if (const auto set = find_gate_set(name)) return *set;
    throw ProgramError("unknown gate set \"" + name + "\"; there are \"qis\" and \"native\"");
}

}  // namespace ionsim::bind
