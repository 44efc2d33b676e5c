#include "read/native_gates.h"

#include <initializer_list>
#include <numbers>
#include <span>
#include <string_view>

#include "gates/gate.h"

namespace ionsim {
namespace {

using Qubits = std::span<const std::int32_t>;

class Rewriter {
  public:
    void copy(std::uint8_t code, Qubits controls, Qubits targets, std::span<const double> numbers) {
        out_.gates.push_back(code);
        out_.control_counts.push_back(static_cast<std::uint8_t>(controls.size()));
        out_.qubits.insert(out_.qubits.end(), controls.begin(), controls.end());
        out_.qubits.insert(out_.qubits.end(), targets.begin(), targets.end());
        out_.qubit_starts.push_back(static_cast<std::int64_t>(out_.qubits.size()));
        out_.parameters.insert(out_.parameters.end(), numbers.begin(), numbers.end());
        out_.parameter_starts.push_back(static_cast<std::int64_t>(out_.parameters.size()));
        out_.letter_starts.push_back(0);
    }

    // gpi, gpi2 and ms are rotations about axes in the XY plane: about X, between turns about Z.
    // Only the inner gate needs the controls.
    void rewrite(const GateInfo& info, Qubits controls, Qubits targets,
                 std::span<const double> numbers) {
        if (info.name == "nop") return;
        if (info.name == "zz") {
            add("zz", controls, targets, {kTurn * angle(numbers, 0)});
            return;
        }
        turn_back(targets, numbers);
        if (info.name == "gpi") {
            add("x", controls, targets, {});
        } else if (info.name == "gpi2") {
            add("rx", controls, targets, {0.25 * kTurn});
        } else {
            add("xx", controls, targets, {kTurn * angle(numbers, 2)});
        }
        turn(targets, numbers);
    }

    ProgramArrays take() { return std::move(out_); }
    std::size_t size() const { return out_.gates.size(); }

  private:
    static constexpr double kTurn = 2.0 * std::numbers::pi;

    static double angle(std::span<const double> numbers, std::size_t place) {
        return place < numbers.size() ? numbers[place] : 0.25;
    }
    void add(std::string_view name, Qubits controls, Qubits targets,
             std::initializer_list<double> numbers) {
        copy(gate_code(*find_gate(GateSet::kQis, name)), controls, targets,
             {numbers.begin(), numbers.size()});
    }
    void turn_back(Qubits targets, std::span<const double> numbers) {
        for (std::size_t i = 0; i < targets.size(); ++i) {
            add("rz", {}, targets.subspan(i, 1), {-kTurn * numbers[i]});
        }
    }
    void turn(Qubits targets, std::span<const double> numbers) {
        for (std::size_t i = 0; i < targets.size(); ++i) {
            add("rz", {}, targets.subspan(i, 1), {kTurn * numbers[i]});
        }
    }

    ProgramArrays out_;
};

}  // namespace

ProgramArrays without_native_gates(const ProgramArrays& arrays, std::vector<std::int64_t>& moved) {
    Rewriter rewriter;
    const auto row = [](const auto& starts, const auto& values, std::size_t index) {
        const auto begin = static_cast<std::size_t>(starts[index]);
        const auto end = static_cast<std::size_t>(starts[index + 1]);
        return std::span(values).subspan(begin, end - begin);
    };
    for (std::size_t index = 0; index < arrays.gates.size(); ++index) {
        moved.push_back(static_cast<std::int64_t>(rewriter.size()));
        const GateInfo& info = gate_table()[arrays.gates[index]];
        const auto qubits = row(arrays.qubit_starts, arrays.qubits, index);
        const auto numbers = row(arrays.parameter_starts, arrays.parameters, index);
        const std::size_t controls = arrays.control_counts[index];
        if (info.set == GateSet::kNative) {
            rewriter.rewrite(info, qubits.first(controls), qubits.subspan(controls), numbers);
        } else {
            rewriter.copy(arrays.gates[index], qubits.first(controls), qubits.subspan(controls),
                          numbers);
        }
    }
    moved.push_back(static_cast<std::int64_t>(rewriter.size()));
    return rewriter.take();
}

}  // namespace ionsim
