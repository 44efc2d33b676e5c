#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "program/flow.h"

namespace ionsim {

// How large what a text says may become.
struct TextLimits {
    std::uint64_t gates = 10'000'000;  // after expansion
    std::int64_t qubits = 10'000;
    std::int64_t bits = 1'000'000;
    std::int64_t rounds = 1'000;  // of a loop that depends on outcomes, in one shot
};

// Puts a flow together, in the order of execution, and notices what makes it more than a circuit.
class FlowBuilder {
  public:
    FlowBuilder(std::string_view text, const TextLimits& limits) : text_(text), limits_(limits) {}

    // Where the text is being read: for refusals, and to say what makes a program dynamic.
    void set_offset(std::size_t offset) { offset_ = offset; }
    std::size_t offset() const { return offset_; }

    // Each returns the first index. A register without a name is no part of the result.
    std::int64_t add_qubits(std::string_view name, std::int64_t size);
    std::int64_t add_bits(std::string_view name, std::int64_t size);
    // Not a bit; what the other calls take as a variable.
    std::int64_t add_variable() { return -1 - variables_++; }
    std::int64_t add_loop() { return flow_.loops++; }
    std::int64_t qubits() const { return flow_.qubits; }

    // A gate by its code. Native ones may have controls here and mix with the others.
    void gate(std::uint8_t code, std::span<const std::int32_t> controls,
              std::span<const std::int32_t> targets, std::span<const double> parameters);
    // Throws when so many more gates are not allowed; nothing needs to be expanded for that.
    void require(std::uint64_t gates) const;
    std::uint64_t gates() const { return flow_.gates.gates.size(); }
    // Work that leaves no gate behind is limited too.
    void step() {
        if (++steps_ > kStepsPerGate * limits_.gates + kFreeSteps) refuse_steps();
    }

    void measure(std::int32_t qubit, std::int64_t bit);  // bit -1: the outcome is dropped
    void reset(std::int32_t qubit);
    void set(std::int64_t variable, const std::vector<Code>& code);
    void set_bits(std::int64_t first, std::int64_t count, const std::vector<Code>& code);

    // Jumps: each returns its own place, for `land`.
    std::int64_t jump(std::int64_t target = -1);
    std::int64_t jump_unless(const std::vector<Code>& condition);
    void round(std::int64_t loop) { add({FlowOp::kRound, loop, limits_.rounds}); }
    std::int64_t here();
    void land(std::int64_t jump) { flow_.instructions[index(jump)].first = here(); }

    void assert_value(std::int32_t qubit, bool value);
    void read_as(std::vector<std::int32_t> sources, std::vector<Register> registers);

    Flow finish();

  private:
    static constexpr std::uint64_t kStepsPerGate = 8;
    static constexpr std::uint64_t kFreeSteps = 100'000;

    [[noreturn]] void refuse_steps() const;
    static std::size_t index(std::int64_t value) { return static_cast<std::size_t>(value); }
    void add(FlowInstruction instruction);
    void close_gates();
    std::int64_t expression(const std::vector<Code>& code);
    void make_dynamic(std::string_view reason);
    void use(std::int32_t qubit);
    void number_variables();
    void one_gate_set();

    std::string_view text_;
    const TextLimits& limits_;
    std::size_t offset_ = 0;
    std::uint64_t steps_ = 0;
    std::size_t open_ = 0;  // first gate that no instruction covers yet
    std::int64_t variables_ = 0;
    bool has_native_ = false;
    bool has_qis_ = false;
    bool measures_ = false;
    std::vector<std::uint8_t> qubit_states_;  // kUsed, kMeasured
    std::vector<std::int32_t> bit_sources_;
    Flow flow_;
};

}  // namespace ionsim
