#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "read/problem.h"

namespace ionsim {

// A mistake in a program text, thrown where it is found and caught where reading can go on.
struct Refusal {
    std::size_t offset;  // in the text
    std::string message;
    std::string allowed;
    std::string value = {};  // what came, as short JSON; empty: the word at `offset`
    std::string_view code = kInvalidInput;
};

// The problems of one text, up to a limit, with lines and columns.
class TextProblems {
  public:
    // Both texts must outlive this. A limit of zero is taken as one.
    TextProblems(std::string_view text, std::string_view path, std::size_t limit)
        : text_(text), path_(path), limit_(limit > 0 ? limit : 1) {}

    void add(const Refusal& refusal);
    bool full() const { return list_.size() >= limit_; }
    bool empty() const { return list_.empty(); }
    std::vector<Problem> take() { return std::move(list_); }

  private:
    std::string_view text_;
    std::string_view path_;
    std::size_t limit_;
    std::vector<Problem> list_;
};

// "line 3, column 7": lines and columns count from 1, columns in characters.
std::string text_place(std::string_view text, std::size_t offset);

// The word, number or sign at an offset, as short JSON; what ends the text is said in words.
std::string word_at(std::string_view text, std::size_t offset);

// `"a", "b" or "c"`
std::string quoted_list(const std::vector<std::string_view>& names);

// `"name"`, shortened and in ASCII.
std::string quoted(std::string_view name);

}  // namespace ionsim
