#include "bind/python_document.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace py = pybind11;

namespace ionsim::bind {
namespace {

std::string_view type_name(PyObject* value) {
    return Py_TYPE(value)->tp_name;
}

// NumPy's booleans and complex numbers offer to be converted to a float, and must not be.
bool is_numpy_boolean(PyObject* value) {
    const std::string_view name = type_name(value);
    return name == "numpy.bool" || name == "numpy.bool_";
}
bool is_complex(PyObject* value) {
    return PyComplex_Check(value) || type_name(value).starts_with("numpy.complex");
}

py::object owned(PyObject* result) {
    if (result == nullptr) forget_python_error();
    return py::reinterpret_steal<py::object>(result);
}

// The characters of a str. They live as long as `value`, or as `holder` where the text has lone
// surrogates, which UTF-8 cannot write.
std::string_view characters(PyObject* value, py::object& holder) {
    Py_ssize_t size = 0;
    if (const char* text = PyUnicode_AsUTF8AndSize(value, &size)) {
        return {text, static_cast<std::size_t>(size)};
    }
    forget_python_error();
    holder = owned(PyUnicode_AsEncodedString(value, "utf-8", "backslashreplace"));
    if (!holder) return {};
    return {PyBytes_AS_STRING(holder.ptr()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(holder.ptr()))};
}

}  // namespace

void forget_python_error() {
    if (PyErr_Occurred() == nullptr) return;
    const bool harmless =
        PyErr_ExceptionMatches(PyExc_Exception) && !PyErr_ExceptionMatches(PyExc_MemoryError);
    if (!harmless) throw py::error_already_set();
    PyErr_Clear();
}

namespace detail {

bool is_sequence(PyObject* value) {
    if (PyList_Check(value) || PyTuple_Check(value)) return true;
    const bool text = PyUnicode_Check(value) || PyBytes_Check(value) || PyByteArray_Check(value) ||
                      PyMemoryView_Check(value);
    return !text && !PyDict_Check(value) && PySequence_Check(value);
}

py::object sequence_item(PyObject* sequence, Py_ssize_t index) {
    // The length is looked at each time: reading an item may run code that changes the list.
    if (PyList_Check(sequence)) {
        if (index >= PyList_GET_SIZE(sequence)) return {};
        return py::reinterpret_borrow<py::object>(PyList_GET_ITEM(sequence, index));
    }
    if (PyTuple_Check(sequence)) {
        return py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(sequence, index));
    }
    return owned(PySequence_GetItem(sequence, index));
}

}  // namespace detail

void PythonReader::add(py::handle value) {
    PyObject* const object = value.ptr();
    if (object == nullptr) {
        add_unsupported("item that cannot be read");
        return;
    }
    if (add_scalar(object) || add_container(object) || add_number_like(object)) return;
    add_unsupported("object of type " + std::string(type_name(object)));
}

bool PythonReader::add_scalar(PyObject* value) {
    if (PyUnicode_Check(value)) {
        add_text(value);
    } else if (PyBool_Check(value)) {
        document_.add_boolean(value == Py_True);
    } else if (PyLong_Check(value)) {
        add_integer(value);
    } else if (PyFloat_Check(value)) {
        document_.add_number(PyFloat_AS_DOUBLE(value), false);
    } else if (value == Py_None) {
        document_.add_null();
    } else {
        return false;
    }
    return true;
}

void PythonReader::add_text(PyObject* value) {
    py::object holder;
    document_.add_string(document_.keep(characters(value, holder)));
}

void PythonReader::add_unsupported(std::string_view what) {
    document_.add_unsupported(document_.keep(what));
}

void PythonReader::add_integer(PyObject* value) {
    constexpr long long kExact = 1LL << 53;
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow == 0 && small >= -kExact && small <= kExact) {
        document_.add_number(static_cast<double>(small), true);
        return;
    }
    // A double holds the value only nearly, or not at all; the digits are for the message.
    double nearly = PyLong_AsDouble(value);
    if (PyErr_Occurred() != nullptr) {
        forget_python_error();
        const double sign = overflow < 0 ? -1.0 : 1.0;
        nearly = sign * std::numeric_limits<double>::infinity();
    }
    // Python refuses to write out integers of thousands of digits.
    std::string_view digits = "<an integer too long to show>";
    py::object holder;
    const py::object text = owned(PyNumber_ToBase(value, 10));
    if (text) digits = characters(text.ptr(), holder);
    document_.add_number(nearly, true, document_.keep(digits));
}

// Objects that say how to become a number, such as NumPy's scalars.
bool PythonReader::add_number_like(PyObject* value) {
    if (is_numpy_boolean(value)) {
        document_.add_boolean(PyObject_IsTrue(value) == 1);
        return true;
    }
    if (is_complex(value)) return false;
    if (PyIndex_Check(value)) {
        if (const py::object integer = owned(PyNumber_Index(value))) {
            add_integer(integer.ptr());
            return true;
        }
    }
    const PyNumberMethods* const methods = Py_TYPE(value)->tp_as_number;
    if (methods == nullptr || methods->nb_float == nullptr) return false;
    const py::object number = owned(PyNumber_Float(value));
    if (!number) return false;
    document_.add_number(PyFloat_AS_DOUBLE(number.ptr()), false);
    return true;
}

bool PythonReader::add_container(PyObject* value) {
    const bool dict = PyDict_Check(value);
    const bool container = dict || detail::is_sequence(value) || PyMapping_Check(value);
    if (!container) return false;
    if (std::find(entered_.begin(), entered_.end(), value) != entered_.end()) {
        add_unsupported("circular reference");
        return true;
    }
    if (entered_.size() >= kMaxDepth) {
        add_unsupported("nesting deeper than " + std::to_string(kMaxDepth));
        return true;
    }
    if (dict) {
        add_dict(value);
        return true;
    }
    if (add_mapping(value)) return true;
    if (!detail::is_sequence(value) || PySequence_Size(value) < 0) {
        // Arrays without dimensions end up here: they are numbers.
        forget_python_error();
        return false;
    }
    const Document::Index node = document_.open(NodeKind::kArray);
    std::uint64_t count = 0;
    for_each(value, [&](py::handle item) {
        add(item);
        ++count;
    });
    document_.close(node, count);
    return true;
}

void PythonReader::add_dict(PyObject* value) {
    const Document::Index node = document_.open(NodeKind::kObject);
    entered_.push_back(value);
    // At most as many members as now: reading one may run code that adds others for ever.
    const Py_ssize_t size = PyDict_Size(value);
    Py_ssize_t position = 0;
    PyObject* key = nullptr;
    PyObject* member = nullptr;
    Py_ssize_t count = 0;
    while (count < size && PyDict_Next(value, &position, &key, &member)) {
        const auto held_key = py::reinterpret_borrow<py::object>(key);
        const auto held_member = py::reinterpret_borrow<py::object>(member);
        add_member(held_key.ptr(), held_member.ptr());
        ++count;
    }
    entered_.pop_back();
    document_.close(node, static_cast<std::uint64_t>(count));
}

// Mappings that are no dict; false for sequences, which offer part of the mapping protocol too.
bool PythonReader::add_mapping(PyObject* value) {
    if (PyList_Check(value) || PyTuple_Check(value)) return false;
    if (!PyMapping_Check(value) || PyObject_HasAttrString(value, "keys") == 0) return false;
    const py::object items = owned(PyMapping_Items(value));
    if (!items || !PyList_Check(items.ptr())) return false;
    const Document::Index node = document_.open(NodeKind::kObject);
    std::uint64_t count = 0;
    entered_.push_back(value);
    for (Py_ssize_t index = 0; index < PyList_GET_SIZE(items.ptr()); ++index) {
        const py::object item = detail::sequence_item(items.ptr(), index);
        if (!PyTuple_Check(item.ptr()) || PyTuple_GET_SIZE(item.ptr()) != 2) continue;
        add_member(PyTuple_GET_ITEM(item.ptr(), 0), PyTuple_GET_ITEM(item.ptr(), 1));
        ++count;
    }
    entered_.pop_back();
    document_.close(node, count);
    return true;
}

void PythonReader::add_member(PyObject* key, PyObject* value) {
    if (PyUnicode_Check(key)) {
        add_text(key);
    } else {
        add_unsupported("key of type " + std::string(type_name(key)));
    }
    add(value);
}

}  // namespace ionsim::bind
