#include "bind/bind_formats.h"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bind/arrays.h"
#include "program/program.h"
#include "read/program_text.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using ProblemRow = py::typing::Tuple<py::str, py::str, py::str, py::str, py::str>;
using Reading =
    py::typing::Tuple<std::optional<std::shared_ptr<Program>>,
                      py::typing::Dict<py::str, py::object>, py::typing::List<ProblemRow>>;

py::list registers(const std::vector<Register>& given) {
    py::list rows;
    for (const Register& each : given) {
        rows.append(py::make_tuple(each.name, each.first, each.size));
    }
    return rows;
}

// What goes with the gates of a flow.
py::typing::Dict<py::str, py::object> details(const Flow& flow) {
    py::typing::Dict<py::str, py::object> found;
    found["dynamic"] = flow.dynamic;
    found["dynamic_reason"] = flow.dynamic_reason;
    found["measured"] = flow.measured;
    found["sources"] = to_array<std::int32_t>(flow.sources);
    found["qubit_registers"] = registers(flow.qubit_registers);
    found["bit_registers"] = registers(flow.bit_registers);
    py::list assertions;
    for (const Flow::Assertion& each : flow.assertions) {
        assertions.append(py::make_tuple(each.qubit, each.value, each.place));
    }
    found["assertions"] = assertions;
    std::vector<std::int64_t> instructions;
    std::vector<std::int64_t> code;
    if (flow.dynamic) {
        for (const FlowInstruction& each : flow.instructions) {
            instructions.insert(instructions.end(),
                                {static_cast<std::int64_t>(each.op), each.first, each.second});
        }
        for (const Code& each : flow.code) {
            code.insert(code.end(), {static_cast<std::int64_t>(each.op), each.operand});
        }
    }
    found["instructions"] = to_array<std::int64_t>(instructions);
    found["code"] = to_array<std::int64_t>(code);
    found["code_starts"] = to_array<std::int64_t>(flow.code_starts);
    found["bits"] = flow.bits;
    found["variables"] = flow.variables;
    found["loops"] = flow.loops;
    return found;
}

Reading read_text(const std::string& text, const std::string& language, const std::string& path,
                  std::size_t limit, int version, const std::map<std::string, double>& inputs,
                  std::uint64_t max_gates, std::int64_t max_rounds) {
    TextOptions options;
    options.path = path;
    options.problems = limit;
    options.version = version;
    options.inputs.assign(inputs.begin(), inputs.end());
    options.limits.gates = max_gates;
    options.limits.rounds = max_rounds;
    TextReading reading;
    std::shared_ptr<Program> program;
    {
        const py::gil_scoped_release release;
        reading = language == "quipper" ? read_quipper(text, options) : read_qasm(text, options);
        if (reading.flow) {
            Flow& flow = *reading.flow;
            program = std::make_shared<Program>(flow.set, std::max<std::int64_t>(flow.qubits, 1),
                                                std::move(flow.gates));
        }
    }
    py::typing::List<ProblemRow> problems;
    for (const Problem& problem : reading.problems) {
        problems.append(py::make_tuple(problem.code, problem.path, problem.value, problem.message,
                                       problem.allowed));
    }
    if (!program) return py::make_tuple(py::none(), py::dict(), problems);
    return py::make_tuple(program, details(*reading.flow), problems);
}

}  // namespace

void bind_formats(py::module_& module) {
    module.def("read_text", &read_text, py::arg("text"), py::arg("language"), py::kw_only(),
               py::arg("path"), py::arg("limit"), py::arg("version"), py::arg("inputs"),
               py::arg("max_gates"), py::arg("max_rounds"),
               R"(Reads a program text in the language "openqasm" or "quipper".

Returns the gates, what goes with them, and no problems; or None, nothing, and the first `limit`
problems, each as (code, path, value, message, allowed). `version` is that of OpenQASM texts without
a version line, 0 guesses it.)");
}

}  // namespace ionsim::bind
