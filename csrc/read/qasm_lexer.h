#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ionsim::qasm {

enum class TokenKind : std::uint8_t {
    kEnd,
    kName,
    kInteger,
    kReal,
    kDuration,  // a number with a unit, such as 100ns
    kString,    // the text between the quotes
    kSign,
    kHardwareQubit,  // $0
    kPragma,         // to the end of the line
    kAnnotation,     // to the end of the line
};

// A sign of up to three characters as one number.
constexpr std::uint32_t sign(std::string_view text) {
    std::uint32_t packed = 0;
    for (const char c : text) packed = packed << 8 | static_cast<unsigned char>(c);
    return packed;
}

struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::uint32_t sign = 0;
    std::size_t offset = 0;
    std::string_view text;
    std::uint64_t integer = 0;
    double real = 0.0;  // the value of integers too

    bool is(std::string_view wanted) const {
        return kind == TokenKind::kSign && sign == qasm::sign(wanted);
    }
};

// Cuts OpenQASM 2 and 3 into tokens. Throws Refusal for what is none.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next();
    std::string_view text() const { return text_; }

  private:
    void skip_blanks();
    Token word(std::size_t begin);
    Token number(std::size_t begin);
    Token based_number(std::size_t begin, unsigned base);
    Token quoted(std::size_t begin);
    Token line(std::size_t begin, TokenKind kind);
    Token signs(std::size_t begin);
    char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

    std::string_view text_;
    std::size_t next_ = 0;
};

}  // namespace ionsim::qasm
