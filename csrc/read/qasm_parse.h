#pragma once

// What the two halves of the parser share.

#include "read/qasm_parser.h"
#include "read/text_problem.h"

namespace ionsim::qasm {

// Counts how deep the text is nested while it lives.
struct Parser::Nesting {
    explicit Nesting(Parser& of) : parser(of) {
        if (parser.nested_ >= kMostNested) {
            parser.refuse("nested too deeply",
                          "at most " + std::to_string(kMostNested) + " levels");
        }
        ++parser.nested_;
    }
    ~Nesting() { --parser.nested_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

    Parser& parser;
};

}  // namespace ionsim::qasm
