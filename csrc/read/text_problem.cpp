#include "read/text_problem.h"

#include <algorithm>

#include "read/document.h"

namespace ionsim {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string text_place(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::string_view line =
        newline == std::string_view::npos ? before : before.substr(newline + 1);
    // Bytes that continue a character do not count.
    const auto columns = std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(columns + 1);
}

std::string word_at(std::string_view text, std::size_t offset) {
    if (offset >= text.size()) return "the end of the text";
    std::size_t size = 1;
    if (is_word(text[offset])) {
        while (offset + size < text.size() && is_word(text[offset + size])) ++size;
    } else if (text[offset] == '"') {
        const std::size_t end = text.find_first_of("\"\n", offset + 1);
        size = end == std::string_view::npos ? text.size() - offset : end + 1 - offset;
    }
    return short_json(text.substr(offset, size));
}

std::string quoted_list(const std::vector<std::string_view>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
        text += quoted(names[i]);
    }
    return text;
}

std::string quoted(std::string_view name) {
    return short_json(name);
}

void TextProblems::add(const Refusal& refusal) {
    if (full()) return;
    std::string path(path_);
    if (!path.empty()) path += ": ";
    path += text_place(text_, refusal.offset);
    list_.push_back({std::string(refusal.code), std::move(path),
                     refusal.value.empty() ? word_at(text_, refusal.offset) : refusal.value,
                     refusal.message, refusal.allowed});
}

}  // namespace ionsim
