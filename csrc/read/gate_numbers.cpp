#include <cmath>
#include <string>

#include "read/gate_reader.h"

namespace ionsim {
namespace {

constexpr std::string_view kPauliLetters = "IXYZ";  // a letter's place is its code

std::string a_number(std::string_view unit) {
    std::string text = "a finite number";
    if (!unit.empty()) {
        text += " in ";
        text += unit;
    }
    return text;
}

std::string numbers(const GateParameter& parameter) {
    if (parameter.count == 1) return a_number(parameter.unit);
    return "a list of " + std::to_string(parameter.count) + " finite numbers in " +
           std::string(parameter.unit);
}

}  // namespace

void GateReader::read_numbers(const GateRule& rule, Index node) {
    if (rule.info->is_pauli_exponential()) {
        read_pauli_exponential(rule, node);
    } else {
        for (const GateRule::Field& field : rule.fields) read_field(rule, field, node);
    }
}

void GateReader::report_missing(const GateRule& rule, Index node, int key, std::string allowed) {
    const std::string name = quoted(rules_.key_name(key));
    problems_.add({}, node, "the gate " + quoted(rule.info->name) + " needs " + name,
                  name + ": " + allowed);
}

void GateReader::read_field(const GateRule& rule, const GateRule::Field& field, Index node) {
    const GateParameter& parameter = *field.parameter;
    int key = field.key;
    if (field.alias != kNoKey && has(field.alias)) {
        if (has(key)) {
            problems_.add(place(field.alias), at(field.alias),
                          quoted(parameter.alias) + " means " + quoted(parameter.field) +
                              " here, and both are given",
                          "one of the two keys");
            return;
        }
        key = field.alias;
    }
    if (!has(key)) {
        if (parameter.fallback) {
            arrays_.parameters.push_back(*parameter.fallback);
        } else if (!parameter.optional) {
            report_missing(rule, node, key, numbers(parameter));
        }
        return;
    }
    const Index value = at(key);
    if (parameter.count == 1) {
        read_number(value, place(key), parameter.unit);
        return;
    }
    if (document_.kind(value) != NodeKind::kArray ||
        document_.count(value) != static_cast<std::size_t>(parameter.count)) {
        problems_.add(place(key), value, std::to_string(parameter.count) + " numbers are needed",
                      numbers(parameter));
        return;
    }
    std::size_t element = 0;
    for (Index child = document_.begin(value); child < document_.end(value);
         child = document_.next(child)) {
        read_number(child, {rules_.key_name(key), element++}, parameter.unit);
    }
}

void GateReader::read_number(Index node, const Place& place, std::string_view unit) {
    const NodeKind kind = document_.kind(node);
    if (kind == NodeKind::kNumber && std::isfinite(document_.number(node))) {
        arrays_.parameters.push_back(document_.number(node));
        return;
    }
    std::string message = "a number is needed";
    if (kind == NodeKind::kBoolean) message = "a boolean is no number";
    if (kind == NodeKind::kString) message = "a number is needed, not a string";
    if (kind == NodeKind::kNumber) {
        message = std::isnan(document_.number(node)) ? "not a number"
                                                     : "this number is infinite or too large";
    }
    problems_.add(place, node, std::move(message), a_number(unit));
}

void GateReader::read_pauli_exponential(const GateRule& rule, Index node) {
    if (has(kTimeKey)) {
        read_number(at(kTimeKey), place(kTimeKey), {});
    } else {
        report_missing(rule, node, kTimeKey, a_number({}));
    }
    if (has(kCoefficientsKey)) {
        read_coefficients(at(kCoefficientsKey));
    } else {
        report_missing(rule, node, kCoefficientsKey, "a list of finite numbers, one per term");
    }
    if (has(kTermsKey)) {
        read_terms(at(kTermsKey));
    } else {
        report_missing(rule, node, kTermsKey, "a list of Pauli strings such as \"XZ\"");
    }
}

void GateReader::read_coefficients(Index node) {
    if (document_.kind(node) != NodeKind::kArray) {
        problems_.add(place(kCoefficientsKey), node, "a list of numbers is needed",
                      "a list of finite numbers, one per term");
        return;
    }
    std::size_t element = 0;
    const Index end = document_.end(node);
    for (Index child = document_.begin(node); child < end && !problems_.full();
         child = document_.next(child)) {
        read_number(child, {rules_.key_name(kCoefficientsKey), element++}, {});
    }
    if (!has(kTermsKey) || document_.kind(at(kTermsKey)) != NodeKind::kArray) return;
    const std::size_t terms = document_.count(at(kTermsKey));
    if (document_.count(node) != terms) {
        problems_.add(place(kCoefficientsKey), node,
                      "coefficients: " + std::to_string(document_.count(node)) +
                          ", terms: " + std::to_string(terms),
                      "one coefficient per term");
    }
}

void GateReader::read_terms(Index node) {
    if (document_.kind(node) != NodeKind::kArray) {
        problems_.add(place(kTermsKey), node, "a list of Pauli strings is needed",
                      "a list of strings of I, X, Y and Z, one letter per target");
        return;
    }
    if (document_.count(node) == 0) {
        problems_.add(place(kTermsKey), node, "there are no terms", "at least one Pauli string");
        return;
    }
    std::size_t element = 0;
    const Index end = document_.end(node);
    for (Index child = document_.begin(node); child < end && !problems_.full();
         child = document_.next(child)) {
        read_term(child, element++);
    }
}

// Appends one term's letters, turned round: on the wire the leftmost letter acts on the last
// target.
void GateReader::read_term(Index node, std::size_t element) {
    const Place place{rules_.key_name(kTermsKey), element};
    std::string allowed = "a string of I, X, Y and Z";
    if (targets_) {
        allowed += ", " + std::to_string(*targets_) +
                   " long: a letter per target, the leftmost for the last one";
    }
    if (document_.kind(node) != NodeKind::kString) {
        problems_.add(place, node, "a Pauli string is needed", std::move(allowed));
        return;
    }
    const std::string_view term = document_.text(node);
    if (term.find_first_not_of(kPauliLetters) != std::string_view::npos) {
        problems_.add(place, node, "a letter that is no Pauli operator (upper case counts)",
                      std::move(allowed));
        return;
    }
    if (targets_ && term.size() != *targets_) {
        problems_.add(
            place, node,
            "letters: " + std::to_string(term.size()) + ", targets: " + std::to_string(*targets_),
            std::move(allowed));
        return;
    }
    for (auto letter = term.rbegin(); letter != term.rend(); ++letter) {
        arrays_.letters.push_back(static_cast<std::uint8_t>(kPauliLetters.find(*letter)));
    }
}

}  // namespace ionsim
