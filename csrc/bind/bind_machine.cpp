#include <pybind11/stl.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "bind/bind.h"
#include "kernels/kernels.h"
#include "run/kept_plans.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

std::vector<std::string> isa_names() {
    const kernels::IsaList list = kernels::compiled_isas();
    std::vector<std::string> names;
    for (const kernels::Isa& isa : std::span(list.entries, static_cast<std::size_t>(list.count))) {
        if (isa.runs_here()) names.emplace_back(isa.name);
    }
    return names;
}

}  // namespace

void bind_machine(py::module_& module) {
    module.def(
        "active_isa", [] { return std::string(kernels::active_isa().name); },
        "Instruction set in use.");
    module.def("runnable_isas", &isa_names, "Instruction sets that run here, best first.");
    module.def("available_threads", &available_threads, "Cores that this process may run on.");
    module.def("available_memory", &available_memory,
               "Bytes that are free or kept for the next run; 0 where unknown.");
    module.def("kept_memory", &kept_memory, "Bytes that are kept for the next run.");
    module.def(
        "release_kept_memory",
        [] {
            kept_plans().clear();
            release_kept_memory();
        },
        "Gives them back to the system, and the plans of circuits that were run before.");
}

}  // namespace ionsim::bind
