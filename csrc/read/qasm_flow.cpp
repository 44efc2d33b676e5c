#include <algorithm>
#include <cmath>

#include "read/qasm_expander.h"

namespace ionsim::qasm {

// Names of the variables that a statement may assign to.
void Expander::collect_assigned(Index statement, std::vector<std::string_view>& names) const {
    if (statement == kNone) return;
    const Node& node = tree_[statement];
    switch (node.kind) {
        case NodeKind::kAssign: {
            Index target = node.a;
            while (tree_[target].kind == NodeKind::kIndex) target = tree_[target].a;
            names.push_back(tree_[target].text);
            break;
        }
        case NodeKind::kBlock:
            for (std::size_t i = 0; i < node.count; ++i) {
                collect_assigned(tree_.item(node, i), names);
            }
            break;
        case NodeKind::kIf:
            collect_assigned(node.b, names);
            collect_assigned(node.c, names);
            break;
        case NodeKind::kWhile:
        case NodeKind::kFor:
            collect_assigned(node.b, names);
            break;
        default:
            break;
    }
}

// Variables that a branch may change are known at run time only from here on.
void Expander::prepare_branch(Index body) {
    std::vector<std::string_view> names;
    collect_assigned(body, names);
    for (const std::string_view name : names) {
        Symbol* const symbol = find(name);
        const bool known = symbol != nullptr && symbol->kind == Symbol::Kind::kVariable &&
                           !symbol->constant && !symbol->value.runtime;
        if (!known) continue;
        if (symbol->value.is_real()) {
            throw Refusal{tree_[body].offset,
                          "the float or angle " + quoted(name) +
                              " changes in a branch that depends on a measurement",
                          "bits and whole numbers"};
        }
        symbol->slot = builder_.add_variable();
        builder_.set(symbol->slot, symbol->value.pushed());
        symbol->value.runtime = true;
        symbol->value.code = {{CodeOp::kVariable, symbol->slot}};
    }
}

Expander::Signal Expander::conditional(const Node& node) {
    const Value condition = converted(evaluate(node.a), Type::kBool, 1, node.offset);
    if (!condition.runtime) {
        if (condition.integer != 0) return scoped(node.b);
        return node.c == kNone ? Signal::kNext : scoped(node.c);
    }
    prepare_branch(node.b);
    if (node.c != kNone) prepare_branch(node.c);
    const std::int64_t otherwise = builder_.jump_unless(condition.code);
    ++depth_;
    scoped(node.b);
    if (node.c == kNone) {
        builder_.land(otherwise);
    } else {
        const std::int64_t end = builder_.jump();
        builder_.land(otherwise);
        scoped(node.c);
        builder_.land(end);
    }
    --depth_;
    return Signal::kNext;
}

Expander::Signal Expander::loop_while(const Node& node) {
    for (;;) {
        builder_.step();
        const Value condition = converted(evaluate(node.a), Type::kBool, 1, node.offset);
        if (condition.runtime) return runtime_while(node, condition);
        if (condition.integer == 0) return Signal::kNext;
        loops_.push_back({false, depth_, {}, {}});
        const Signal signal = scoped(node.b);
        loops_.pop_back();
        if (signal == Signal::kBreak) return Signal::kNext;
        if (signal == Signal::kReturn || signal == Signal::kStop) return signal;
    }
}

// The condition was evaluated once already, and that may have measured something. It is evaluated
// again behind the body, where what the body changes is a variable.
Expander::Signal Expander::runtime_while(const Node& node, const Value& condition) {
    prepare_branch(node.b);
    const std::int64_t loop = builder_.add_loop();
    const std::int64_t never = builder_.jump_unless(condition.code);
    const std::int64_t begin = builder_.here();
    builder_.round(loop);
    ++depth_;
    loops_.push_back({true, depth_, {}, {}});
    scoped(node.b);
    const Loop left = std::move(loops_.back());
    loops_.pop_back();
    for (const std::int64_t jump : left.continues) builder_.land(jump);
    const Value again = converted(evaluate(node.a), Type::kBool, 1, node.offset);
    --depth_;
    const std::int64_t end = builder_.jump_unless(again.pushed());
    builder_.jump(begin);
    builder_.land(never);
    builder_.land(end);
    for (const std::int64_t jump : left.breaks) builder_.land(jump);
    return Signal::kNext;
}

Expander::Signal Expander::leave_loop(const Node& node) {
    if (loops_.empty()) {
        throw Refusal{node.offset, quoted(node.text) + " outside a loop", "inside for or while"};
    }
    Loop& loop = loops_.back();
    const bool breaks = node.kind == NodeKind::kBreak;
    if (loop.runtime) {
        (breaks ? loop.breaks : loop.continues).push_back(builder_.jump());
        return Signal::kNext;
    }
    if (depth_ != loop.depth) {
        throw Refusal{node.offset,
                      quoted(node.text) +
                          " of a loop with known rounds, in a branch that depends on a "
                          "measurement, is not supported",
                      "a while loop on measured bits"};
    }
    return breaks ? Signal::kBreak : Signal::kContinue;
}

Expander::Signal Expander::stop() {
    if (depth_ == 0) return Signal::kStop;
    stops_.push_back(builder_.jump());
    return Signal::kNext;
}

std::vector<Value> Expander::loop_values(const Node& node) {
    std::vector<Value> values;
    const Node& given = tree_[node.a];
    const auto type = static_cast<Type>(node.op);
    if (given.kind == NodeKind::kSet) {
        for (std::size_t i = 0; i < given.count; ++i) {
            values.push_back(evaluate(tree_.item(given, i), type != Type::kFloat));
        }
        return values;
    }
    if (given.kind != NodeKind::kRange) {
        const Value bits = evaluate(node.a);
        if (bits.runtime || bits.type != Type::kBit) {
            throw Refusal{given.offset, "not a range, set or known bit string",
                          "[first:last], [first:step:last] or {values}"};
        }
        for (int i = 0; i < bits.width; ++i) {
            values.push_back(Value::of_bool((bits.integer >> i & 1) != 0));
        }
        return values;
    }
    if (given.a == kNone || given.b == kNone) {
        throw Refusal{given.offset, "a range without an end", "[first:last]"};
    }
    const std::int64_t first = whole(given.a);
    const std::int64_t step = given.c == kNone ? 1 : whole(given.c);
    const std::int64_t last = whole(given.b);
    if (step == 0) throw Refusal{given.offset, "a step of 0", "a step other than 0"};
    if (step > 0 ? first > last : first < last) return values;
    const double rounds = std::floor((static_cast<double>(last) - static_cast<double>(first)) /
                                     static_cast<double>(step)) +
                          1.0;
    // A round costs a gate at least: so long a loop is refused before its first round.
    builder_.require(rounds < 1e18 ? static_cast<std::uint64_t>(rounds) : kEndless);
    const auto count = static_cast<std::int64_t>(rounds);
    values.reserve(static_cast<std::size_t>(count));
    for (std::int64_t round = 0; round < count; ++round) {
        builder_.step();
        values.push_back(Value::of_integer(first + round * step));
    }
    return values;
}

Expander::Signal Expander::loop_for(const Node& node) {
    for (const Value& value : loop_values(node)) {
        builder_.step();
        Symbol symbol;
        symbol.value = converted(value, static_cast<Type>(node.op), 0, node.offset);
        scopes_.emplace_back();
        declare(node, std::move(symbol));
        loops_.push_back({false, depth_, {}, {}});
        const Signal signal = scoped(node.b);
        loops_.pop_back();
        scopes_.pop_back();
        if (signal == Signal::kBreak) break;
        if (signal == Signal::kReturn || signal == Signal::kStop) return signal;
    }
    return Signal::kNext;
}

}  // namespace ionsim::qasm
