#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "gates/gate.h"

namespace ionsim {

// Finds short names fast. The names must outlive the index.
class NameIndex {
  public:
    static constexpr std::size_t kMost = 100;

    // Throws std::length_error when there are more than kMost.
    void add(std::string_view name);
    // The place of the name in the order of adding; -1 when it is none of them.
    int find(std::string_view name) const {
        for (std::size_t slot = hash(name);; slot = (slot + 1) % kSlots) {
            const int place = slots_[slot];
            if (place < 0 || same(names_[static_cast<std::size_t>(place)], name)) return place;
        }
    }
    const std::vector<std::string_view>& names() const { return names_; }

    NameIndex() { slots_.fill(-1); }

  private:
    static constexpr std::size_t kSlots = 256;
    static std::size_t hash(std::string_view name) {
        if (name.empty()) return 0;
        const auto first = static_cast<unsigned char>(name.front());
        const auto last = static_cast<unsigned char>(name.back());
        return (name.size() * 37 + first * 5u + last * 17u) % kSlots;
    }

    // Without the call that a general comparison is, and without a loop whose end the processor has
    // to guess: two loads that overlap cover the name.
    static bool same(std::string_view a, std::string_view b) {
        const std::size_t size = a.size();
        if (size != b.size()) return false;
        if (size > 16) return a == b;
        if (size >= 8) return same_ends<std::uint64_t>(a, b);
        if (size >= 4) return same_ends<std::uint32_t>(a, b);
        if (size >= 2) return same_ends<std::uint16_t>(a, b);
        return size == 0 || a[0] == b[0];
    }
    template <class Word>
    static bool same_ends(std::string_view a, std::string_view b) {
        const auto load = [](const char* from) {
            Word word;
            std::memcpy(&word, from, sizeof word);
            return word;
        };
        const std::size_t last = a.size() - sizeof(Word);
        return load(a.data()) == load(b.data()) && load(a.data() + last) == load(b.data() + last);
    }

    std::vector<std::string_view> names_;
    std::array<std::int8_t, kSlots> slots_;
};

// Keys of a gate object that have a meaning of their own. The gate table adds its fields behind
// them.
enum Key : int {
    kNoKey = -1,
    kGateKey,
    kTargetKey,
    kTargetsKey,
    kControlKey,
    kControlsKey,
    kTermsKey,
    kCoefficientsKey,
    kTimeKey,
};

using KeySet = std::uint32_t;
inline constexpr int kMostKeys = 32;
constexpr KeySet key_bit(int key) {
    return KeySet{1} << key;
}

// What an object of this gate may hold.
struct GateRule {
    struct Field {
        const GateParameter* parameter = nullptr;
        int key = kNoKey;
        int alias = kNoKey;
    };

    const GateInfo* info = nullptr;
    std::uint8_t code = 0;
    KeySet keys = 0;
    std::vector<Field> fields;
};

// The gate table as the reader needs it: made once, never changed.
class GateRules {
  public:
    static const GateRules& instance();

    int find_key(std::string_view name) const { return keys_.find(name); }
    int key_count() const { return static_cast<int>(keys_.names().size()); }
    std::string_view key_name(int key) const {
        return keys_.names()[static_cast<std::size_t>(key)];
    }
    const GateRule* find(GateSet set, std::string_view name) const {
        const Set& gates = sets_[static_cast<std::size_t>(set)];
        const int place = gates.index.find(name);
        return place < 0 ? nullptr : &gates.rules[static_cast<std::size_t>(place)];
    }
    const std::vector<GateRule>& rules(GateSet set) const {
        return sets_[static_cast<std::size_t>(set)].rules;
    }

    // For messages: all names of a set, and the keys that a gate takes.
    std::string names_text(GateSet set) const;
    std::string keys_text(const GateRule& rule) const;

  private:
    struct Set {
        NameIndex index;
        std::vector<GateRule> rules;
    };

    GateRules();
    int add_key(std::string_view name);

    NameIndex keys_;
    std::array<Set, 2> sets_;
};

// What a name that the gate set lacks may have meant, as the end of a message; empty when there is
// no good guess.
std::string gate_hint(GateSet set, std::string_view name);

// The same for an unknown key; `rule` is null when the gate is not known.
std::string key_hint(const GateRule* rule, std::string_view key);

}  // namespace ionsim
