#include "program/program.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/bits.h"
#include "base/error.h"

namespace ionsim {
namespace {

inline void require(bool condition, std::size_t gate, const char* what) {
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

// Most gates have one or two qubits, and nearly all a few: those need no sorting.
bool repeats(std::span<const std::int32_t> qubits, std::vector<std::int32_t>& scratch) {
    constexpr std::size_t kFew = 16;
    if (qubits.size() <= kFew) {
        for (std::size_t i = 1; i < qubits.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (qubits[i] == qubits[j]) return true;
            }
        }
        return false;
    }
    scratch.assign(qubits.begin(), qubits.end());
    std::sort(scratch.begin(), scratch.end());
    return std::adjacent_find(scratch.begin(), scratch.end()) != scratch.end();
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
    // Low qubits are marked in a map; a list of all would be mostly duplicates. High ones are rare.
    constexpr std::int32_t kMapped = 1 << 16;
    std::vector<bool> low(static_cast<std::size_t>(std::min<std::int64_t>(qubits, kMapped)));
    std::vector<std::int32_t> high;
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
        for (const std::int32_t qubit : all) {
            require(qubit >= 0 && qubit < qubits, index, "qubit outside the circuit");
        }
        require(!repeats(all, sorted), index, "repeated qubit");
        if (info.is_pauli_exponential()) {
            check_pauli_exponential(gate, index);
        } else {
            require(gate.letters.empty(), index, "only pauliexp takes letters");
            check_parameters(gate, index);
        }
        if (info.is_identity()) continue;
        for (const std::int32_t qubit : all) {
            if (qubit < kMapped) {
                low[static_cast<std::size_t>(qubit)] = true;
            } else {
                high.push_back(qubit);
            }
        }
    }
    for (std::size_t qubit = 0; qubit < low.size(); ++qubit) {
        if (low[qubit]) touched_.push_back(static_cast<std::int32_t>(qubit));
    }
    std::sort(high.begin(), high.end());
    high.erase(std::unique(high.begin(), high.end()), high.end());
    touched_.insert(touched_.end(), high.begin(), high.end());
}

GateView Program::operator[](std::size_t index) const {
    const auto all = row(arrays_.qubit_starts, arrays_.qubits, index);
    const std::size_t controls = arrays_.control_counts[index];
    return {gate_table()[arrays_.gates[index]], all.first(controls), all.subspan(controls),
            row(arrays_.parameter_starts, arrays_.parameters, index),
            row(arrays_.letter_starts, arrays_.letters, index)};
}

}  // namespace ionsim
