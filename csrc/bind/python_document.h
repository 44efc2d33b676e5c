#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <vector>

#include "read/document.h"

namespace ionsim::bind {

// Throws on what must not be swallowed (an interrupt, no memory); forgets any other Python error,
// because an object that cannot be read is the user's mistake, to be reported with its place.
void forget_python_error();

// Turns Python objects into document nodes, with the meaning that their JSON would have: None,
// bool, int, float, str, mappings and sequences, NumPy scalars and arrays among them. Whatever else
// comes, and what nests too deep or in a circle, becomes an unsupported node.
class PythonReader {
  public:
    static constexpr std::size_t kMaxDepth = 8;  // a gate list needs four

    explicit PythonReader(Document& document) : document_(document) {}

    void add(pybind11::handle value);

    // Calls body(item) for each item of a list, tuple or other sequence and returns true; false
    // when the object is none. Text is no sequence here. Inside the call, the object counts as
    // entered.
    template <class Body>
    bool for_each(pybind11::handle sequence, Body&& body);

  private:
    bool add_scalar(PyObject* value);
    void add_integer(PyObject* value);
    void add_text(PyObject* value);
    bool add_number_like(PyObject* value);
    bool add_container(PyObject* value);
    void add_dict(PyObject* value);
    bool add_mapping(PyObject* value);
    void add_member(PyObject* key, PyObject* value);
    void add_unsupported(std::string_view what);

    Document& document_;
    std::vector<PyObject*> entered_;  // the containers that are being read, outermost first
};

namespace detail {
bool is_sequence(PyObject* value);
// The item at `index`, or nothing when the sequence has become shorter or will not give it.
pybind11::object sequence_item(PyObject* sequence, Py_ssize_t index);
}  // namespace detail

template <class Body>
bool PythonReader::for_each(pybind11::handle sequence, Body&& body) {
    if (!detail::is_sequence(sequence.ptr())) return false;
    const Py_ssize_t size = PySequence_Size(sequence.ptr());
    if (size < 0) {
        forget_python_error();
        return false;
    }
    entered_.push_back(sequence.ptr());
    for (Py_ssize_t index = 0; index < size; ++index) {
        const pybind11::object item = detail::sequence_item(sequence.ptr(), index);
        body(pybind11::handle(item));
        if (!item) break;
    }
    entered_.pop_back();
    return true;
}

}  // namespace ionsim::bind
