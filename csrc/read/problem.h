#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/document.h"

namespace ionsim {

// One mistake in an input: where it is, what came, what is allowed.
struct Problem {
    std::string code;     // InvalidInput, UnsupportedGate, TooManyControls or CircuitTooLarge
    std::string path;     // JSON path, such as input.circuit[3].targets[1]
    std::string value;    // what came, as short JSON in ASCII; empty where nothing came
    std::string message;  // what is wrong
    std::string allowed;  // what is allowed there, and what to do; may be empty
};

inline constexpr std::string_view kInvalidInput = "InvalidInput";
inline constexpr std::string_view kUnsupportedGate = "UnsupportedGate";
inline constexpr std::string_view kTooManyControls = "TooManyControls";
inline constexpr std::string_view kCircuitTooLarge = "CircuitTooLarge";

// The problems of one gate list, up to a limit. A path is put together only when it is needed.
class Problems {
  public:
    // A place inside the current gate: the gate itself, a key, or an element of a key's list.
    struct Place {
        std::optional<std::string_view> key = {};
        std::optional<std::size_t> element = {};
    };

    // A limit of zero is taken as one, so that a bad list never looks like a good one.
    Problems(const Document& document, std::string_view path, std::size_t limit)
        : document_(document), path_(path), limit_(limit > 0 ? limit : 1) {}

    bool full() const { return list_.size() >= limit_; }
    bool empty() const { return list_.empty(); }
    std::size_t size() const { return list_.size(); }
    std::vector<Problem> take() { return std::move(list_); }

    void set_gate(std::size_t gate) { gate_ = gate; }

    // `node` is what came there. Nothing happens once the list is full.
    void add(const Place& place, Document::Index node, std::string message, std::string allowed,
             std::string_view code = kInvalidInput);
    // The same for a value that is no node, given as short JSON.
    void add_value(const Place& place, std::string value, std::string message, std::string allowed,
                   std::string_view code = kInvalidInput);
    // A problem outside the gates.
    void add_at(std::string path, std::string value, std::string message, std::string allowed);

  private:
    const Document& document_;
    std::string_view path_;
    std::size_t limit_;
    std::size_t gate_ = 0;
    std::vector<Problem> list_;
};

}  // namespace ionsim
