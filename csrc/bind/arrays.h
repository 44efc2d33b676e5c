#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <span>
#include <vector>

namespace ionsim::bind {

template <class T>
std::vector<T> to_vector(
    const pybind11::array_t<T, pybind11::array::c_style | pybind11::array::forcecast>& array) {
    return {array.data(), array.data() + array.size()};
}

template <class T>
pybind11::array_t<T> to_array(std::span<const T> values) {
    return pybind11::array_t<T>(static_cast<pybind11::ssize_t>(values.size()), values.data());
}

// An uninitialised NumPy array of `size` numbers and its memory.
template <class T>
struct NewArray {
    pybind11::array_t<T> array;
    std::span<T> values;

    explicit NewArray(std::size_t size)
        : array(static_cast<pybind11::ssize_t>(size)), values(array.mutable_data(), size) {}
};

}  // namespace ionsim::bind
