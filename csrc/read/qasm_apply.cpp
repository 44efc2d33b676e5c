#include <algorithm>
#include <cmath>

#include "read/hints.h"
#include "read/qasm_expander.h"

namespace ionsim::qasm {

const GateDefinition* Expander::find_gate_named(const Node& node, std::size_t parameters) {
    const auto found = scopes_[0].find(node.text);
    if (found == scopes_[0].end()) return library_gate(node.text, parameters);
    const Symbol& symbol = found->second;
    if (symbol.kind == Symbol::Kind::kGate && symbol.gate == nullptr) {
        throw Refusal{node.offset,
                      "an opaque gate has no meaning here",
                      "a gate with a body",
                      {},
                      kUnsupportedGate};
    }
    return symbol.gate;
}

void Expander::unknown_gate(const Node& node) {
    if (refused_.contains(node.text)) pass_over();
    std::vector<std::string_view> names = library_names();
    for (const auto& [name, symbol] : scopes_[0]) {
        if (symbol.kind == Symbol::Kind::kGate) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    std::string message = "no gate of this name is defined";
    const std::string_view near = nearest_name(node.text, names);
    if (!near.empty()) message += "; did you mean " + quoted(near) + "?";
    throw Refusal{node.offset,
                  std::move(message),
                  "gates of qelib1.inc and stdgates.inc, gpi, gpi2, ms, zz, and defined ones",
                  {},
                  kUnsupportedGate};
}

void Expander::read_modifiers(const Node& node) {
    negative_.clear();
    inverse_ = false;
    exponent_ = 1.0;
    // From the inside out, so that the power of a power is the power of the inner one's result.
    for (std::size_t i = node.a; i-- > 0;) {
        const Node& modifier = tree_[tree_.item(node, i)];
        if (modifier.kind == NodeKind::kInverse) {
            const bool broken = exponent_ != std::nearbyint(exponent_);
            if (broken) exponent_ = -exponent_;
            if (!broken) inverse_ = !inverse_;
        } else if (modifier.kind == NodeKind::kPower) {
            const double power = real(modifier.a);
            const bool plain = exponent_ == 1.0 || exponent_ == -1.0;
            if (power != std::nearbyint(power) && !plain) {
                throw Refusal{modifier.offset, "a broken power of a power is not supported",
                              "whole powers"};
            }
            exponent_ *= power;
        } else {
            const std::int64_t count =
                modifier.a == kNone ? 1 : size_of(modifier.a, 10'000, "a list of controls");
            const auto kind =
                static_cast<std::uint8_t>(modifier.kind == NodeKind::kNegativeControl);
            negative_.insert(negative_.begin(), static_cast<std::size_t>(count), kind);
        }
    }
}

void Expander::check_distinct(const std::vector<std::int32_t>& qubits, std::size_t offset) {
    const auto refuse = [&] {
        throw Refusal{offset, "a qubit is used twice by one gate", "different qubits"};
    };
    if (qubits.size() <= 8) {
        for (std::size_t i = 1; i < qubits.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (qubits[i] == qubits[j]) refuse();
            }
        }
        return;
    }
    std::vector<std::int32_t> sorted = qubits;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) refuse();
}

Expander::Signal Expander::apply(const Node& node) {
    const std::size_t count = node.count - node.a - node.b;
    if (count == 0 && node.a == 0) {
        const Symbol* const symbol = find(node.text);
        if (symbol != nullptr && symbol->kind == Symbol::Kind::kFunction) {
            call_function(*symbol, node, 0);
            return Signal::kNext;
        }
    }
    if (node.text == "nop" && node.a == 0 && node.b == 0) return Signal::kNext;
    const GateDefinition* const gate = find_gate_named(node, node.b);
    if (gate == nullptr) unknown_gate(node);
    if (node.a > 0) {
        read_modifiers(node);
    } else {
        negative_.clear();
        inverse_ = false;
        exponent_ = 1.0;
    }
    check_shape(*gate, node.b, count, negative_.size(), node.offset);
    parameters_.clear();
    for (std::size_t i = 0; i < node.b; ++i) {
        parameters_.push_back(real(tree_.item(node, node.a + i)));
    }
    std::size_t rounds = 1;
    bool broadcast = false;
    if (operands_.size() < count) operands_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        Places& operand = operands_[i];
        const Index item = tree_.item(node, node.a + node.b + i);
        places(item, Symbol::Kind::kQubits, operand);
        if (operand.single) continue;
        if (broadcast && operand.items.size() != rounds) {
            throw Refusal{tree_[item].offset, "registers of different sizes",
                          "registers of one size, and single qubits",
                          std::to_string(operand.items.size()) + " qubits"};
        }
        broadcast = true;
        rounds = operand.items.size();
    }
    const std::uint64_t cost = saturating_multiply(rounds, gate->cost);
    if (cost > 1) builder_.require(cost);
    for (std::size_t round = 0; round < rounds; ++round) {
        qubits_.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const Places& operand = operands_[i];
            qubits_.push_back(operand.items[operand.single ? 0 : round]);
        }
        check_distinct(qubits_, node.offset);
        const std::span<const std::int32_t> all(qubits_);
        if (negative_.empty()) {
            applier_.apply(*gate, parameters_, all, inverse_, exponent_);
        } else {
            applier_.apply_controlled(all.first(negative_.size()), negative_, *gate, parameters_,
                                      all.subspan(negative_.size()), inverse_, exponent_);
        }
    }
    return Signal::kNext;
}

void Expander::measure(const Node& node) {
    if (node.b == kNone) {
        measure_into(node.a, nullptr, node.offset);
        return;
    }
    Places bits;
    places(node.b, Symbol::Kind::kBits, bits);
    measure_into(node.a, &bits.items, node.offset);
}

void Expander::measure_into(Index qubits, const std::vector<std::int32_t>* bits,
                            std::size_t offset) {
    Places found;
    places(qubits, Symbol::Kind::kQubits, found);
    if (bits != nullptr && bits->size() != found.items.size()) {
        throw Refusal{offset,
                      std::to_string(found.items.size()) + " qubits are measured into " +
                          std::to_string(bits->size()) + " bits",
                      "as many bits as qubits"};
    }
    for (std::size_t i = 0; i < found.items.size(); ++i) {
        builder_.step();
        builder_.measure(found.items[i], bits == nullptr ? -1 : (*bits)[i]);
    }
}

void Expander::reset(const Node& node) {
    for (std::size_t i = 0; i < node.count; ++i) {
        Places found;
        places(tree_.item(node, i), Symbol::Kind::kQubits, found);
        for (const std::int32_t qubit : found.items) {
            builder_.step();
            builder_.reset(qubit);
        }
    }
}

// The places that an index names: one, a range with both ends, or a set.
void Expander::add_index(Index index, std::int64_t size, std::vector<std::int64_t>& out) {
    const Node& node = tree_[index];
    const auto add = [&](std::int64_t place, std::size_t offset) {
        builder_.step();
        if (place < -size || place >= size) {
            throw Refusal{offset, "outside the register",
                          "0 to " + std::to_string(size - 1) +
                              (version_ == 2 ? "" : ", or -1 and below, counted from the end"),
                          std::to_string(place)};
        }
        out.push_back(place < 0 ? place + size : place);
    };
    if (node.kind == NodeKind::kSet) {
        for (std::size_t i = 0; i < node.count; ++i) {
            add(whole(tree_.item(node, i)), tree_[tree_.item(node, i)].offset);
        }
    } else if (node.kind == NodeKind::kRange) {
        const std::int64_t step = node.c == kNone ? 1 : whole(node.c);
        if (step == 0) throw Refusal{node.offset, "a step of 0", "a step other than 0"};
        const auto end = [&](Index given, std::int64_t otherwise) {
            if (given == kNone) return otherwise;
            const std::int64_t place = whole(given);
            if (place < -size || place >= size) add(place, tree_[given].offset);
            return place < 0 ? place + size : place;
        };
        const std::int64_t first = end(node.a, step > 0 ? 0 : size - 1);
        const std::int64_t last = end(node.b, step > 0 ? size - 1 : 0);
        for (std::int64_t place = first; step > 0 ? place <= last : place >= last;) {
            add(place, node.offset);
            if (step > size || step < -size) break;
            place += step;
        }
    } else {
        add(whole(index), node.offset);
    }
}

void Expander::places(Index expression, Symbol::Kind kind, Places& out) {
    const bool qubits = kind == Symbol::Kind::kQubits;
    const std::string what = qubits ? "qubit" : "classical bit";
    out.items.clear();
    out.single = false;
    const Node& node = tree_[expression];
    if (node.kind == NodeKind::kConcatenation) {
        places(node.a, kind, out);
        Places more;
        places(node.b, kind, more);
        out.items.insert(out.items.end(), more.items.begin(), more.items.end());
        out.single = false;
        return;
    }
    const Node& base = node.kind == NodeKind::kIndex ? tree_[node.a] : node;
    Places inner;
    std::int64_t first = 0;
    std::int64_t size = 0;
    const std::vector<std::int32_t>* list = nullptr;
    if (base.kind == NodeKind::kName) {
        const Symbol& symbol = variable(base);
        const bool is_list = qubits && symbol.kind == Symbol::Kind::kQubitList;
        if (symbol.kind != kind && !is_list) {
            throw Refusal{base.offset, "not a " + what, "a declared " + what, quoted(base.text)};
        }
        first = symbol.first;
        size = symbol.size;
        if (is_list) list = &symbol.list;
        out.single = symbol.single;
    } else if (base.kind == NodeKind::kIndex) {
        places(node.a, kind, inner);
        list = &inner.items;
        size = static_cast<std::int64_t>(inner.items.size());
        out.single = inner.single;
    } else {
        throw Refusal{base.offset, "not a " + what, "a declared " + what};
    }
    const auto at = [&](std::int64_t place) {
        return list == nullptr ? static_cast<std::int32_t>(first + place)
                               : (*list)[static_cast<std::size_t>(place)];
    };
    if (node.kind != NodeKind::kIndex) {
        out.items.reserve(static_cast<std::size_t>(size));
        for (std::int64_t place = 0; place < size; ++place) out.items.push_back(at(place));
        return;
    }
    if (node.count != 1) {
        throw Refusal{node.offset, "a register has one index", "one index"};
    }
    if (out.single) throw Refusal{node.offset, "a single " + what + " has no index", "its name"};
    const Index index = tree_.item(node, 0);
    const NodeKind index_kind = tree_[index].kind;
    if (index_kind == NodeKind::kInteger &&
        tree_[index].value.integer < static_cast<std::uint64_t>(size)) {
        out.items.push_back(at(static_cast<std::int64_t>(tree_[index].value.integer)));
        out.single = true;
        return;
    }
    std::vector<std::int64_t> chosen;
    add_index(index, size, chosen);
    for (const std::int64_t place : chosen) out.items.push_back(at(place));
    out.single = index_kind != NodeKind::kRange && index_kind != NodeKind::kSet;
}

}  // namespace ionsim::qasm
