#include "read/gate_reader.h"

#include <string>

namespace ionsim {

void GateReader::reserve(std::size_t gates) {
    arrays_.gates.reserve(gates);
    arrays_.control_counts.reserve(gates);
    arrays_.qubit_starts.reserve(gates + 1);
    arrays_.parameter_starts.reserve(gates + 1);
    arrays_.letter_starts.reserve(gates + 1);
    arrays_.qubits.reserve(2 * gates);
    arrays_.parameters.reserve(gates);
}

void GateReader::read(Index node) {
    if (document_.kind(node) != NodeKind::kObject) {
        problems_.add({}, node, "a gate is an object",
                      "an object with the keys gate, target (or targets) and what the gate takes");
        return;
    }
    collect(node);
    const GateRule* const rule = find_rule(node);
    // The keys of a gate that does not exist here are not judged: they may be right elsewhere.
    if (!unknown_.empty() && (rule != nullptr || !has(kGateKey))) report_unknown_keys(rule);
    if (rule == nullptr) return;
    if ((present_ & ~rule->keys) != 0) check_keys(*rule);
    read_qubits(*rule, node);
    read_numbers(*rule, node);
    arrays_.gates.push_back(rule->code);
    arrays_.qubit_starts.push_back(static_cast<std::int64_t>(arrays_.qubits.size()));
    arrays_.parameter_starts.push_back(static_cast<std::int64_t>(arrays_.parameters.size()));
    arrays_.letter_starts.push_back(static_cast<std::int64_t>(arrays_.letters.size()));
}

std::string GateReader::quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

// Sorts the members by what their keys mean. A null value counts as absent.
void GateReader::collect(Index node) {
    present_ = 0;
    unknown_.clear();
    KeySet seen = 0;
    const Index end = document_.end(node);
    for (Index key = document_.begin(node); key < end;) {
        const Index value = key + 1;
        const bool null = document_.kind(value) == NodeKind::kNull;
        const bool named = document_.kind(key) == NodeKind::kString;
        const int known = named ? rules_.find_key(document_.text(key)) : kNoKey;
        if (known == kNoKey) {
            if (!null) unknown_.push_back(key);
        } else {
            if ((seen & key_bit(known)) != 0) {
                problems_.add(place(known), value, "this key comes twice in one gate",
                              "each key once");
            }
            seen |= key_bit(known);
            if (!null) {
                present_ |= key_bit(known);
                members_[static_cast<std::size_t>(known)] = value;
            }
        }
        key = document_.next(value);
    }
}

const GateRule* GateReader::find_rule(Index node) {
    if (!has(kGateKey)) {
        problems_.add({}, node, "the gate has no name", "\"gate\": " + rules_.names_text(set_));
        return nullptr;
    }
    const Index name = at(kGateKey);
    if (document_.kind(name) != NodeKind::kString) {
        problems_.add(place(kGateKey), name, "the name of a gate is a string",
                      rules_.names_text(set_));
        return nullptr;
    }
    const GateRule* const rule = rules_.find(set_, document_.text(name));
    if (rule == nullptr) {
        problems_.add(place(kGateKey), name,
                      "the gate set " + quoted(gate_set_name(set_)) + " has no such gate" +
                          gate_hint(set_, document_.text(name)),
                      rules_.names_text(set_), kUnsupportedGate);
    }
    return rule;
}

void GateReader::report_unknown_keys(const GateRule* rule) {
    for (const Index key : unknown_) {
        if (problems_.full()) return;
        std::string allowed = "gate, targets, controls and the numbers of the gate";
        if (rule != nullptr) {
            allowed = quoted(rule->info->name) + " takes the keys " + rules_.keys_text(*rule);
        }
        problems_.add({document_.text(key)}, key + 1,
                      "no gate has this key" + key_hint(rule, document_.text(key)),
                      std::move(allowed));
    }
}

// Keys that exist, but not for this gate.
void GateReader::check_keys(const GateRule& rule) {
    KeySet surplus = present_ & ~rule.keys;
    // An empty list of controls says that there are none, which is true of every gate.
    if (has(kControlsKey) && document_.kind(at(kControlsKey)) == NodeKind::kArray &&
        document_.count(at(kControlsKey)) == 0) {
        surplus &= ~key_bit(kControlsKey);
    }
    for (int key = 0; key < rules_.key_count(); ++key) {
        if ((surplus & key_bit(key)) == 0) continue;
        bool taken_by_others = false;
        for (const GateRule& other : rules_.rules(set_)) {
            taken_by_others |= (other.keys & key_bit(key)) != 0;
        }
        const std::string who = taken_by_others
                                    ? "the gate " + quoted(rule.info->name)
                                    : "a gate of the gate set " + quoted(gate_set_name(set_));
        problems_.add(place(key), at(key), who + " takes no " + quoted(rules_.key_name(key)),
                      quoted(rule.info->name) + " takes the keys " + rules_.keys_text(rule));
    }
}

}  // namespace ionsim
