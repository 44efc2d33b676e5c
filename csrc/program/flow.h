#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "program/program.h"

namespace ionsim {

// Classical memory of a program: variables of 64 bits. The first `bits` of them are classical bits
// (0 or 1), the others hold whole numbers.
//
// An expression over them is a row of stack code.
enum class CodeOp : std::uint8_t {
    kConstant,  // push the operand
    kVariable,  // push a variable
    kBits,      // push bits as one number; operand: first bit << 8 | how many (at most 64)
    kNot,       // 1 when the top is 0, else 0
    kInvert,    // all bits of the top
    kNegate,
    kAdd,
    kSubtract,
    kMultiply,
    kAnd,
    kOr,
    kXor,
    kShiftLeft,  // by 64 and more: 0
    kShiftRight,
    kEqual,
    kUnequal,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kPopcount,
};

struct Code {
    CodeOp op = CodeOp::kConstant;
    std::int64_t operand = 0;
};

enum class FlowOp : std::uint8_t {
    kGates,       // gates [first, second) of the program
    kMeasure,     // qubit `first` into variable `second`; -1 drops the outcome
    kReset,       // qubit `first` to |0>
    kSet,         // variable `first` becomes the value of expression `second`
    kSetBits,     // as kSet for several bits; `first`: first bit << 8 | how many, lowest bit first
    kJump,        // to instruction `first`
    kJumpUnless,  // to instruction `first` when expression `second` is 0
    kRound,       // one more round of loop `first`; the shot fails when it is more than `second`
};

struct FlowInstruction {
    FlowOp op = FlowOp::kGates;
    std::int64_t first = 0;
    std::int64_t second = 0;
};

// Consecutive qubits or classical bits with a name.
struct Register {
    std::string name;
    std::int64_t first = 0;
    std::int64_t size = 0;
};

// What a program text says: gates, and what happens between them.
//
// When all measurements come last, nothing is reset, and nothing depends on an outcome, the program
// is a plain circuit: `gates` says it all, and `sources` which qubit each classical bit reads.
struct Flow {
    GateSet set = GateSet::kQis;
    std::int64_t qubits = 0;
    ProgramArrays gates;
    std::vector<FlowInstruction> instructions;
    std::vector<std::int64_t> code_starts{0};  // row r: expression r
    std::vector<Code> code;
    std::int64_t bits = 0;
    std::int64_t variables = 0;  // bits included
    std::int64_t loops = 0;
    std::vector<Register> qubit_registers;
    std::vector<Register> bit_registers;  // the bits of a result, first register lowest

    bool dynamic = false;
    std::string dynamic_reason;  // what makes it so, and where
    // Plain circuits only: the qubit behind each bit of a result, -1 for one that stays 0. Unless
    // `measured`, there is no such map and the result is over the qubits.
    bool measured = false;
    std::vector<std::int32_t> sources;
    // Plain circuits only: qubits that must end as 0 or 1 for certain, and where that is said.
    struct Assertion {
        std::int32_t qubit;
        bool value;
        std::string place;
    };
    std::vector<Assertion> assertions;
};

// Throws ProgramError when an instruction or expression of a flow with so many gates reaches
// outside of it.
void check_flow(const Flow& flow, std::size_t gates);

// The value of expression `row`; `stack` is scratch.
std::int64_t evaluate(const Flow& flow, std::int64_t row, std::span<const std::int64_t> memory,
                      std::vector<std::int64_t>& stack);

}  // namespace ionsim
