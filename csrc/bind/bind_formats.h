#pragma once

#include <pybind11/pybind11.h>

namespace ionsim::bind {

void bind_formats(pybind11::module_& module);

}  // namespace ionsim::bind
