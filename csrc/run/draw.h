#pragma once

#include <cstdint>
#include <span>

#include "base/control.h"
#include "base/philox.h"
#include "base/statevector.h"

namespace ionsim {

// outcomes[k] is that of shot shots[k], drawn from |amplitude|^2.
template <class T>
void draw_shots(const Statevector<T>& state, const Philox& random,
                std::span<const std::uint64_t> shots, std::span<std::uint64_t> outcomes,
                int threads, RunControl& control);

// The same for the shots `first`, `first` + 1, ...
template <class T>
void draw_shots(const Statevector<T>& state, const Philox& random, std::uint64_t first,
                std::span<std::uint64_t> outcomes, int threads, RunControl& control);

}  // namespace ionsim
