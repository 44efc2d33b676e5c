#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <vector>

namespace ionsim {

// A short list: up to kInline values lie inside it, and no memory is asked for; more of them lie in
// a vector. Steps are made by the thousand, and most of their lists hold one or two values.
template <class T, std::size_t kInline>
class SmallVector {
  public:
    using value_type = T;

    SmallVector() = default;
    SmallVector(std::initializer_list<T> values) { assign(values.begin(), values.end()); }
    template <class Iterator>
    SmallVector(Iterator begin, Iterator end) {
        assign(begin, end);
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return size_ <= kInline ? inside_.data() : outside_.data(); }
    const T* data() const { return size_ <= kInline ? inside_.data() : outside_.data(); }
    T* begin() { return data(); }
    T* end() { return data() + size_; }
    const T* begin() const { return data(); }
    const T* end() const { return data() + size_; }
    T& operator[](std::size_t place) { return data()[place]; }
    const T& operator[](std::size_t place) const { return data()[place]; }

    // New places hold `value`.
    void resize(std::size_t size, const T& value = T{}) {
        if (size > kInline) {
            if (size_ <= kInline) outside_.assign(inside_.begin(), inside_.begin() + size_);
            outside_.resize(size, value);
        } else {
            if (size_ > kInline) std::copy_n(outside_.begin(), size, inside_.begin());
            if (size > size_) std::fill(inside_.begin() + size_, inside_.begin() + size, value);
        }
        size_ = size;
    }
    void push_back(const T& value) { resize(size_ + 1, T{value}); }
    template <class Iterator>
    void assign(Iterator begin, Iterator end) {
        resize(static_cast<std::size_t>(end - begin));
        std::copy(begin, end, data());
    }
    void assign(std::size_t size, const T& value) {
        resize(0);
        resize(size, value);
    }

  private:
    std::size_t size_ = 0;
    std::array<T, kInline> inside_{};
    std::vector<T> outside_;  // all values, where they are more than kInline
};

}  // namespace ionsim
