#include <algorithm>
#include <array>

#include "read/qasm_parse.h"

namespace ionsim::qasm {
namespace {

struct Operator {
    std::string_view text;
    int level;
};

// Operators by how tightly they bind. OpenQASM 2 has arithmetic and == only; its ^ is a power.
constexpr std::array<Operator, 18> kOperators = {{{"||", 1},
                                                  {"&&", 2},
                                                  {"|", 3},
                                                  {"^", 4},
                                                  {"&", 5},
                                                  {"==", 6},
                                                  {"!=", 6},
                                                  {"<", 7},
                                                  {">", 7},
                                                  {"<=", 7},
                                                  {">=", 7},
                                                  {"<<", 8},
                                                  {">>", 8},
                                                  {"+", 9},
                                                  {"-", 9},
                                                  {"*", 10},
                                                  {"/", 10},
                                                  {"%", 10}}};

int level_of(const Token& token, int version) {
    if (token.kind != TokenKind::kSign) return 0;
    if (version == 2 && token.is("^")) return 0;
    for (const Operator& each : kOperators) {
        if (token.sign == sign(each.text)) return each.level;
    }
    return 0;
}

}  // namespace

Index Parser::binary(int level) {
    const Nesting nesting(*this);
    Index left = unary();
    for (;;) {
        const int found = level_of(token_, version_);
        if (found == 0 || found <= level) return left;
        Node each = node(NodeKind::kBinary);
        each.sign = token_.sign;
        advance();
        each.a = left;
        each.b = binary(found);
        left = with_depth(each);
    }
}

Index Parser::unary() {
    const bool found = token_.is("-") || token_.is("!") || token_.is("~") || token_.is("+");
    if (!found) return power();
    const Nesting nesting(*this);
    Node each = node(NodeKind::kUnary);
    each.sign = token_.sign;
    advance();
    each.a = unary();
    return with_depth(each);
}

Index Parser::power() {
    const Index base = postfix();
    if (!token_.is(version_ == 2 ? "^" : "**")) return base;
    const Nesting nesting(*this);
    Node each = node(NodeKind::kBinary);
    each.sign = sign("**");
    advance();
    each.a = base;
    each.b = unary();  // from the right, and a sign may stand in front of the exponent
    return with_depth(each);
}

Index Parser::postfix() {
    Index found = primary();
    while (token_.is("[")) found = index_of(found);
    return found;
}

Index Parser::index_of(Index what) {
    const Nesting nesting(*this);
    Node each = node(NodeKind::kIndex);
    expect("[");
    std::vector<Index> items;
    if (token_.is("{")) {
        Node set = node(NodeKind::kSet);
        advance();
        std::vector<Index> members;
        list_until("}", members);
        items.push_back(finish(set, members));
        expect("]");
    } else {
        do {
            if (token_.is("]") && !items.empty()) break;
            items.push_back(range_or_value());
        } while (accept(","));
        expect("]", "an index");
    }
    each.a = what;
    return finish(each, items);
}

Index Parser::range_or_value() {
    Node each = node(NodeKind::kRange);
    const Index first = token_.is(":") ? kNone : expression();
    if (!accept(":")) return first;
    const auto ends = [&] { return token_.is("]") || token_.is(",") || token_.is(":"); };
    Index last = ends() ? kNone : expression();
    if (accept(":")) {
        each.c = last;
        last = ends() ? kNone : expression();
    }
    each.a = first;
    each.b = last;
    return with_depth(each);
}

Index Parser::measurement() {
    Node each = node(NodeKind::kMeasurement);
    advance();
    each.a = operand();
    return with_depth(each);
}

Index Parser::primary() {
    Node each = node(NodeKind::kName);
    switch (token_.kind) {
        case TokenKind::kInteger:
            each.kind = NodeKind::kInteger;
            each.value.integer = token_.integer;
            advance();
            return tree_.add(each);
        case TokenKind::kReal:
            each.kind = NodeKind::kReal;
            each.value.real = token_.real;
            advance();
            return tree_.add(each);
        case TokenKind::kString:
            each.kind = NodeKind::kString;
            advance();
            return tree_.add(each);
        case TokenKind::kDuration:
            each.kind = NodeKind::kDuration;
            each.value.real = token_.real;
            advance();
            return tree_.add(each);
        case TokenKind::kName:
            break;
        default:
            if (!token_.is("(")) refuse("an expression is missing", "a number, a name or (");
            advance();
            const Index inner = expression();
            expect(")", "an expression");
            return inner;
    }
    if (version_ != 2 && (token_.text == "true" || token_.text == "false")) {
        each.kind = NodeKind::kBoolean;
        each.value.integer = token_.text == "true" ? 1 : 0;
        advance();
        return tree_.add(each);
    }
    if (version_ != 2 && token_.text == "measure") return measurement();
    if (version_ != 2 && starts_type()) {
        each.kind = NodeKind::kCast;
        Index width = kNone;
        each.op = static_cast<std::uint8_t>(type(width));
        each.c = width;
        expect("(", "a type");
        each.a = expression();
        expect(")", "an expression");
        return with_depth(each);
    }
    if (version_ != 2) {
        for (const std::string_view word : {"durationof", "sizeof", "real", "imag"}) {
            if (token_.text == word) unsupported(word);
        }
    }
    advance();
    if (!token_.is("(")) return tree_.add(each);
    advance();
    each.kind = NodeKind::kCall;
    std::vector<Index> arguments;
    list_until(")", arguments);
    return finish(each, arguments);
}

// What a gate acts on: a name, with indices or not.
Index Parser::operand() {
    Node each = node(NodeKind::kName);
    if (token_.kind == TokenKind::kHardwareQubit) {
        refuse("physical qubits are not supported", "a declared qubit, such as q[0]");
    }
    each.text = name("a qubit");
    Index found = tree_.add(each);
    while (token_.is("[")) found = index_of(found);
    return found;
}

Index Parser::alias_value() {
    Index left = expression();
    while (token_.is("++")) {
        Node each = node(NodeKind::kConcatenation);
        advance();
        each.a = left;
        each.b = expression();
        left = with_depth(each);
    }
    return left;
}

// Expressions up to a closing sign, which is taken too; a comma may stand behind the last.
void Parser::list_until(std::string_view end, std::vector<Index>& items) {
    while (!token_.is(end)) {
        items.push_back(expression());
        if (!accept(",")) break;
    }
    expect(end, "a list");
}

}  // namespace ionsim::qasm
