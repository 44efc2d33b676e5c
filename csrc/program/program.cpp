#include "program/program.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/bits.h"
#include "base/error.h"

namespace ionsim {
namespace {

void require(bool condition, std::size_t gate, const char* what) {
    if (!condition) throw ProgramError("gate " + std::to_string(gate) + ": " + what);
}

template <class Value>
void check_ragged(const std::vector<std::int64_t>& starts, const std::vector<Value>& values,
                  std::size_t rows, const char* name) {
    const bool fits = starts.size() == rows + 1 && starts.front() == 0 &&
                      starts.back() == static_cast<std::int64_t>(values.size()) &&
                      std::is_sorted(starts.begin(), starts.end());
    if (!fits) throw ProgramError(std::string(name) + " starts do not cover the values row by row");
}

template <class Value>
std::span<const Value> row(const std::vector<std::int64_t>& starts,
                           const std::vector<Value>& values, std::size_t index) {
    const auto begin = static_cast<std::size_t>(starts[index]);
    const auto end = static_cast<std::size_t>(starts[index + 1]);
    return std::span<const Value>(values).subspan(begin, end - begin);
}

void check_parameters(const GateView& gate, std::size_t index) {
    std::size_t most = 0;
    std::size_t least = 0;
    for (const GateParameter& field : gate.info.fields()) {
        const auto count = static_cast<std::size_t>(field.count);
        most += count;
        if (!field.optional || field.fallback) least += count;
    }
    const std::size_t given = gate.parameters.size();
    require(given == most || given == least, index, "wrong number of parameters");
}

void check_pauli_exponential(const GateView& gate, std::size_t index) {
    require(!gate.targets.empty() && gate.targets.size() <= kMaxMaskQubits, index,
            "pauliexp acts on 1 to 64 targets");
    require(!gate.parameters.empty(), index, "pauliexp needs a time");
    require(gate.letters.size() == (gate.parameters.size() - 1) * gate.targets.size(), index,
            "pauliexp needs one letter per term and target");
    for (const std::uint8_t letter : gate.letters)
        require(letter < 4, index, "unknown Pauli letter");
}

}  // namespace

Program::Program(GateSet set, std::int64_t qubits, ProgramArrays arrays)
    : set_(set), qubits_(qubits), arrays_(std::move(arrays)) {
    if (qubits < 0) throw ProgramError("the number of qubits is negative");
    const std::size_t size = arrays_.gates.size();
    if (arrays_.control_counts.size() != size) throw ProgramError("one control count per gate");
    check_ragged(arrays_.qubit_starts, arrays_.qubits, size, "qubit");
    check_ragged(arrays_.parameter_starts, arrays_.parameters, size, "parameter");
    check_ragged(arrays_.letter_starts, arrays_.letters, size, "letter");
    const auto drop_duplicates = [this] {
        std::sort(touched_.begin(), touched_.end());
        touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    };
    std::size_t drop_at = 4096;
    std::vector<std::int32_t> sorted;
    for (std::size_t index = 0; index < size; ++index) {
        require(arrays_.gates[index] < gate_table().size(), index, "unknown gate code");
        const auto all = row(arrays_.qubit_starts, arrays_.qubits, index);
        require(arrays_.control_counts[index] <= all.size(), index, "more controls than qubits");
        const GateView gate = (*this)[index];
        const GateInfo& info = gate.info;
        require(info.set == set, index, "gate of the other gate set");
        const auto controls = static_cast<int>(gate.controls.size());
        require(controls >= info.min_controls && controls <= info.max_controls, index,
                "number of controls not allowed");
        require(info.targets == 0 || static_cast<int>(gate.targets.size()) == info.targets, index,
                "wrong number of targets");
        for (const double value : gate.parameters) {
            require(std::isfinite(value), index, "parameter is not finite");
        }
        sorted.assign(all.begin(), all.end());
        std::sort(sorted.begin(), sorted.end());
        require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), index,
                "repeated qubit");
        require(sorted.empty() || (sorted.front() >= 0 && sorted.back() < qubits), index,
                "qubit outside the circuit");
        if (info.is_pauli_exponential()) {
            check_pauli_exponential(gate, index);
        } else {
            require(gate.letters.empty(), index, "only pauliexp takes letters");
            check_parameters(gate, index);
        }
        if (!info.is_identity()) touched_.insert(touched_.end(), sorted.begin(), sorted.end());
        // Duplicates are dropped now and then, so that the list stays as short as the register.
        if (touched_.size() >= drop_at) {
            drop_duplicates();
            drop_at = 2 * touched_.size() + 4096;
        }
    }
    drop_duplicates();
}

GateView Program::operator[](std::size_t index) const {
    const auto all = row(arrays_.qubit_starts, arrays_.qubits, index);
    const std::size_t controls = arrays_.control_counts[index];
    return {gate_table()[arrays_.gates[index]], all.first(controls), all.subspan(controls),
            row(arrays_.parameter_starts, arrays_.parameters, index),
            row(arrays_.letter_starts, arrays_.letters, index)};
}

}  // namespace ionsim
