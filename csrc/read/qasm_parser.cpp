#include "read/qasm_parser.h"

#include <algorithm>

#include "read/qasm_parse.h"

namespace ionsim::qasm {

void Parser::advance() {
    if (token_.is("{")) ++braces_;
    if (token_.is("}") && braces_ > 0) --braces_;
    token_.sign = 0;  // should the next one be none, this one is not counted twice
    token_ = lexer_.next();
}

bool Parser::accept(std::string_view text) {
    if (!token_.is(text)) return false;
    advance();
    return true;
}

void Parser::expect(std::string_view text, std::string_view behind) {
    if (accept(text)) return;
    std::string message = quoted(text) + " is missing";
    if (!behind.empty()) message += " behind " + std::string(behind);
    refuse(std::move(message), std::string(text));
}

std::string_view Parser::name(std::string_view what) {
    if (token_.kind != TokenKind::kName) {
        refuse("the name of " + std::string(what) + " is missing", "a name");
    }
    const std::string_view found = token_.text;
    advance();
    return found;
}

void Parser::refuse(std::string message, std::string allowed) const {
    throw Refusal{token_.offset, std::move(message), std::move(allowed)};
}

void Parser::unsupported(std::string_view what) const {
    throw Refusal{token_.offset, quoted(what) + " is not supported", "what docs/formats.md lists"};
}

Node Parser::node(NodeKind kind) const {
    Node each;
    each.kind = kind;
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = token_.text;
    return each;
}

Index Parser::with_depth(Node node) {
    int depth = 0;
    for (const Index child : {node.a, node.b, node.c}) {
        if (child != kNone) depth = std::max<int>(depth, tree_[child].depth);
    }
    for (std::size_t i = 0; i < node.count; ++i) {
        depth = std::max<int>(depth, tree_[tree_.item(node, i)].depth);
    }
    if (depth >= kMostDeep) {
        throw Refusal{node.offset, "too many operations in a row",
                      "at most " + std::to_string(kMostDeep)};
    }
    node.depth = static_cast<std::uint16_t>(depth + 1);
    return tree_.add(node);
}

Index Parser::finish(Node node, const std::vector<Index>& items) {
    node.list = tree_.add_list(items);
    node.count = static_cast<Index>(items.size());
    return with_depth(node);
}

int Parser::version_line() {
    advance();
    if (!is_name("OPENQASM")) return 0;
    advance();
    const std::string_view given = token_.text;
    const bool number = token_.kind == TokenKind::kInteger || token_.kind == TokenKind::kReal;
    const bool two = number && (given == "2" || given == "2.0");
    const bool three = number && (given == "3" || given.starts_with("3."));
    if (!two && !three) refuse("unknown version of OpenQASM", "2.0, 3.0 or 3.1");
    advance();
    expect(";", "the version");
    return two ? 2 : 3;
}

void Parser::recover() {
    nested_ = 0;
    bool found = false;
    while (!at_end()) {
        found = found || (braces_ == 0 && token_.is(";")) || (braces_ <= 1 && token_.is("}"));
        try {
            advance();
        } catch (const Refusal&) {
            continue;  // what is broken here is passed over
        }
        if (found) return;
    }
}

}  // namespace ionsim::qasm
