#include "read/problem.h"

#include <algorithm>
#include <utility>

namespace ionsim {
namespace {

// A key behind a point where it can be one, in brackets otherwise: users' keys may be anything.
void append_key(std::string& path, std::string_view key) {
    constexpr std::size_t kLongest = 40;
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    if (!key.empty() && key.size() <= kLongest && std::all_of(key.begin(), key.end(), is_plain)) {
        path += '.';
        path += key;
    } else {
        path += '[';
        path += short_json(key, kLongest);
        path += ']';
    }
}

void append_index(std::string& path, std::size_t index) {
    path += '[';
    path += std::to_string(index);
    path += ']';
}

}  // namespace

void Problems::add(const Place& place, Document::Index node, std::string message,
                   std::string allowed, std::string_view code) {
    if (full()) return;
    add_value(place, short_json(document_, node), std::move(message), std::move(allowed), code);
}

void Problems::add_value(const Place& place, std::string value, std::string message,
                         std::string allowed, std::string_view code) {
    if (full()) return;
    std::string path(path_);
    append_index(path, gate_);
    if (place.key) append_key(path, *place.key);
    if (place.element) append_index(path, *place.element);
    list_.push_back({std::string(code), std::move(path), std::move(value), std::move(message),
                     std::move(allowed)});
}

void Problems::add_at(std::string path, std::string value, std::string message,
                      std::string allowed) {
    if (full()) return;
    list_.push_back({std::string(kInvalidInput), std::move(path), std::move(value),
                     std::move(message), std::move(allowed)});
}

}  // namespace ionsim
