#include "read/gate_rules.h"

#include <stdexcept>

namespace ionsim {

void NameIndex::add(std::string_view name) {
    if (names_.size() >= kMost) throw std::length_error("too many names for the index");
    std::size_t slot = hash(name);
    while (slots_[slot] >= 0) slot = (slot + 1) % kSlots;
    slots_[slot] = static_cast<std::int8_t>(names_.size());
    names_.push_back(name);
}

const GateRules& GateRules::instance() {
    static const GateRules rules;
    return rules;
}

int GateRules::add_key(std::string_view name) {
    if (name.empty()) return kNoKey;
    if (const int known = keys_.find(name); known != kNoKey) return known;
    if (key_count() >= kMostKeys) throw std::length_error("too many keys for a set");
    keys_.add(name);
    return static_cast<int>(keys_.names().size()) - 1;
}

GateRules::GateRules() {
    // In the order of Key.
    for (const std::string_view name :
         {"gate", "target", "targets", "control", "controls", "terms", "coefficients", "time"}) {
        keys_.add(name);
    }
    for (const GateInfo& info : gate_table()) {
        GateRule rule{&info, gate_code(info), 0, {}};
        rule.keys = key_bit(kGateKey) | key_bit(kTargetKey) | key_bit(kTargetsKey);
        if (info.max_controls > 0) rule.keys |= key_bit(kControlKey) | key_bit(kControlsKey);
        for (const GateParameter& parameter : info.fields()) {
            const GateRule::Field field{&parameter, add_key(parameter.field),
                                        add_key(parameter.alias)};
            rule.keys |= key_bit(field.key);
            if (field.alias != kNoKey) rule.keys |= key_bit(field.alias);
            rule.fields.push_back(field);
        }
        if (info.is_pauli_exponential()) {
            rule.keys |= key_bit(kTermsKey) | key_bit(kCoefficientsKey) | key_bit(kTimeKey);
        }
        Set& set = sets_[static_cast<std::size_t>(info.set)];
        set.index.add(info.name);
        set.rules.push_back(std::move(rule));
    }
}

std::string GateRules::names_text(GateSet set) const {
    std::string text = "one of";
    const char* separator = " ";
    for (const GateRule& rule : rules(set)) {
        text += separator;
        text += rule.info->name;
        separator = ", ";
    }
    return text;
}

std::string GateRules::keys_text(const GateRule& rule) const {
    std::string text = "gate, ";
    text += rule.info->targets == 1 ? "target (or targets)" : "targets";
    if (rule.info->max_controls > 0) text += ", control (or controls)";
    for (const GateRule::Field& field : rule.fields) {
        text += ", ";
        text += field.parameter->field;
    }
    if (rule.info->is_pauli_exponential()) text += ", terms, coefficients, time";
    return text;
}

}  // namespace ionsim
