#pragma once

#include <pybind11/pybind11.h>

namespace ionsim::bind {

void bind_formats(pybind11::module_& module);
// Behind bind_options, whose types it takes.
void bind_dynamic(pybind11::module_& module);

}  // namespace ionsim::bind
