#include "read/document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "read/utf8.h"

namespace ionsim {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 16;

// Writes JSON until `limit` characters are passed; what comes after that would be cut off anyway.
// Each nested container writes a character first, so the depth is bounded by the limit too.
class ShortWriter {
  public:
    explicit ShortWriter(std::size_t limit) : limit_(limit) {}

    void value(const Document& document, Document::Index node);
    void delimited(char before, std::string_view text, char after);
    std::string result() &&;

  private:
    bool full() const { return out_.size() > limit_; }
    void escaped(std::uint32_t character);
    void code_unit(std::uint32_t unit);
    void container(const Document& document, Document::Index node);
    void number(const Document& document, Document::Index node);

    std::size_t limit_;
    std::string out_;
};

void ShortWriter::code_unit(std::uint32_t unit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += kDigits[(unit >> shift) & 15];
}

void ShortWriter::escaped(std::uint32_t character) {
    if (character >= 0x10000) {
        code_unit(0xD800 + ((character - 0x10000) >> 10));
        code_unit(0xDC00 + ((character - 0x10000) & 0x3FF));
    } else {
        code_unit(character);
    }
}

void ShortWriter::delimited(char before, std::string_view text, char after) {
    out_ += before;
    while (!text.empty() && !full()) {
        const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
        const std::uint32_t character = utf8_decode(text.substr(0, length));
        if (character == '"' || character == '\\') {
            out_ += '\\';
            out_ += static_cast<char>(character);
        } else if (character >= 0x20 && character < 0x7F) {
            out_ += static_cast<char>(character);
        } else {
            escaped(character);
        }
        text.remove_prefix(length);
    }
    out_ += after;
}

void ShortWriter::number(const Document& document, Document::Index node) {
    if (const std::string_view text = document.text(node); !text.empty()) {
        out_ += text.substr(0, limit_ + 1);
        return;
    }
    const double value = document.number(node);
    if (std::isnan(value)) {
        out_ += "NaN";
    } else if (std::isinf(value)) {
        out_ += value > 0 ? "Infinity" : "-Infinity";
    } else {
        std::array<char, 40> buffer;
        // Fixed notation for integers: what was 100000 must not show as 1e+05.
        const bool plain = document.is_integer(node) && std::abs(value) < 1e18;
        const auto end = plain ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                               static_cast<std::int64_t>(value))
                               : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
        out_.append(buffer.data(), end.ptr);
    }
}

void ShortWriter::container(const Document& document, Document::Index node) {
    const bool object = document.kind(node) == NodeKind::kObject;
    out_ += object ? '{' : '[';
    const Document::Index end = document.end(node);
    const char* separator = "";
    for (Document::Index child = document.begin(node); child < end && !full();
         child = document.next(child)) {
        out_ += separator;
        value(document, child);
        if (object) {
            out_ += ": ";
            child = document.next(child);
            value(document, child);
        }
        separator = ", ";
    }
    out_ += object ? '}' : ']';
}

void ShortWriter::value(const Document& document, Document::Index node) {
    if (full()) return;
    switch (document.kind(node)) {
        case NodeKind::kNull:
            out_ += "null";
            break;
        case NodeKind::kBoolean:
            out_ += document.boolean(node) ? "true" : "false";
            break;
        case NodeKind::kNumber:
            number(document, node);
            break;
        case NodeKind::kString:
            delimited('"', document.text(node), '"');
            break;
        case NodeKind::kUnsupported:
            delimited('<', document.text(node), '>');
            break;
        case NodeKind::kArray:
        case NodeKind::kObject:
            container(document, node);
            break;
    }
}

std::string ShortWriter::result() && {
    constexpr std::string_view kEllipsis = "...";
    if (out_.size() > limit_) {
        out_.resize(limit_ > kEllipsis.size() ? limit_ - kEllipsis.size() : 0);
        out_ += kEllipsis;
    }
    return std::move(out_);
}

}  // namespace

void Document::rewind(Index node) {
    nodes_.resize(node);
    if (chunks_.empty()) return;
    // The first chunk is kept unless a single large text asked for it.
    chunks_.resize(1);
    chunk_next_ = chunks_.front().get();
    chunk_free_ = kChunkBytes;
}

std::string_view Document::keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > chunk_free_) {
        // A large text gets a chunk of its own; what was free in the last one is given up.
        const std::size_t bytes = std::max(kChunkBytes, text.size());
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
        chunk_free_ = bytes;
        chunk_next_ = chunks_.back().get();
    }
    char* const place = chunk_next_;
    std::memcpy(place, text.data(), text.size());
    chunk_next_ += text.size();
    chunk_free_ -= text.size();
    return {place, text.size()};
}

std::string short_json(const Document& document, Document::Index node, std::size_t limit) {
    ShortWriter writer(limit);
    writer.value(document, node);
    return std::move(writer).result();
}

std::string short_json(std::string_view text, std::size_t limit) {
    ShortWriter writer(limit);
    writer.delimited('"', text, '"');
    return std::move(writer).result();
}

}  // namespace ionsim
