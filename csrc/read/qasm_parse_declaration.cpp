#include <array>
#include <utility>

#include "read/qasm_parse.h"

namespace ionsim::qasm {

Index Parser::include() {
    Node each = node(NodeKind::kInclude);
    advance();
    if (token_.kind != TokenKind::kString)
        refuse("a file name in quotes is missing", "\"qelib1.inc\"");
    each.text = token_.text;
    each.offset = static_cast<std::uint32_t>(token_.offset);
    advance();
    expect(";", "an include");
    return tree_.add(each);
}

// qreg q[3]; creg c[3];
Index Parser::old_register(NodeKind kind) {
    Node each = node(kind);
    advance();
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = name("a register");
    if (accept("[")) {
        each.a = expression();
        expect("]", "the size of a register");
    } else if (version_ == 2) {
        expect("[", "the name of a register");
    }
    expect(";", "a declaration");
    return with_depth(each);
}

bool Parser::starts_type() const {
    for (const std::string_view word : {"bit", "int", "uint", "float", "angle", "bool"}) {
        if (is_name(word)) return true;
    }
    return false;
}

Type Parser::type(Index& width) {
    static constexpr std::array<std::pair<std::string_view, Type>, 7> kTypes = {
        {{"bool", Type::kBool},
         {"int", Type::kInt},
         {"uint", Type::kUint},
         {"float", Type::kFloat},
         {"angle", Type::kAngle},
         {"bit", Type::kBit},
         {"qubit", Type::kQubit}}};
    for (const auto& [text, found] : kTypes) {
        if (!is_name(text)) continue;
        advance();
        if (found != Type::kBool && accept("[")) {
            width = expression();
            expect("]", "the width of a type");
        }
        return found;
    }
    for (const std::string_view word :
         {"complex", "duration", "stretch", "array", "mutable", "readonly"}) {
        if (is_name(word)) unsupported(word);
    }
    refuse("a type is missing", "bit, bool, int, uint, float, angle or qubit");
}

Index Parser::declaration(Storage storage) {
    Node each = node(NodeKind::kVariable);
    Index width = kNone;
    const Type found = type(width);
    each.op = static_cast<std::uint8_t>(found);
    each.a = width;
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = name(found == Type::kQubit ? "a qubit" : "a variable");
    if (found == Type::kQubit) each.kind = NodeKind::kQubits;
    if (found == Type::kBit && storage != Storage::kConst) each.kind = NodeKind::kBits;
    each.value.integer = static_cast<std::uint64_t>(storage);
    if (found != Type::kQubit && accept("=")) each.b = alias_value();
    expect(";", "a declaration");
    return with_depth(each);
}

Index Parser::gate_definition() {
    Node each = node(NodeKind::kGate);
    advance();
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = name("a gate");
    std::vector<Index> items;
    const auto names = [&](std::string_view what) {
        do {
            if (token_.is(")")) break;
            const Node one = node(NodeKind::kName);
            name(what);
            items.push_back(tree_.add(one));
        } while (accept(","));
    };
    if (accept("(")) {
        names("a parameter");
        expect(")", "the parameters of a gate");
    }
    each.a = static_cast<Index>(items.size());
    names("a qubit");
    each.b = static_cast<Index>(items.size() - each.a);
    expect("{", "the qubits of a gate");
    while (!token_.is("}")) {
        if (at_end()) refuse("the body of a gate does not end", "}");
        items.push_back(statement());
    }
    advance();
    const Index parameters = each.a;
    const Index qubits = each.b;
    each.a = each.b = kNone;  // not nodes
    const Index added = finish(each, items);
    tree_[added].a = parameters;
    tree_[added].b = qubits;
    return added;
}

Index Parser::opaque() {
    advance();
    const Node each = [&] {
        Node found = node(NodeKind::kOpaque);
        name("a gate");
        return found;
    }();
    if (accept("(")) {
        while (!token_.is(")")) {
            name("a parameter");
            if (!accept(",")) break;
        }
        expect(")", "the parameters of a gate");
    }
    do {
        name("a qubit");
    } while (accept(","));
    expect(";", "an opaque gate");
    return tree_.add(each);
}

Index Parser::formal() {
    Node each = node(NodeKind::kFormal);
    Index width = kNone;
    if (is_name("qreg") || is_name("creg")) {
        each.op = static_cast<std::uint8_t>(is_name("qreg") ? Type::kQubit : Type::kBit);
        advance();
        each.text = name("a parameter");
        if (accept("[")) {
            width = expression();
            expect("]", "a size");
        }
    } else {
        each.op = static_cast<std::uint8_t>(type(width));
        each.offset = static_cast<std::uint32_t>(token_.offset);
        each.text = name("a parameter");
    }
    each.a = width;
    return with_depth(each);
}

Index Parser::function() {
    Node each = node(NodeKind::kFunction);
    advance();
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = name("a function");
    expect("(", "the name of a function");
    std::vector<Index> items;
    while (!token_.is(")")) {
        items.push_back(formal());
        if (!accept(",")) break;
    }
    expect(")", "the parameters of a function");
    if (accept("->")) {
        Index width = kNone;
        each.op = static_cast<std::uint8_t>(type(width));
        each.a = width;
    }
    items.push_back(block());
    return finish(each, items);
}

Index Parser::alias() {
    Node each = node(NodeKind::kAlias);
    advance();
    each.offset = static_cast<std::uint32_t>(token_.offset);
    each.text = name("an alias");
    expect("=", "the name of an alias");
    each.a = alias_value();
    expect(";", "an alias");
    return with_depth(each);
}

}  // namespace ionsim::qasm
