#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bind/bind.h"
#include "gates/gate.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using Row = py::typing::Dict<py::str, py::object>;

Row parameter_row(const GateParameter& parameter) {
    Row row;
    row["field"] = std::string(parameter.field);
    row["unit"] = std::string(parameter.unit);
    row["count"] = parameter.count;
    row["optional"] = parameter.optional;
    row["default"] = parameter.fallback ? py::cast(*parameter.fallback) : py::none();
    row["alias"] =
        parameter.alias.empty() ? py::object(py::none()) : py::cast(std::string(parameter.alias));
    return row;
}

py::typing::List<Row> gate_rows() {
    py::typing::List<Row> rows;
    for (const GateInfo& info : gate_table()) {
        py::list parameters;
        for (const GateParameter& parameter : info.fields())
            parameters.append(parameter_row(parameter));
        Row row;
        row["name"] = std::string(info.name);
        row["gateset"] = std::string(gate_set_name(info.set));
        row["targets"] = info.targets;
        row["min_controls"] = info.min_controls;
        row["max_controls"] = info.max_controls;
        row["parameters"] = parameters;
        row["formula"] = std::string(info.formula);
        row["summary"] = std::string(info.summary);
        rows.append(row);
    }
    return rows;
}

}  // namespace

void bind_gates(py::module_& module) {
    module.def("gate_table", &gate_rows,
               "The gate table: one dict a gate. A row's place is its code in a program.");
}

}  // namespace ionsim::bind
