#include "read/qasm_lexer.h"

#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "read/text_problem.h"
#include "read/utf8.h"

namespace ionsim::qasm {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Longest first, so that the first that fits is the one that is meant.
constexpr std::array<std::string_view, 29> kSigns = {
    "**=", "<<=", ">>=", "->", "==", "!=", "<=", ">=", "&&", "||", "++", "**", "<<", ">>", "+=",
    "-=",  "*=",  "/=",  "%=", "&=", "|=", "^=", "~=", "+",  "-",  "*",  "/",  "<",  ">"};
constexpr std::string_view kSingles = "(){}[];,:=@%^&|~!";

}  // namespace

void Lexer::skip_blanks() {
    while (next_ < text_.size()) {
        const char c = text_[next_];
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
            ++next_;
        } else if (c == '/' && at(next_ + 1) == '/') {
            const std::size_t end = text_.find('\n', next_);
            next_ = end == std::string_view::npos ? text_.size() : end + 1;
        } else if (c == '/' && at(next_ + 1) == '*') {
            const std::size_t end = text_.find("*/", next_ + 2);
            if (end == std::string_view::npos) {
                const std::size_t begin = next_;
                next_ = text_.size();
                throw Refusal{begin, "this comment does not end", "*/ at its end"};
            }
            next_ = end + 2;
        } else {
            return;
        }
    }
}

Token Lexer::next() {
    skip_blanks();
    const std::size_t begin = next_;
    if (begin >= text_.size()) return {TokenKind::kEnd, 0, text_.size(), {}};
    const char c = text_[begin];
    if (is_digit(c) || (c == '.' && is_digit(at(begin + 1)))) return number(begin);
    if (is_word(c)) return word(begin);
    if (c == '"' || c == '\'') return quoted(begin);
    if (c == '@' && is_word(at(begin + 1))) return line(begin, TokenKind::kAnnotation);
    if (c == '#' && text_.substr(begin).starts_with("#pragma")) {
        return line(begin, TokenKind::kPragma);
    }
    if (c == '$' && is_digit(at(begin + 1))) {
        next_ = begin + 1;
        while (is_digit(at(next_))) ++next_;
        return {TokenKind::kHardwareQubit, 0, begin, text_.substr(begin, next_ - begin)};
    }
    return signs(begin);
}

Token Lexer::word(std::size_t begin) {
    while (is_word(at(next_))) {
        if (static_cast<unsigned char>(text_[next_]) < 0x80) {
            ++next_;
            continue;
        }
        const std::size_t length = utf8_length(text_.substr(next_));
        if (length == 0) {
            const std::size_t here = next_++;
            throw Refusal{here, "this byte is not UTF-8 text", "UTF-8"};
        }
        next_ += length;
    }
    return {TokenKind::kName, 0, begin, text_.substr(begin, next_ - begin)};
}

Token Lexer::based_number(std::size_t begin, unsigned base) {
    Token token{TokenKind::kInteger, 0, begin, {}};
    next_ = begin + 2;
    bool fits = true;
    std::size_t digits = 0;
    for (; is_word(at(next_)); ++next_) {
        char c = text_[next_];
        if (c == '_') continue;
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        const unsigned digit = is_digit(c)            ? static_cast<unsigned>(c - '0')
                               : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                                                      : 16;
        if (digit >= base) throw Refusal{begin, "not a number in base " + std::to_string(base), ""};
        fits = fits && token.integer <= (std::numeric_limits<std::uint64_t>::max() - digit) / base;
        token.integer = token.integer * base + digit;
        ++digits;
    }
    if (digits == 0) throw Refusal{begin, "digits are missing", "such as 0x1f or 0b101"};
    if (!fits) throw Refusal{begin, "this number is too large", "below 2^64"};
    token.real = static_cast<double>(token.integer);
    token.text = text_.substr(begin, next_ - begin);
    return token;
}

Token Lexer::number(std::size_t begin) {
    if (text_[begin] == '0') {
        const char base = at(begin + 1);
        if (base == 'x' || base == 'X') return based_number(begin, 16);
        if (base == 'b' || base == 'B') return based_number(begin, 2);
        if (base == 'o') return based_number(begin, 8);
    }
    Token token{TokenKind::kInteger, 0, begin, {}};
    bool underscore = false;
    const auto digits = [&] {
        for (; is_digit(at(next_)) || (at(next_) == '_' && is_digit(at(next_ + 1))); ++next_) {
            underscore = underscore || text_[next_] == '_';
        }
    };
    digits();
    if (at(next_) == '.') {
        token.kind = TokenKind::kReal;
        ++next_;
        digits();
    }
    if (at(next_) == 'e' || at(next_) == 'E') {
        const bool is_signed = at(next_ + 1) == '+' || at(next_ + 1) == '-';
        if (is_digit(at(next_ + (is_signed ? 2 : 1)))) {
            token.kind = TokenKind::kReal;
            next_ += is_signed ? 2 : 1;
            digits();
        }
    }
    token.text = text_.substr(begin, next_ - begin);
    std::string plain;
    std::string_view clean = token.text;
    if (underscore) {
        for (const char c : token.text) {
            if (c != '_') plain += c;
        }
        clean = plain;
    }
    const char* const end = clean.data() + clean.size();
    if (token.kind == TokenKind::kInteger) {
        const auto [stop, error] = std::from_chars(clean.data(), end, token.integer);
        // Too large for an integer: as an angle it may still do.
        if (error != std::errc{}) token.kind = TokenKind::kReal;
    }
    const auto [stop, error] = std::from_chars(clean.data(), end, token.real);
    if (error == std::errc::result_out_of_range) {
        throw Refusal{begin, "this number is beyond the range of double precision",
                      "magnitudes from 5e-324 to 1.8e308, and 0"};
    }
    if (!is_word(at(next_))) return token;
    const std::size_t unit_begin = next_;
    while (is_word(at(next_))) ++next_;
    const std::string_view unit = text_.substr(unit_begin, next_ - unit_begin);
    for (const std::string_view known : {"ns", "us", "\xC2\xB5s", "ms", "s", "dt"}) {
        if (unit == known) {
            token.kind = TokenKind::kDuration;
            token.text = text_.substr(begin, next_ - begin);
            return token;
        }
    }
    if (unit == "im") throw Refusal{begin, "complex numbers are not supported", "a real number"};
    throw Refusal{begin, "letters follow a number", "a blank or a sign behind it"};
}

Token Lexer::quoted(std::size_t begin) {
    const char mark = text_[begin];
    const char ends[] = {mark, '\n', '\0'};
    const std::size_t end = text_.find_first_of(ends, begin + 1);
    if (end == std::string_view::npos || text_[end] == '\n') {
        next_ = end == std::string_view::npos ? text_.size() : end;
        throw Refusal{begin, "this string does not end on its line", "the closing quote"};
    }
    next_ = end + 1;
    return {TokenKind::kString, 0, begin, text_.substr(begin + 1, end - begin - 1)};
}

Token Lexer::line(std::size_t begin, TokenKind kind) {
    const std::size_t end = text_.find('\n', begin);
    next_ = end == std::string_view::npos ? text_.size() : end;
    return {kind, 0, begin, text_.substr(begin, next_ - begin)};
}

Token Lexer::signs(std::size_t begin) {
    const std::string_view rest = text_.substr(begin, 3);
    for (const std::string_view known : kSigns) {
        if (rest.starts_with(known)) {
            next_ = begin + known.size();
            return {TokenKind::kSign, sign(known), begin, text_.substr(begin, known.size())};
        }
    }
    next_ = begin + 1;
    if (kSingles.find(rest[0]) != std::string_view::npos) {
        return {TokenKind::kSign, sign(rest.substr(0, 1)), begin, rest.substr(0, 1)};
    }
    throw Refusal{begin, "this character has no meaning here", ""};
}

}  // namespace ionsim::qasm
