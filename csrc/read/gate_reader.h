#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gates/gate.h"
#include "program/program.h"
#include "read/document.h"
#include "read/gate_rules.h"
#include "read/problem.h"

namespace ionsim {

// How many qubits a circuit may use, and how to say so.
struct QubitRange {
    std::int64_t most;                     // indices are 0..most-1
    std::optional<std::int64_t> declared;  // absent when the width is to be inferred
    std::string declared_path;             // JSON path of the declared width

    // What is allowed as an index; with `raise`, also what to do for a larger one.
    std::string allowed(bool raise) const;
};

// Reads gate objects one after the other. Each becomes a row of the flat form, or a problem; after
// the first problem the rows have gaps and are not to be used.
class GateReader {
  public:
    GateReader(const Document& document, GateSet set, const QubitRange& range, Problems& problems)
        : document_(document), set_(set), range_(range), problems_(problems) {}

    void reserve(std::size_t gates);
    void read(Document::Index node);

    std::int32_t highest_qubit() const { return highest_; }  // -1 without qubits
    ProgramArrays take() { return std::move(arrays_); }

  private:
    using Index = Document::Index;
    using Place = Problems::Place;

    // Of the members of one gate object.
    bool has(int key) const { return (present_ & key_bit(key)) != 0; }
    Index at(int key) const { return members_[static_cast<std::size_t>(key)]; }
    Place place(int key) const { return {rules_.key_name(key)}; }
    static std::string quoted(std::string_view name);

    void collect(Index node);
    const GateRule* find_rule(Index node);
    void report_unknown_keys(const GateRule* rule);
    void check_keys(const GateRule& rule);

    // Qubits (gate_qubits.cpp). A number of qubits is absent when their list is no list.
    using Count = std::optional<std::size_t>;
    void read_qubits(const GateRule& rule, Index node);
    Count read_indices(Key singular, Key plural);
    std::int32_t read_index(Index node, const Place& place, std::string_view plural);
    bool check_controls(const GateRule& rule, Index node, std::size_t controls);
    bool check_targets(const GateRule& rule, Index node, std::size_t targets);
    void report_missing_control(const GateRule& rule, Index node);
    void check_repeated(std::size_t controls);
    Place qubit_place(std::size_t position, std::size_t controls) const;

    // Numbers (gate_numbers.cpp).
    void read_numbers(const GateRule& rule, Index node);
    void read_field(const GateRule& rule, const GateRule::Field& field, Index node);
    void read_number(Index node, const Place& place, std::string_view unit);
    void read_pauli_exponential(const GateRule& rule, Index node);
    void read_coefficients(Index node);
    void read_terms(Index node);
    void read_term(Index node, std::size_t element);
    void report_missing(const GateRule& rule, Index node, int key, std::string allowed);

    const Document& document_;
    const GateSet set_;
    const QubitRange& range_;
    Problems& problems_;
    const GateRules& rules_ = GateRules::instance();

    std::array<Index, kMostKeys> members_{};
    KeySet present_ = 0;          // keys with a value other than null
    std::vector<Index> unknown_;  // keys that no gate has and whose value is not null
    Count targets_;               // of the current gate; absent when they are not right

    std::int32_t highest_ = -1;
    ProgramArrays arrays_;
    std::vector<std::pair<std::int32_t, std::size_t>> sorted_;  // scratch
};

}  // namespace ionsim
