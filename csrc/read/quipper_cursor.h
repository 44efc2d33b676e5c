#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/text_problem.h"

namespace ionsim::quipper {

inline constexpr std::int64_t kMostWire = 2'000'000'000;

// Reads one line from left to right.
class Cursor {
  public:
    Cursor(std::string_view line, std::size_t offset) : line_(line), offset_(offset) {}

    bool at_end() {
        blanks();
        return next_ >= line_.size();
    }
    void skip() { next_ = line_.size(); }
    std::size_t offset() const { return offset_ + next_; }

    bool accept(std::string_view text) {
        blanks();
        if (!line_.substr(next_).starts_with(text)) return false;
        next_ += text.size();
        return true;
    }
    void expect(std::string_view text) {
        if (!accept(text)) refuse(quoted(text) + " is missing", std::string(text));
    }
    [[noreturn]] void refuse(std::string message, std::string allowed) {
        blanks();
        std::string value = next_ >= line_.size() ? "the end of the line" : std::string();
        throw Refusal{offset(), std::move(message), std::move(allowed), std::move(value)};
    }

    std::string_view word() {
        blanks();
        const std::size_t begin = next_;
        while (next_ < line_.size() && is_word(line_[next_])) ++next_;
        return line_.substr(begin, next_ - begin);
    }
    // Between quotes, or, in old files, to the end of the line.
    std::string_view text(bool may_be_bare = false) {
        blanks();
        if (next_ < line_.size() && line_[next_] == '"') {
            const std::size_t begin = ++next_;
            while (next_ < line_.size() && line_[next_] != '"') {
                next_ += line_[next_] == '\\' ? 2 : 1;
            }
            if (next_ >= line_.size()) {
                next_ = begin - 1;
                refuse("this string does not end", "\" at its end");
            }
            return line_.substr(begin, next_++ - begin);
        }
        if (!may_be_bare) refuse("a name in quotes is missing", "a name in quotes");
        const std::size_t begin = next_;
        next_ = line_.size();
        std::string_view bare = line_.substr(begin);
        while (!bare.empty() && (bare.back() == ' ' || bare.back() == '\r')) bare.remove_suffix(1);
        return bare;
    }
    std::int64_t wire() {
        blanks();
        std::int64_t number = 0;
        const char* const begin = line_.data() + next_;
        const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), number);
        if (error != std::errc{} || number < 0 || number > kMostWire) {
            refuse("not a wire", "a whole number from 0 to " + std::to_string(kMostWire));
        }
        next_ += static_cast<std::size_t>(end - begin);
        return number;
    }
    std::uint64_t count() {
        blanks();
        std::uint64_t number = 0;
        const char* const begin = line_.data() + next_;
        const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), number);
        if (error != std::errc{}) refuse("not a number of rounds", "a whole number below 2^64");
        next_ += static_cast<std::size_t>(end - begin);
        return number;
    }
    double number() {
        blanks();
        accept("+");
        double number = 0.0;
        const char* const begin = line_.data() + next_;
        const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), number);
        const bool finite = number - number == 0.0;
        if (error != std::errc{} || !finite) refuse("not a number", "a finite number");
        next_ += static_cast<std::size_t>(end - begin);
        return number;
    }
    std::vector<std::int64_t> wires(std::string_view end) {
        std::vector<std::int64_t> found;
        while (!accept(end)) {
            found.push_back(wire());
            if (!accept(",")) {
                expect(end);
                break;
            }
        }
        return found;
    }

  private:
    static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    }
    void blanks() {
        while (next_ < line_.size() &&
               (line_[next_] == ' ' || line_[next_] == '\t' || line_[next_] == '\r')) {
            ++next_;
        }
    }

    std::string_view line_;
    std::size_t offset_;
    std::size_t next_ = 0;
};

}  // namespace ionsim::quipper
