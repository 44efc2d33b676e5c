#include "read/hints.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "read/gate_rules.h"

namespace ionsim {
namespace {

constexpr std::size_t kLongestName = 24;

std::string lower(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

// Insertions, deletions, replacements and exchanges of neighbours that turn one name into the
// other. Both are at most kLongestName long.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, kLongestName + 1>, kLongestName + 1> cost{};
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            std::size_t best = std::min({replace, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
            const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (exchanged) best = std::min(best, cost[i - 2][j - 2] + 1);
            cost[i][j] = best;
        }
    }
    return cost[a.size()][b.size()];
}

// The one name nearest to a misspelt one; empty when none is near or the choice is open. Half of a
// short name changed is another name, so those are not guessed.
std::string_view nearest(std::string_view misspelt, std::span<const std::string_view> names) {
    if (misspelt.size() < 3 || misspelt.size() > kLongestName) return {};
    const std::size_t most = std::min<std::size_t>(misspelt.size() / 3, 2);
    std::string_view best;
    std::size_t least = most + 1;
    for (const std::string_view name : names) {
        if (name.size() > kLongestName) continue;  // programs define names of any length
        const std::size_t distance = edit_distance(misspelt, name);
        if (distance == least) best = {};
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    return best;
}

std::string quoted_guess(std::string_view name, std::string_view with = {}) {
    std::string text = "; did you mean \"";
    text += name;
    text += '"';
    text += with;
    return text + "?";
}

// Other languages spell controlled gates with leading letters c: one c a control. Of the names that
// share a matrix, the one that needs a control is meant.
std::string controlled_hint(GateSet set, std::string_view name) {
    const bool many = name.starts_with("mc");
    if (many) name.remove_prefix(1);
    const GateRules& rules = GateRules::instance();
    for (int controls = 1; controls <= kMaxControls && name.starts_with('c'); ++controls) {
        name.remove_prefix(1);
        const GateRule* const base = rules.find(set, name);
        if (base == nullptr || base->info->max_controls == 0) continue;
        const GateInfo* meant = base->info;
        for (const GateRule& rule : rules.rules(set)) {
            const bool same = rule.info->matrix != nullptr && rule.info->matrix == meant->matrix;
            if (same && rule.info->min_controls > meant->min_controls) meant = rule.info;
        }
        const int count = controls + base->info->min_controls;
        if (many) return quoted_guess(meant->name, " with \"controls\"");
        if (count == 1) return quoted_guess(meant->name, " with \"control\"");
        return quoted_guess(meant->name, " with " + std::to_string(count) + " \"controls\"");
    }
    return {};
}

// Spellings of inverses (an ending dg) and of two-qubit rotations (a leading r) in other languages.
std::string dialect_hint(GateSet set, std::string_view name) {
    const GateRules& rules = GateRules::instance();
    if (name.ends_with("dg")) {
        const std::string inverse = std::string(name.substr(0, name.size() - 2)) + "i";
        if (const GateRule* rule = rules.find(set, inverse)) return quoted_guess(rule->info->name);
    }
    if (name.starts_with('r')) {
        const GateRule* const rule = rules.find(set, name.substr(1));
        if (rule != nullptr && !rule->fields.empty() && rule->info->targets == 2) {
            return quoted_guess(rule->info->name);
        }
    }
    return {};
}

}  // namespace

std::string_view nearest_name(std::string_view misspelt, std::span<const std::string_view> names) {
    return nearest(misspelt, names);
}

std::string gate_hint(GateSet set, std::string_view name) {
    const GateRules& rules = GateRules::instance();
    const GateSet other = set == GateSet::kQis ? GateSet::kNative : GateSet::kQis;
    if (rules.find(other, name) != nullptr) {
        std::string text = "; it is a gate of the gate set \"";
        text += gate_set_name(other);
        return text + "\"";
    }
    const std::string plain = lower(name.substr(0, std::min(name.size(), kLongestName + 1)));
    if (plain == "measure" || plain == "m") {
        return "; leave it out, all qubits are measured once at the end";
    }
    if (plain == "barrier" || plain == "id" || plain == "i") return "; leave it out";
    std::vector<std::string_view> names;
    for (const GateRule& rule : rules.rules(set)) names.push_back(rule.info->name);
    if (rules.find(set, plain) != nullptr) return quoted_guess(plain);
    if (std::string hint = controlled_hint(set, plain); !hint.empty()) return hint;
    if (std::string hint = dialect_hint(set, plain); !hint.empty()) return hint;
    const std::string_view near = nearest(plain, names);
    return near.empty() ? std::string() : quoted_guess(near);
}

std::string key_hint(const GateRule* rule, std::string_view key) {
    const GateRules& rules = GateRules::instance();
    const std::string wanted = lower(key.substr(0, std::min(key.size(), kLongestName + 1)));
    std::vector<std::string_view> names;
    for (int known = 0; known < rules.key_count(); ++known) {
        if (rule == nullptr || (rule->keys & key_bit(known)) != 0) {
            names.push_back(rules.key_name(known));
        }
    }
    // Shortened keys and those with another case; of a singular and its plural, the singular.
    for (const std::string_view name : names) {
        if (wanted.size() >= 3 && name.starts_with(wanted)) return quoted_guess(name);
    }
    const std::string_view near = nearest(wanted, names);
    return near.empty() ? std::string() : quoted_guess(near);
}

}  // namespace ionsim
