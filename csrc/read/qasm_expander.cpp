#include "read/qasm_expander.h"

#include <algorithm>
#include <array>

#include "read/qasm_functions.h"

namespace ionsim::qasm {

Expander::Expander(std::string_view text, FlowBuilder& builder, TextProblems& problems,
                   const Inputs& inputs)
    : text_(text),
      builder_(builder),
      problems_(problems),
      inputs_(inputs),
      applier_(builder),
      parser_(text, tree_),
      scopes_(1) {
    names_.gate = [this](std::string_view name, std::size_t count) -> const GateDefinition* {
        const auto found = scopes_[0].find(name);
        if (found != scopes_[0].end()) return found->second.gate;
        if (refused_.contains(name)) pass_over();
        return library_gate(name, count);
    };
    names_.constant = [this](std::string_view name, double& value) {
        const auto found = scopes_[0].find(name);
        if (found == scopes_[0].end()) return find_constant(name, value);
        const Symbol& symbol = found->second;
        if (symbol.kind != Symbol::Kind::kVariable || !symbol.constant) return false;
        value = symbol.value.as_real();
        return true;
    };
}

// Without a version line, the first statement decides that begins with a word of one version only.
int Expander::guess_version(std::string_view text) const {
    constexpr std::array<std::string_view, 24> kThree = {
        "qubit", "bit",  "let",     "const", "input", "output", "def",      "defcal",
        "cal",   "int",  "uint",    "float", "angle", "bool",   "extern",   "array",
        "for",   "ctrl", "complex", "inv",   "pow",   "while",  "duration", "negctrl"};
    Lexer lexer(text);
    bool begins = true;
    try {
        for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
            if (begins) {
                if (token.text == "qreg" || token.text == "creg" || token.text == "opaque") {
                    return 2;
                }
                if (std::find(kThree.begin(), kThree.end(), token.text) != kThree.end()) return 3;
            }
            begins = token.is(";") || token.is("{") || token.is("}");
        }
    } catch (const Refusal&) {
        return 2;  // it will be found again
    }
    return 2;
}

void Expander::run(int version) {
    try {
        version_ = parser_.version_line();
        if (version_ == 0) version_ = version != 0 ? version : guess_version(text_);
    } catch (const Refusal& refusal) {
        problems_.add(refusal);
        return;
    }
    parser_.set_version(version_);
    bool stopped = false;
    while (!parser_.at_end() && !problems_.full()) {
        const Tree::Mark mark = tree_.mark();
        Index statement = kNone;
        try {
            const std::size_t offset = parser_.offset();
            statement = parser_.statement();
            builder_.set_offset(offset);
            // After an end, and after a mistake, the rest is only looked through.
            if (!stopped) stopped = execute(statement) == Signal::kStop;
            const NodeKind kind = tree_[statement].kind;
            if (kind == NodeKind::kGate || kind == NodeKind::kFunction) continue;
        } catch (const Refusal& refusal) {
            recover(refusal, statement);
            if (refusal.code == kCircuitTooLarge) return;
        }
        tree_.rewind(mark);
    }
    for (const std::int64_t jump : stops_) builder_.land(jump);
}

void Expander::recover(const Refusal& refusal, Index statement) {
    if (!refusal.message.empty()) problems_.add(refusal);
    scopes_.resize(1);
    function_scope_ = 0;
    loops_.clear();
    active_.clear();
    function_depths_.clear();
    depth_ = 0;
    if (statement == kNone) {
        parser_.recover();
    } else if (!tree_[statement].text.empty()) {
        refused_.insert(tree_[statement].text);
    }
}

Expander::Signal Expander::execute_all(const Node& block) {
    for (std::size_t i = 0; i < block.count; ++i) {
        const Signal signal = execute(tree_.item(block, i));
        if (signal != Signal::kNext) return signal;
    }
    return Signal::kNext;
}

Expander::Signal Expander::scoped(Index statement) {
    scopes_.emplace_back();
    const Signal signal = tree_[statement].kind == NodeKind::kBlock ? execute_all(tree_[statement])
                                                                    : execute(statement);
    scopes_.pop_back();
    return signal;
}

Expander::Signal Expander::execute(Index statement) {
    builder_.step();
    const Node& node = tree_[statement];
    builder_.set_offset(node.offset);
    switch (node.kind) {
        case NodeKind::kApply:
            return apply(node);
        case NodeKind::kInclude:
            include(node);
            break;
        case NodeKind::kQubits:
            declare_qubits(node);
            break;
        case NodeKind::kBits:
            declare_bits(node);
            break;
        case NodeKind::kVariable:
            declare_variable(node);
            break;
        case NodeKind::kGate:
        case NodeKind::kOpaque:
        case NodeKind::kFunction:
            declare_gate(statement);
            break;
        case NodeKind::kAlias:
            declare_alias(node);
            break;
        case NodeKind::kMeasure:
            measure(node);
            break;
        case NodeKind::kReset:
            reset(node);
            break;
        case NodeKind::kBarrier:
            for (std::size_t i = 0; i < node.count; ++i) {
                Places ignored;
                places(tree_.item(node, i), Symbol::Kind::kQubits, ignored);
            }
            break;
        case NodeKind::kIf:
            return conditional(node);
        case NodeKind::kWhile:
            return loop_while(node);
        case NodeKind::kFor:
            return loop_for(node);
        case NodeKind::kBlock:
            return scoped(statement);
        case NodeKind::kAssign:
            assign(node);
            break;
        case NodeKind::kReturn:
            if (function_depths_.empty()) {
                throw Refusal{node.offset, "return outside a function", "inside def"};
            }
            if (depth_ != function_depths_.back()) {
                throw Refusal{node.offset,
                              "return in a branch that depends on a measurement is not supported",
                              "one return at the end"};
            }
            returned_.reset();
            if (node.a != kNone) returned_ = evaluate(node.a);
            return Signal::kReturn;
        case NodeKind::kBreak:
        case NodeKind::kContinue:
            return leave_loop(node);
        case NodeKind::kStop:
            return stop();
        default:
            break;
    }
    return Signal::kNext;
}

}  // namespace ionsim::qasm
