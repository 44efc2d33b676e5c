#pragma once

// Small steps of the JSON parser.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ionsim {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Skips what stands for itself inside a string: ASCII without controls, quote and backslash. Most
// strings are shorter than a word, so looking at eight characters at once saves the loop.
inline const char* skip_plain(const char* at, const char* end) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x80 * kOnes;
    if constexpr (std::endian::native == std::endian::little) {
        for (; end - at >= 8; at += 8) {
            std::uint64_t word;
            std::memcpy(&word, at, 8);
            // The lowest bit set marks the first byte that is zero after the exclusive or, or below
            // 0x20. Bytes above it may be marked falsely.
            const std::uint64_t quote = word ^ ('"' * kOnes);
            const std::uint64_t backslash = word ^ ('\\' * kOnes);
            const std::uint64_t marked = ((quote - kOnes) & ~quote) |
                                         ((backslash - kOnes) & ~backslash) |
                                         ((word - 0x20 * kOnes) & ~word) | word;
            if ((marked & kHighs) != 0) return at + std::countr_zero(marked & kHighs) / 8;
        }
    }
    const auto plain = [](unsigned char c) {
        return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
    };
    while (at != end && plain(static_cast<unsigned char>(*at))) ++at;
    return at;
}

// The value of a well-formed number that std::from_chars found outside the range of a double: zero
// or infinite. Such a number is far from 1, so the place of its first digit tells which.
double out_of_range_value(std::string_view number);

}  // namespace ionsim
