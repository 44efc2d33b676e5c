#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "read/qasm_lexer.h"
#include "read/qasm_tree.h"

namespace ionsim::qasm {

enum class Keyword : std::uint8_t;

// Reads OpenQASM 2 or 3 statement by statement. Throws Refusal; `recover` then goes to where the
// next statement may begin. Nesting is bounded, so that no text can exhaust the stack.
class Parser {
  public:
    // Blocks, parentheses and signs in front, inside each other; and operations in a row.
    static constexpr int kMostNested = 100;
    static constexpr int kMostDeep = 1000;

    Parser(std::string_view text, Tree& tree) : lexer_(text), tree_(tree) {}

    // The first token is read with the version line: 2 or 3, and 0 where there is none.
    int version_line();
    void set_version(int version) { version_ = version; }

    bool at_end() const { return token_.kind == TokenKind::kEnd; }
    std::size_t offset() const { return token_.offset; }
    Index statement();
    void recover();

  private:
    struct Nesting;

    // Tokens.
    void advance();
    bool accept(std::string_view text);
    void expect(std::string_view text, std::string_view behind = {});
    std::string_view name(std::string_view what);
    bool is_name(std::string_view text) const {
        return token_.kind == TokenKind::kName && token_.text == text;
    }
    [[noreturn]] void refuse(std::string message, std::string allowed) const;
    [[noreturn]] void unsupported(std::string_view what) const;
    Node node(NodeKind kind) const;
    Index finish(Node node, const std::vector<Index>& items);
    Index with_depth(Node node);

    // Statements (qasm_parse_statement.cpp).
    Index keyword_statement(Keyword keyword);
    Index include();
    Index old_register(NodeKind kind);
    Index declaration(Storage storage);
    Index gate_definition();
    Index opaque();
    Index function();
    Index formal();
    Index conditional();
    Index loop_while();
    Index loop_for();
    Index block_or_statement();
    Index block();
    Index alias();
    Index old_measure();
    Index operands(NodeKind kind, bool may_be_empty);
    Index delay();
    Index box();
    Index return_value();
    Index apply_or_assign();
    Index modified();
    Index apply(const Token& name, std::vector<Index> modifiers);
    void list_until(std::string_view end, std::vector<Index>& items);
    Type type(Index& width);
    bool starts_type() const;

    // Expressions (qasm_parse_expression.cpp).
    Index expression() { return binary(0); }
    Index binary(int level);
    Index unary();
    Index power();
    Index postfix();
    Index primary();
    Index measurement();
    Index index_of(Index what);
    Index range_or_value();
    Index operand();
    Index alias_value();

    Lexer lexer_;
    Tree& tree_;
    Token token_;
    int version_ = 3;
    int nested_ = 0;
    int braces_ = 0;  // open ones before the token
};

}  // namespace ionsim::qasm
