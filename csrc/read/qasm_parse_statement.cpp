#include <unordered_map>

#include "read/qasm_parse.h"

namespace ionsim::qasm {

enum class Keyword : std::uint8_t {
    kOther,
    kInclude,
    kQreg,
    kCreg,
    kQubit,
    kBit,
    kScalar,
    kConst,
    kInput,
    kOutput,
    kGate,
    kOpaque,
    kDef,
    kIf,
    kWhile,
    kFor,
    kLet,
    kMeasure,
    kReset,
    kBarrier,
    kDelay,
    kBox,
    kReturn,
    kBreak,
    kContinue,
    kEnd,
    kModifier,
    kUnsupported,
    kVersion,
};

namespace {

struct Word {
    Keyword keyword;
    bool in_two;  // a keyword of OpenQASM 2, where the others are names
};

const std::unordered_map<std::string_view, Word>& keywords() {
    using enum Keyword;
    static const std::unordered_map<std::string_view, Word> words = {
        {"include", {kInclude, true}},
        {"qreg", {kQreg, true}},
        {"creg", {kCreg, true}},
        {"qubit", {kQubit, false}},
        {"bit", {kBit, false}},
        {"int", {kScalar, false}},
        {"uint", {kScalar, false}},
        {"float", {kScalar, false}},
        {"angle", {kScalar, false}},
        {"bool", {kScalar, false}},
        {"const", {kConst, false}},
        {"input", {kInput, false}},
        {"output", {kOutput, false}},
        {"gate", {kGate, true}},
        {"opaque", {kOpaque, true}},
        {"def", {kDef, false}},
        {"if", {kIf, true}},
        {"while", {kWhile, false}},
        {"for", {kFor, false}},
        {"let", {kLet, false}},
        {"measure", {kMeasure, true}},
        {"reset", {kReset, true}},
        {"barrier", {kBarrier, true}},
        {"delay", {kDelay, false}},
        {"box", {kBox, false}},
        {"return", {kReturn, false}},
        {"break", {kBreak, false}},
        {"continue", {kContinue, false}},
        {"end", {kEnd, false}},
        {"ctrl", {kModifier, false}},
        {"negctrl", {kModifier, false}},
        {"inv", {kModifier, false}},
        {"pow", {kModifier, false}},
        {"complex", {kUnsupported, false}},
        {"duration", {kUnsupported, false}},
        {"stretch", {kUnsupported, false}},
        {"array", {kUnsupported, false}},
        {"extern", {kUnsupported, false}},
        {"cal", {kUnsupported, false}},
        {"defcal", {kUnsupported, false}},
        {"defcalgrammar", {kUnsupported, false}},
        {"switch", {kUnsupported, false}},
        {"mutable", {kUnsupported, false}},
        {"readonly", {kUnsupported, false}},
        {"nop", {kOther, false}},
        {"OPENQASM", {kVersion, true}},
    };
    return words;
}

}  // namespace

Index Parser::statement() {
    const Nesting nesting(*this);
    switch (token_.kind) {
        case TokenKind::kName:
            break;
        case TokenKind::kAnnotation:
            advance();
            return tree_.add(node(NodeKind::kNothing));
        case TokenKind::kPragma:
            unsupported("#pragma");
        default:
            if (token_.is("{")) return block();
            if (accept(";")) return tree_.add(node(NodeKind::kNothing));
            refuse("a statement cannot begin like this", "a declaration, a gate or an instruction");
    }
    const auto found = keywords().find(token_.text);
    if (found == keywords().end() || (version_ == 2 && !found->second.in_two)) {
        return apply_or_assign();
    }
    return keyword_statement(found->second.keyword);
}

Index Parser::keyword_statement(Keyword keyword) {
    switch (keyword) {
        case Keyword::kInclude:
            return include();
        case Keyword::kQreg:
            return old_register(NodeKind::kQubits);
        case Keyword::kCreg:
            return old_register(NodeKind::kBits);
        case Keyword::kQubit:
        case Keyword::kBit:
        case Keyword::kScalar:
            return declaration(Storage::kPlain);
        case Keyword::kConst:
            advance();
            return declaration(Storage::kConst);
        case Keyword::kInput:
            advance();
            return declaration(Storage::kInput);
        case Keyword::kOutput:
            advance();
            return declaration(Storage::kOutput);
        case Keyword::kGate:
            return gate_definition();
        case Keyword::kOpaque:
            return opaque();
        case Keyword::kDef:
            return function();
        case Keyword::kIf:
            return conditional();
        case Keyword::kWhile:
            return loop_while();
        case Keyword::kFor:
            return loop_for();
        case Keyword::kLet:
            return alias();
        case Keyword::kMeasure:
            return old_measure();
        case Keyword::kReset:
            return operands(NodeKind::kReset, false);
        case Keyword::kBarrier:
            return operands(NodeKind::kBarrier, true);
        case Keyword::kDelay:
            return delay();
        case Keyword::kBox:
            return box();
        case Keyword::kReturn:
            return return_value();
        case Keyword::kModifier:
            return modified();
        case Keyword::kBreak:
        case Keyword::kContinue:
        case Keyword::kEnd: {
            const Node each = node(keyword == Keyword::kBreak      ? NodeKind::kBreak
                                   : keyword == Keyword::kContinue ? NodeKind::kContinue
                                                                   : NodeKind::kStop);
            advance();
            expect(";", each.text);
            return tree_.add(each);
        }
        case Keyword::kVersion:
            refuse("the version line stands somewhere else than at the beginning",
                   "the first line");
        case Keyword::kUnsupported:
            unsupported(token_.text);
        case Keyword::kOther:
            break;
    }
    return apply_or_assign();
}

Index Parser::conditional() {
    Node each = node(NodeKind::kIf);
    advance();
    expect("(", "if");
    each.a = expression();
    expect(")", "a condition");
    each.b = block_or_statement();
    if (version_ != 2 && is_name("else")) {
        advance();
        each.c = block_or_statement();
    }
    return with_depth(each);
}

Index Parser::loop_while() {
    Node each = node(NodeKind::kWhile);
    advance();
    expect("(", "while");
    each.a = expression();
    expect(")", "a condition");
    each.b = block_or_statement();
    return with_depth(each);
}

Index Parser::loop_for() {
    Node each = node(NodeKind::kFor);
    advance();
    Index width = kNone;
    // The type may be absent: early texts have none.
    const bool typed = starts_type();
    each.op = static_cast<std::uint8_t>(typed ? type(width) : Type::kInt);
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = name("a loop variable");
    if (!is_name("in")) refuse("\"in\" is missing behind the loop variable", "in");
    advance();
    if (token_.is("[")) {
        advance();
        each.a = range_or_value();
        expect("]", "a range");
        if (tree_[each.a].kind != NodeKind::kRange) refuse("a range is missing", "[first:last]");
    } else if (token_.is("{")) {
        Node set = node(NodeKind::kSet);
        advance();
        std::vector<Index> members;
        list_until("}", members);
        each.a = finish(set, members);
    } else {
        each.a = expression();
    }
    each.b = block_or_statement();
    return with_depth(each);
}

Index Parser::block_or_statement() {
    return token_.is("{") ? block() : statement();
}

Index Parser::block() {
    const Nesting nesting(*this);
    const Node each = node(NodeKind::kBlock);
    expect("{");
    std::vector<Index> items;
    while (!token_.is("}")) {
        if (at_end()) refuse("a block does not end", "}");
        items.push_back(statement());
    }
    advance();
    return finish(each, items);
}

// measure q -> c;
Index Parser::old_measure() {
    Node each = node(NodeKind::kMeasure);
    advance();
    each.a = operand();
    if (accept("->")) {
        each.b = operand();
    } else if (version_ == 2) {
        expect("->", "a measured qubit");
    }
    expect(";", "a measurement");
    return with_depth(each);
}

Index Parser::operands(NodeKind kind, bool may_be_empty) {
    const Node each = node(kind);
    advance();
    std::vector<Index> items;
    if (!(may_be_empty && token_.is(";"))) {
        do {
            if (token_.is(";") && !items.empty()) break;
            if (kind == NodeKind::kBarrier && token_.kind == TokenKind::kHardwareQubit) {
                refuse("physical qubits are not supported", "a declared qubit, such as q[0]");
            }
            items.push_back(operand());
        } while (accept(","));
    }
    expect(";", each.text);
    return finish(each, items);
}

// Time does not pass here: a delay keeps qubits as they are.
Index Parser::delay() {
    advance();
    if (accept("[")) {
        expression();
        expect("]", "a duration");
    }
    std::vector<Index> items;
    const Node each = node(NodeKind::kBarrier);
    if (!token_.is(";")) {
        do {
            items.push_back(operand());
        } while (accept(","));
    }
    expect(";", "a delay");
    return finish(each, items);
}

Index Parser::box() {
    advance();
    if (accept("[")) {
        expression();
        expect("]", "a duration");
    }
    return block();
}

Index Parser::return_value() {
    Node each = node(NodeKind::kReturn);
    advance();
    if (!token_.is(";")) each.a = expression();
    expect(";", "return");
    return with_depth(each);
}

Index Parser::apply_or_assign() {
    const Token first = token_;
    Node each = node(NodeKind::kAssign);
    advance();
    if (token_.is("(") || token_.kind == TokenKind::kName ||
        token_.kind == TokenKind::kHardwareQubit || (first.text == "nop" && token_.is(";"))) {
        return apply(first, {});
    }
    if (version_ == 2)
        refuse("the qubits of " + quoted(first.text) + " are missing", "a qubit, such as q[0]");
    Node target = each;
    target.kind = NodeKind::kName;
    each.a = tree_.add(target);
    while (token_.is("[")) each.a = index_of(each.a);
    if (token_.kind != TokenKind::kSign || (token_.text.back() != '=' || token_.is("=="))) {
        refuse("neither a gate with its qubits nor an assignment", "qubits, or =");
    }
    each.sign = token_.sign;
    advance();
    each.b = alias_value();
    expect(";", "an assignment");
    return with_depth(each);
}

Index Parser::modified() {
    std::vector<Index> modifiers;
    for (;;) {
        const bool control = is_name("ctrl");
        const bool negative = is_name("negctrl");
        const bool power = is_name("pow");
        if (!control && !negative && !power && !is_name("inv")) break;
        Node each = node(control    ? NodeKind::kControl
                         : negative ? NodeKind::kNegativeControl
                         : power    ? NodeKind::kPower
                                    : NodeKind::kInverse);
        advance();
        if (power && !token_.is("(")) expect("(", "pow");
        if (each.kind != NodeKind::kInverse && accept("(")) {
            each.a = expression();
            expect(")", "the argument of a modifier");
        }
        expect("@", "a modifier");
        modifiers.push_back(with_depth(each));
    }
    const Token gate = token_;
    name("a gate");
    return apply(gate, std::move(modifiers));
}

Index Parser::apply(const Token& gate, std::vector<Index> modifiers) {
    Node each;
    each.kind = NodeKind::kApply;
    each.offset = static_cast<std::uint32_t>(gate.offset);
    each.text = gate.text;
    std::vector<Index> items = std::move(modifiers);
    const auto modifier_count = static_cast<Index>(items.size());
    if (accept("(")) list_until(")", items);
    const auto argument_count = static_cast<Index>(items.size()) - modifier_count;
    if (token_.is("[")) refuse("durations of gates are not supported", "the qubits of the gate");
    while (!token_.is(";")) {
        items.push_back(operand());
        if (!accept(",")) break;
    }
    expect(";", "the qubits of a gate");
    const Index added = finish(each, items);
    tree_[added].a = modifier_count;
    tree_[added].b = argument_count;
    return added;
}

}  // namespace ionsim::qasm
