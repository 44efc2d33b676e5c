#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ionsim {

// The number of bytes of the UTF-8 character at the beginning of `text`; 0 when it is none.
std::size_t utf8_length(std::string_view text);

// The character of one well-formed UTF-8 sequence; of a stray byte, its value.
std::uint32_t utf8_decode(std::string_view bytes);

void utf8_append(std::string& out, std::uint32_t character);

}  // namespace ionsim
