#pragma once

#include <pybind11/pybind11.h>

namespace ionsim::bind {

void bind_gates(pybind11::module_& module);
void bind_program(pybind11::module_& module);
void bind_options(pybind11::module_& module);
void bind_run(pybind11::module_& module);
void bind_machine(pybind11::module_& module);

}  // namespace ionsim::bind
