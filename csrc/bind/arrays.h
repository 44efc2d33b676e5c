#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/memory.h"

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

// An array that owns a buffer; a complex number is made of two of its numbers.
template <class Number, class T>
pybind11::array_t<Number> owning_array(AlignedBuffer<T> buffer) {
    auto held = std::make_unique<AlignedBuffer<T>>(std::move(buffer));
    const auto* const values = reinterpret_cast<const Number*>(held->data());
    const std::size_t size = held->size() * sizeof(T) / sizeof(Number);
    const pybind11::capsule owner(held.get(), [](void* pointer) {
        const std::unique_ptr<AlignedBuffer<T>> dying(static_cast<AlignedBuffer<T>*>(pointer));
    });
    (void)held.release();
    return pybind11::array_t<Number>(static_cast<pybind11::ssize_t>(size), values, owner);
}

// An uninitialised NumPy array of `size` numbers and its memory.
template <class T>
struct NewArray {
    pybind11::array_t<T> array;
    std::span<T> values;

    explicit NewArray(std::size_t size)
        : array(size >= kLargeBytes / sizeof(T)
                    ? owning_array<T>(AlignedBuffer<T>(size))
                    : pybind11::array_t<T>(static_cast<pybind11::ssize_t>(size))),
          values(array.mutable_data(), size) {}
};

}  // namespace ionsim::bind
