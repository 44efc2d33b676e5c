#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <memory>

#include "base/error.h"
#include "bind/arrays.h"
#include "bind/bind.h"
#include "bind/gate_set.h"
#include "compile/lower.h"
#include "program/program.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using Arrays = py::typing::Dict<py::str, py::array>;

template <class T>
using Input = py::array_t<T, py::array::c_style | py::array::forcecast>;

std::shared_ptr<Program> make_program(
    const std::string& gateset, std::int64_t qubits, const Input<std::uint8_t>& gates,
    const Input<std::uint8_t>& control_counts, const Input<std::int64_t>& qubit_starts,
    const Input<std::int32_t>& qubit_indices, const Input<std::int64_t>& parameter_starts,
    const Input<double>& parameters, const Input<std::int64_t>& letter_starts,
    const Input<std::uint8_t>& letters) {
    return std::make_shared<Program>(
        gate_set_of(gateset), qubits,
        ProgramArrays{to_vector(gates), to_vector(control_counts), to_vector(qubit_starts),
                      to_vector(qubit_indices), to_vector(parameter_starts), to_vector(parameters),
                      to_vector(letter_starts), to_vector(letters)});
}

Arrays program_arrays(const Program& program) {
    const ProgramArrays& arrays = program.arrays();
    Arrays result;
    result["gates"] = to_array<std::uint8_t>(arrays.gates);
    result["control_counts"] = to_array<std::uint8_t>(arrays.control_counts);
    result["qubit_starts"] = to_array<std::int64_t>(arrays.qubit_starts);
    result["qubit_indices"] = to_array<std::int32_t>(arrays.qubits);
    result["parameter_starts"] = to_array<std::int64_t>(arrays.parameter_starts);
    result["parameters"] = to_array<double>(arrays.parameters);
    result["letter_starts"] = to_array<std::int64_t>(arrays.letter_starts);
    result["letters"] = to_array<std::uint8_t>(arrays.letters);
    return result;
}

py::typing::Tuple<int, int> gate_counts(const Program& program) {
    GateCounts counts;
    {
        const py::gil_scoped_release release;
        counts = count_gates(program);
    }
    return py::make_tuple(counts.one_qubit, counts.two_qubit);
}

py::typing::Tuple<py::object, py::typing::Tuple<py::object, py::ellipsis>> reduce(
    const py::object& self) {
    const auto& program = self.cast<const Program&>();
    const Arrays arrays = program_arrays(program);
    py::tuple arguments =
        py::make_tuple(std::string(gate_set_name(program.gate_set())), program.qubits(),
                       arrays["gates"], arrays["control_counts"], arrays["qubit_starts"],
                       arrays["qubit_indices"], arrays["parameter_starts"], arrays["parameters"],
                       arrays["letter_starts"], arrays["letters"]);
    return py::make_tuple(self.attr("__class__"), arguments);
}

}  // namespace

void bind_program(py::module_& module) {
    py::class_<Program, std::shared_ptr<Program>>(
        module, "Program",
        "An immutable circuit in flat form, checked when it is made. Rows of the ragged arrays are "
        "values[starts[r]:starts[r + 1]].")
        .def(py::init(&make_program), py::arg("gateset"), py::arg("qubits"), py::arg("gates"),
             py::arg("control_counts"), py::arg("qubit_starts"), py::arg("qubit_indices"),
             py::arg("parameter_starts"), py::arg("parameters"), py::arg("letter_starts"),
             py::arg("letters"))
        .def_property_readonly(
            "gateset", [](const Program& p) { return std::string(gate_set_name(p.gate_set())); })
        .def_property_readonly("qubits", &Program::qubits, "Declared qubits.")
        .def_property_readonly("size", &Program::size, "Number of gates.")
        .def_property_readonly(
            "touched", [](const Program& p) { return to_array<std::int32_t>(p.touched()); },
            "Qubits that a gate acts on, ascending.")
        .def_property_readonly("gate_counts", &gate_counts,
                               "Gates on one and on two qubits, larger ones broken up.")
        .def_property_readonly("pauliexp_order_matters", &pauliexp_order_matters,
                               "Noise splits a pauliexp whose terms do not commute.")
        .def("arrays", &program_arrays, "The flat form, by the names of the constructor.")
        .def("__len__", &Program::size)
        .def("__reduce__", &reduce);
}

}  // namespace ionsim::bind
