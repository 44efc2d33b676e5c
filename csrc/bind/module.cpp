#include <pybind11/pybind11.h>

#include "bind/bind.h"
#include "bind/bind_formats.h"
#include "bind/bind_read.h"

PYBIND11_MODULE(_core, module) {
    module.doc() = "The C++ core of ionsim.";
    module.attr("__version__") = IONSIM_VERSION;
    ionsim::bind::bind_gates(module);
    ionsim::bind::bind_program(module);
    ionsim::bind::bind_read(module);
    ionsim::bind::bind_options(module);
    ionsim::bind::bind_formats(module);
    ionsim::bind::bind_run(module);
    ionsim::bind::bind_dynamic(module);
    ionsim::bind::bind_machine(module);
}
