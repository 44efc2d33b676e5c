#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error.h"
#include "bind/arrays.h"
#include "bind/bind_formats.h"
#include "bind/options.h"
#include "run/dynamic.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using Int64 = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;
using RegisterRow = std::tuple<std::string, std::int64_t, std::int64_t>;

Flow make_flow(std::int64_t qubits, const Int64& instructions, const Int64& code,
               const Int64& code_starts, std::int64_t bits, std::int64_t variables,
               std::int64_t loops, const std::vector<RegisterRow>& registers) {
    Flow flow;
    flow.qubits = qubits;
    const std::vector<std::int64_t> rows = to_vector<std::int64_t>(instructions);
    for (std::size_t i = 0; i + 2 < rows.size(); i += 3) {
        if (rows[i] < 0 || rows[i] > static_cast<std::int64_t>(FlowOp::kRound)) {
            throw ProgramError("unknown instruction");
        }
        flow.instructions.push_back({static_cast<FlowOp>(rows[i]), rows[i + 1], rows[i + 2]});
    }
    const std::vector<std::int64_t> codes = to_vector<std::int64_t>(code);
    for (std::size_t i = 0; i + 1 < codes.size(); i += 2) {
        if (codes[i] < 0 || codes[i] > static_cast<std::int64_t>(CodeOp::kPopcount)) {
            throw ProgramError("unknown operation");
        }
        flow.code.push_back({static_cast<CodeOp>(codes[i]), codes[i + 1]});
    }
    flow.code_starts = to_vector<std::int64_t>(code_starts);
    flow.bits = bits;
    flow.variables = variables;
    flow.loops = loops;
    for (const auto& [name, first, size] : registers) {
        if (first < 0 || size < 0 || first > bits - size) throw ProgramError("bad register");
        flow.bit_registers.push_back({name, first, size});
    }
    return flow;
}

py::array_t<std::uint8_t> sample(const std::shared_ptr<Program>& gates, const Int64& instructions,
                                 const Int64& code, const Int64& code_starts, std::int64_t bits,
                                 std::int64_t variables, std::int64_t loops,
                                 const std::vector<RegisterRow>& registers,
                                 const std::optional<NoiseRates>& rates, std::uint64_t seed,
                                 std::uint64_t shot_begin, std::uint64_t shot_end,
                                 const Options& options) {
    if (shot_end < shot_begin) throw py::value_error("the shot range ends before it begins");
    const Flow flow = make_flow(gates->qubits(), instructions, code, code_starts, bits, variables,
                                loops, registers);
    check_flow(flow, gates->size());
    const std::uint64_t shots = shot_end - shot_begin;
    std::size_t width = 0;
    for (const Register& each : flow.bit_registers) width += static_cast<std::size_t>(each.size);
    require_memory(dynamic_memory(flow, *gates, shots, options.run), options.run);
    NewArray<std::uint8_t> output(static_cast<std::size_t>(shots) * width);
    RunControl control(callback_of(options));
    {
        const py::gil_scoped_release release;
        const NoiseRates given = rates.value_or(NoiseRates{});
        if (single(options)) {
            sample_dynamic<float>(flow, *gates, given, rates.has_value(), seed, shot_begin, shots,
                                  output.values, options.run, control);
        } else {
            sample_dynamic<double>(flow, *gates, given, rates.has_value(), seed, shot_begin, shots,
                                   output.values, options.run, control);
        }
    }
    return output.array.reshape({static_cast<py::ssize_t>(shots), static_cast<py::ssize_t>(width)});
}

EstimateRow estimate(const std::shared_ptr<Program>& gates, const Int64& instructions,
                     const Int64& code, const Int64& code_starts, std::int64_t bits,
                     std::int64_t variables, std::int64_t loops,
                     const std::vector<RegisterRow>& registers,
                     const std::optional<NoiseRates>& rates, std::uint64_t shots,
                     const Options& options) {
    const Flow flow = make_flow(gates->qubits(), instructions, code, code_starts, bits, variables,
                                loops, registers);
    check_flow(flow, gates->size());
    Estimate result;
    {
        const py::gil_scoped_release release;
        result = estimate_dynamic(flow, *gates, rates.value_or(NoiseRates{}), rates.has_value(),
                                  shots, options.run);
    }
    return estimate_row(result);
}

}  // namespace

void bind_dynamic(py::module_& module) {
    module.def("sample_dynamic", &sample, py::arg("gates"), py::arg("instructions"),
               py::arg("code"), py::arg("code_starts"), py::arg("bits"), py::arg("variables"),
               py::arg("loops"), py::arg("registers"), py::arg("rates"), py::arg("seed"),
               py::arg("shot_begin"), py::arg("shot_end"), py::arg("options"),
               "Classical bits of shots [shot_begin, shot_end) of a program that measures on the "
               "way, shape (shots, bits of the registers).");
    module.def("estimate_dynamic", &estimate, py::arg("gates"), py::arg("instructions"),
               py::arg("code"), py::arg("code_starts"), py::arg("bits"), py::arg("variables"),
               py::arg("loops"), py::arg("registers"), py::arg("rates"), py::arg("shots"),
               py::arg("options"), "Time and memory of such a run, before running.");
    module.def(
        "check_dynamic_memory",
        [](const std::shared_ptr<Program>& gates, const Int64& instructions, const Int64& code,
           const Int64& code_starts, std::int64_t bits, std::int64_t variables, std::int64_t loops,
           const std::vector<RegisterRow>& registers, std::uint64_t shots, const Options& options) {
            const Flow flow = make_flow(gates->qubits(), instructions, code, code_starts, bits,
                                        variables, loops, registers);
            require_memory(dynamic_memory(flow, *gates, shots, options.run), options.run);
        },
        py::arg("gates"), py::arg("instructions"), py::arg("code"), py::arg("code_starts"),
        py::arg("bits"), py::arg("variables"), py::arg("loops"), py::arg("registers"),
        py::arg("shots"), py::arg("options"), "Refuse such a run if it needs too much memory.");
}

}  // namespace ionsim::bind
