#include "bind/bind_read.h"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "bind/gate_set.h"
#include "bind/python_document.h"
#include "read/circuit_json.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using Qubits = std::optional<std::int64_t>;

// (program or None, problems), a problem as (code, path, value, message, allowed).
using ProblemRow = py::typing::Tuple<py::str, py::str, py::str, py::str, py::str>;
using Reading =
    py::typing::Tuple<std::optional<std::shared_ptr<Program>>, py::typing::List<ProblemRow>>;

Reading to_python(ReadResult result) {
    py::typing::List<ProblemRow> problems;
    for (const Problem& problem : result.problems) {
        problems.append(py::make_tuple(problem.code, problem.path, problem.value, problem.message,
                                       problem.allowed));
    }
    if (!result.program) return py::make_tuple(py::none(), problems);
    return py::make_tuple(std::make_shared<Program>(std::move(*result.program)), problems);
}

// The bytes of an object with the buffer protocol, held while this lives; absent when it has none
// or its items are not bytes.
class Bytes {
  public:
    explicit Bytes(PyObject* source) {
        if (PyObject_CheckBuffer(source) == 0) return;
        held_ = PyObject_GetBuffer(source, &buffer_, PyBUF_SIMPLE) == 0;
        if (!held_) forget_python_error();
    }
    ~Bytes() {
        if (held_) PyBuffer_Release(&buffer_);
    }
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;

    std::optional<std::string_view> text() const {
        if (!held_ || buffer_.itemsize != 1) return {};
        return std::string_view(static_cast<const char*>(buffer_.buf),
                                static_cast<std::size_t>(buffer_.len));
    }
    bool can_change() const { return buffer_.readonly == 0; }

  private:
    Py_buffer buffer_{};
    bool held_ = false;
};

ReadResult read_text(std::string_view text, GateSet set, Qubits qubits, const std::string& path,
                     std::size_t limit) {
    const py::gil_scoped_release release;
    return read_gates(text, set, qubits, path, limit);
}

ReadResult read_objects(const py::object& source, GateSet set, Qubits qubits,
                        const std::string& path, std::size_t limit) {
    Document document;
    PythonReader objects(document);
    GateListReader gates(document, set, qubits, path, limit);
    constexpr std::size_t kBetweenSignals = 4096;
    std::size_t count = 0;
    // Gate by gate: the document never holds more than one.
    const bool list = objects.for_each(source, [&](py::handle gate) {
        if (gates.full()) return;
        if (++count % kBetweenSignals == 0 && PyErr_CheckSignals() != 0) {
            throw py::error_already_set();
        }
        document.rewind(Document::kRoot);
        objects.add(gate);
        gates.read(Document::kRoot);
    });
    if (list) return gates.finish();
    objects.add(source);
    return gates.no_list(Document::kRoot);
}

Reading read(const py::object& source, const std::string& gateset, Qubits qubits,
             const std::string& path, std::size_t limit) {
    const GateSet set = gate_set_of(gateset);
    if (PyUnicode_Check(source.ptr())) {
        Py_ssize_t size = 0;
        if (const char* text = PyUnicode_AsUTF8AndSize(source.ptr(), &size)) {
            const std::string_view view(text, static_cast<std::size_t>(size));
            return to_python(read_text(view, set, qubits, path, limit));
        }
        // A text with lone surrogates is no JSON; written out, they show in the message.
        forget_python_error();
        const py::object bytes = py::reinterpret_steal<py::object>(
            PyUnicode_AsEncodedString(source.ptr(), "utf-8", "surrogatepass"));
        if (!bytes) throw py::error_already_set();
        const auto view = bytes.cast<std::string_view>();
        return to_python(read_text(view, set, qubits, path, limit));
    }
    const Bytes bytes(source.ptr());
    if (const auto text = bytes.text()) {
        // Another thread may write to memory that can change once the GIL is released.
        const std::string copy = bytes.can_change() ? std::string(*text) : std::string();
        return to_python(read_text(bytes.can_change() ? copy : *text, set, qubits, path, limit));
    }
    return to_python(read_objects(source, set, qubits, path, limit));
}

}  // namespace

void bind_read(py::module_& module) {
    module.def("read_gates", &read, py::arg("source"), py::arg("gateset"), py::arg("qubits"),
               py::arg("path"), py::arg("limit") = 20,
               "Reads a gate list: JSON text (str or bytes-like), or a sequence of mappings.\n\n"
               "Returns the program and no problems, or None and the first `limit` problems, each\n"
               "as (code, path, value, message, allowed). `qubits` None infers the width; `path`\n"
               "is the place of the list in the job, such as \"input.circuit\".");
}

}  // namespace ionsim::bind
