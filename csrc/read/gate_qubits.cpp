#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/bits.h"
#include "read/gate_reader.h"

namespace ionsim {

std::string QubitRange::allowed(bool raise) const {
    const std::string last = std::to_string(most - 1);
    std::string text = most == 1 ? "the qubit index 0" : "a qubit index from 0 to " + last;
    if (raise && declared) {
        text += "; raise " + declared_path + " (now " + std::to_string(*declared) + ") for more";
    }
    return text;
}

void GateReader::read_qubits(const GateRule& rule, Index node) {
    const bool controllable = rule.info->max_controls > 0;
    const Count controls =
        controllable ? read_indices(kControlKey, kControlsKey) : Count(std::size_t{0});
    const Count targets = read_indices(kTargetKey, kTargetsKey);
    const bool controls_fit = controls && check_controls(rule, node, *controls);
    const bool targets_fit = targets && check_targets(rule, node, *targets);
    targets_ = targets_fit ? targets : Count();
    if (controls_fit && targets_fit) check_repeated(*controls);
    arrays_.control_counts.push_back(static_cast<std::uint8_t>(controls.value_or(0)));
}

// Appends the qubits under a key or its plural. A qubit that is none is kept as -1, so that the
// others keep their places.
GateReader::Count GateReader::read_indices(Key singular, Key plural) {
    const std::string_view plural_name = rules_.key_name(plural);
    if (has(singular) && has(plural)) {
        problems_.add(
            place(plural), at(plural),
            quoted(rules_.key_name(singular)) + " and " + quoted(plural_name) + " are both given",
            "one of the two keys");
        return {};
    }
    if (has(singular)) {
        arrays_.qubits.push_back(read_index(at(singular), place(singular), plural_name));
        return 1;
    }
    if (!has(plural)) return 0;
    const Index list = at(plural);
    if (document_.kind(list) != NodeKind::kArray) {
        problems_.add(
            place(plural), list, "a list of qubit indices is needed",
            "a list of integers; a single qubit goes under " + quoted(rules_.key_name(singular)));
        return {};
    }
    std::size_t count = 0;
    const Index end = document_.end(list);
    for (Index node = document_.begin(list); node < end; node = document_.next(node)) {
        if (problems_.full()) return {};
        arrays_.qubits.push_back(read_index(node, {plural_name, count}, {}));
        ++count;
    }
    return count;
}

// The qubit at `node`; -1 and a problem when it is none. `plural` names the key for lists, where
// that would be the way to say it.
std::int32_t GateReader::read_index(Index node, const Place& place, std::string_view plural) {
    const NodeKind kind = document_.kind(node);
    const double value = kind == NodeKind::kNumber ? document_.number(node) : -1.0;
    // A NaN compares false, and 2.0 is as good as 2.
    if (value >= 0.0 && value < static_cast<double>(range_.most)) {
        const auto qubit = static_cast<std::int32_t>(value);
        if (value == static_cast<double>(qubit)) {
            highest_ = std::max(highest_, qubit);
            return qubit;
        }
    }
    std::string message;
    bool raise = false;
    if (kind != NodeKind::kNumber) {
        message =
            kind == NodeKind::kBoolean ? "a boolean is no qubit index" : "a qubit index is needed";
    } else if (!std::isfinite(value) || value != std::floor(value)) {
        message = "a qubit index is a whole number";
    } else if (value < 0.0) {
        message = "a qubit index is not negative";
    } else if (range_.declared) {
        message = "this qubit is outside the circuit";
        raise = true;
    } else {
        message = "this qubit index is too large";
    }
    std::string allowed = range_.allowed(raise);
    if (kind == NodeKind::kArray && !plural.empty()) {
        allowed += "; a list goes under " + quoted(plural);
    }
    problems_.add(place, node, std::move(message), std::move(allowed));
    return -1;
}

bool GateReader::check_controls(const GateRule& rule, Index node, std::size_t controls) {
    const GateInfo& info = *rule.info;
    if (controls < static_cast<std::size_t>(info.min_controls)) {
        report_missing_control(rule, node);
        return false;
    }
    if (controls > static_cast<std::size_t>(info.max_controls)) {
        problems_.add(place(kControlsKey), at(kControlsKey),
                      std::to_string(controls) + " controls are too many",
                      "at most " + std::to_string(info.max_controls) + " controls",
                      kTooManyControls);
        return false;
    }
    return true;
}

// Some programs list the control among the targets. The order would be a guess, so it is asked for,
// with the right form in the qubits at hand.
void GateReader::report_missing_control(const GateRule& rule, Index node) {
    const auto start = static_cast<std::size_t>(arrays_.qubit_starts.back());
    const std::size_t given = arrays_.qubits.size() - start;
    const std::int32_t target = given > 0 && given <= 2 ? std::max(arrays_.qubits.back(), 0) : 1;
    std::int32_t control = target == 0 ? 1 : 0;
    if (given == 2) control = std::max(arrays_.qubits[start], 0);
    const std::string name = quoted(rule.info->name);
    problems_.add({}, node, "the gate " + name + " needs a control",
                  "{\"gate\": " + name + ", \"control\": " + std::to_string(control) +
                      ", \"target\": " + std::to_string(target) + "} where qubit " +
                      std::to_string(control) + " is the control; several go under \"controls\"");
}

bool GateReader::check_targets(const GateRule& rule, Index node, std::size_t targets) {
    const GateInfo& info = *rule.info;
    if (info.is_identity()) return true;
    const bool any = info.is_pauli_exponential();
    const std::size_t least = any ? 1 : static_cast<std::size_t>(info.targets);
    const std::size_t most = any ? std::size_t{kMaxMaskQubits} : least;
    if (targets >= least && targets <= most) return true;
    // A control among the targets was reported as missing, with the right form.
    const bool no_control = info.min_controls > 0 && !has(kControlKey) && !has(kControlsKey);
    if (no_control && targets == least + 1) return false;

    const std::string name = "the gate " + quoted(info.name);
    std::string allowed = "\"targets\" with " + std::to_string(least);
    if (most > least) allowed += " to " + std::to_string(most);
    allowed += " qubits";
    if (most == 1) allowed = "\"target\" with one qubit";
    if (!has(kTargetKey) && !has(kTargetsKey)) {
        problems_.add({}, node, name + " needs a target", std::move(allowed));
        return false;
    }
    const Key key = has(kTargetKey) ? kTargetKey : kTargetsKey;
    problems_.add(place(key), at(key),
                  name + " does not act on " + std::to_string(targets) +
                      (targets == 1 ? " target" : " targets"),
                  std::move(allowed));
    return false;
}

// The current gate's qubits are the last ones in the array, behind the last row's end.
void GateReader::check_repeated(std::size_t controls) {
    const auto start = static_cast<std::size_t>(arrays_.qubit_starts.back());
    const std::span<const std::int32_t> qubits =
        std::span<const std::int32_t>(arrays_.qubits).subspan(start);
    const auto report = [&](std::size_t position) {
        problems_.add_value(qubit_place(position, controls), std::to_string(qubits[position]),
                            "this qubit is already in the gate", "each qubit once in a gate");
    };
    constexpr std::size_t kFew = 16;
    if (qubits.size() <= kFew) {
        for (std::size_t i = 1; i < qubits.size(); ++i) {
            const auto before = qubits.first(i);
            const bool repeated =
                std::find(before.begin(), before.end(), qubits[i]) != before.end();
            if (repeated && qubits[i] >= 0) report(i);
        }
        return;
    }
    sorted_.clear();
    for (std::size_t i = 0; i < qubits.size(); ++i) sorted_.emplace_back(qubits[i], i);
    std::sort(sorted_.begin(), sorted_.end());
    for (std::size_t i = 1; i < sorted_.size() && !problems_.full(); ++i) {
        const bool repeated = sorted_[i].first == sorted_[i - 1].first;
        if (repeated && sorted_[i].first >= 0) report(sorted_[i].second);
    }
}

Problems::Place GateReader::qubit_place(std::size_t position, std::size_t controls) const {
    const bool control = position < controls;
    if (has(control ? kControlKey : kTargetKey)) return place(control ? kControlKey : kTargetKey);
    return {rules_.key_name(control ? kControlsKey : kTargetsKey),
            control ? position : position - controls};
}

}  // namespace ionsim
