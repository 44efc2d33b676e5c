#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gates/gate.h"
#include "read/flow_builder.h"
#include "read/gate_definition.h"

namespace ionsim {

// Writes gates under controls, inverses and powers into a flow. Global phases are kept where they
// show: below a control.
class GateApplier {
  public:
    explicit GateApplier(FlowBuilder& builder) : builder_(builder) {}

    // (the gate, or its inverse) to the power `exponent`. Controls of the gate itself come first
    // among the qubits. Throws Refusal for a power that is not supported, and for too many
    // controls.
    void apply(const qasm::GateDefinition& gate, std::span<const double> parameters,
               std::span<const std::int32_t> qubits, bool inverse = false, double exponent = 1.0);
    // The same below further controls, each acting on 1, or on 0 where `negative` says so.
    void apply_controlled(std::span<const std::int32_t> controls,
                          std::span<const std::uint8_t> negative, const qasm::GateDefinition& gate,
                          std::span<const double> parameters, std::span<const std::int32_t> qubits,
                          bool inverse, double exponent);
    // Multiplies by e^{i radians}.
    void phase(double radians);
    void core(std::uint8_t code, std::span<const std::int32_t> controls,
              std::span<const std::int32_t> targets, std::span<const double> parameters);

  private:
    using Matrix = std::array<Complex, 4>;

    void apply_core(const qasm::GateDefinition& gate, std::span<const double> parameters,
                    std::span<const std::int32_t> qubits, bool inverse);
    void apply_euler(const qasm::GateDefinition& gate, std::span<const double> parameters,
                     std::int32_t qubit, bool inverse);
    void apply_body(const qasm::GateDefinition& gate, std::span<const double> parameters,
                    std::span<const std::int32_t> qubits, bool inverse);
    void apply_call(const qasm::GateDefinition& gate, const qasm::GateCall& call,
                    std::span<const double> parameters, std::span<const std::int32_t> qubits,
                    bool inverse, double exponent);
    void apply_root(const qasm::GateDefinition& gate, std::span<const double> parameters,
                    std::span<const std::int32_t> qubits, bool inverse, double exponent);
    void apply_two_target_root(const qasm::GateDefinition& gate, std::span<const double> parameters,
                               std::span<const std::int32_t> qubits, bool inverse, double exponent);
    void apply_matrix(const Matrix& matrix, std::int32_t qubit);
    void add_named(std::string_view name, std::span<const std::int32_t> targets, double parameter);
    void flip(std::int32_t qubit);
    [[noreturn]] void refuse_power(const qasm::GateDefinition& gate) const;

    FlowBuilder& builder_;
    std::vector<std::int32_t> controls_;
    std::vector<std::int32_t> all_controls_;  // scratch
    Matrix* recorded_ = nullptr;              // instead of the flow: the product on one qubit
};

}  // namespace ionsim
