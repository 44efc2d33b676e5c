#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ionsim {

using Complex = std::complex<double>;

enum class GateSet : std::uint8_t { kQis, kNative };

// The unitary of a gate on its targets, row-major; bit j of an index is the state of target j.
struct GateMatrix {
    int targets = 1;
    std::array<Complex, 16> elements{};

    int dimension() const { return 1 << targets; }
    Complex operator()(int row, int column) const {
        return elements[static_cast<std::size_t>(row * dimension() + column)];
    }
    Complex& operator()(int row, int column) {
        return elements[static_cast<std::size_t>(row * dimension() + column)];
    }
};

// A number that a gate takes. A field of several numbers ("phases") has one row for all of them.
struct GateParameter {
    std::string_view field;  // key in the circuit JSON
    std::string_view unit;   // "radians" or "turns"
    int count = 1;           // numbers in the field
    bool optional = false;   // may be absent: then `fallback` where given, else the plain gate
    std::optional<double> fallback = {};
    std::string_view alias = {};  // another key that some clients send
};

inline constexpr int kMaxControls = 7;

struct GateInfo {
    std::string_view name;
    GateSet set;
    int targets;       // 1 or 2; 0: any number, at least one (pauliexp)
    int min_controls;  // cnot needs one
    int max_controls;
    std::array<GateParameter, 2> parameters;
    int parameter_fields;
    // Bit m is set when the matrix may have elements with row XOR column == m. What is not set is
    // zero for every parameter value, so the kernels' shape follows from the name alone.
    unsigned xor_offsets;
    // Writes the unitary for the numbers in `parameters`, in the order of the fields. Null for
    // pauliexp, whose matrix depends on its terms, and for nop.
    GateMatrix (*matrix)(std::span<const double> parameters);
    std::string_view formula;
    std::string_view summary;

    std::span<const GateParameter> fields() const {
        return {parameters.data(), static_cast<std::size_t>(parameter_fields)};
    }
    bool is_identity() const { return name == "nop"; }
    bool is_pauli_exponential() const { return name == "pauliexp"; }
};

// The gate table: one row a gate. A row's place is its code in the flat form of a program.
std::span<const GateInfo> gate_table();

// The row with this name in this gate set; null when there is none.
const GateInfo* find_gate(GateSet set, std::string_view name);

std::uint8_t gate_code(const GateInfo& info);

// The gate set with this name; empty when there is none.
std::optional<GateSet> find_gate_set(std::string_view name);

constexpr std::string_view gate_set_name(GateSet set) {
    return set == GateSet::kQis ? "qis" : "native";
}

}  // namespace ionsim
