#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "read/document.h"

namespace ionsim {

inline constexpr int kMaxJsonDepth = 32;

// Where a text stops being JSON.
struct JsonError {
    std::string message;
    std::size_t line = 1;    // from 1
    std::size_t column = 1;  // from 1, in characters
    std::string near;        // the text around that place as a JSON string in ASCII
};

// Called for each element of the outermost list as soon as it is complete.
using ElementSink = std::function<void(Document::Index element)>;

// Reads one JSON value (RFC 8259, UTF-8, nothing else around it but white space) into `document`,
// which must be empty and must not outlive `text`. Containers nest at most kMaxJsonDepth deep.
// Numbers beyond the range of a double become infinite, so that the reader can say where they are.
//
// With a sink, the elements of an outermost list are handed over one by one and then forgotten: for
// a long list the memory of the whole tree costs more time than everything else. The document ends
// up with the list's node alone. What the sink heard is void when the text turns out to be no JSON.
std::optional<JsonError> parse_json(std::string_view text, Document& document,
                                    const ElementSink& sink = {});

}  // namespace ionsim
