#include "program/flow.h"

#include <bit>

#include "base/error.h"

namespace ionsim {
namespace {

bool within(std::int64_t value, std::int64_t end) {
    return value >= 0 && value < end;
}

bool are_bits(std::int64_t packed, std::int64_t bits) {
    const std::int64_t first = packed >> 8;
    const std::int64_t count = packed & 0xFF;
    return first >= 0 && count <= 64 && first <= bits - count;
}

bool keeps_height(CodeOp op) {
    return op == CodeOp::kNot || op == CodeOp::kInvert || op == CodeOp::kNegate ||
           op == CodeOp::kPopcount;
}

bool is_sound(const Flow& flow, std::int64_t begin, std::int64_t end) {
    std::int64_t height = 0;
    for (std::int64_t i = begin; i < end; ++i) {
        const Code& each = flow.code[static_cast<std::size_t>(i)];
        if (each.op > CodeOp::kPopcount) return false;
        if (each.op == CodeOp::kVariable && !within(each.operand, flow.variables)) return false;
        if (each.op == CodeOp::kBits && !are_bits(each.operand, flow.bits)) return false;
        const bool pushes = each.op <= CodeOp::kBits;
        if (!pushes && height < (keeps_height(each.op) ? 1 : 2)) return false;
        if (pushes) {
            ++height;
        } else if (!keeps_height(each.op)) {
            --height;
        }
    }
    return height == 1;
}

}  // namespace

void check_flow(const Flow& flow, std::size_t gates) {
    const auto require = [](bool condition, const char* what) {
        if (!condition) throw ProgramError(what);
    };
    const auto count = static_cast<std::int64_t>(flow.instructions.size());
    const auto rows = static_cast<std::int64_t>(flow.code_starts.size()) - 1;
    require(rows >= 0 && flow.code_starts.front() == 0 &&
                flow.code_starts.back() == static_cast<std::int64_t>(flow.code.size()),
            "expression starts do not cover the code");
    require(flow.bits >= 0 && flow.bits <= flow.variables && flow.loops >= 0, "bad sizes");
    for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t begin = flow.code_starts[static_cast<std::size_t>(row)];
        const std::int64_t end = flow.code_starts[static_cast<std::size_t>(row) + 1];
        require(begin <= end && is_sound(flow, begin, end), "an expression is not sound");
    }
    for (const FlowInstruction& each : flow.instructions) {
        bool good = false;
        switch (each.op) {
            case FlowOp::kGates:
                good = each.first >= 0 && each.first < each.second &&
                       each.second <= static_cast<std::int64_t>(gates);
                break;
            case FlowOp::kMeasure:
                good =
                    within(each.first, flow.qubits) && each.second >= -1 && each.second < flow.bits;
                break;
            case FlowOp::kReset:
                good = within(each.first, flow.qubits);
                break;
            case FlowOp::kSet:
                good = within(each.first, flow.variables) && within(each.second, rows);
                break;
            case FlowOp::kSetBits:
                good = are_bits(each.first, flow.bits) && within(each.second, rows);
                break;
            case FlowOp::kJump:
                good = within(each.first, count + 1);
                break;
            case FlowOp::kJumpUnless:
                good = within(each.first, count + 1) && within(each.second, rows);
                break;
            case FlowOp::kRound:
                good = within(each.first, flow.loops);
                break;
        }
        require(good, "an instruction reaches outside the program");
    }
}

std::int64_t evaluate(const Flow& flow, std::int64_t row, std::span<const std::int64_t> memory,
                      std::vector<std::int64_t>& stack) {
    stack.clear();
    const auto begin = static_cast<std::size_t>(flow.code_starts[static_cast<std::size_t>(row)]);
    const auto end = static_cast<std::size_t>(flow.code_starts[static_cast<std::size_t>(row) + 1]);
    for (std::size_t i = begin; i < end; ++i) {
        const Code& each = flow.code[i];
        if (each.op == CodeOp::kConstant) {
            stack.push_back(each.operand);
            continue;
        }
        if (each.op == CodeOp::kVariable) {
            stack.push_back(memory[static_cast<std::size_t>(each.operand)]);
            continue;
        }
        if (each.op == CodeOp::kBits) {
            const auto first = static_cast<std::size_t>(each.operand >> 8);
            const auto count = static_cast<std::size_t>(each.operand & 0xFF);
            std::uint64_t packed = 0;
            for (std::size_t k = 0; k < count; ++k) {
                packed |= static_cast<std::uint64_t>(memory[first + k] & 1) << k;
            }
            stack.push_back(static_cast<std::int64_t>(packed));
            continue;
        }
        // Overflow wraps, so the arithmetic is that of unsigned numbers.
        const std::int64_t right = stack.back();
        const auto b = static_cast<std::uint64_t>(right);
        std::uint64_t result = 0;
        if (keeps_height(each.op)) {
            result = each.op == CodeOp::kNot      ? std::uint64_t{right == 0}
                     : each.op == CodeOp::kInvert ? ~b
                     : each.op == CodeOp::kNegate ? std::uint64_t{0} - b
                                                  : static_cast<std::uint64_t>(std::popcount(b));
            stack.back() = static_cast<std::int64_t>(result);
            continue;
        }
        stack.pop_back();
        const std::int64_t left = stack.back();
        const auto a = static_cast<std::uint64_t>(left);
        switch (each.op) {
            case CodeOp::kAdd:
                result = a + b;
                break;
            case CodeOp::kSubtract:
                result = a - b;
                break;
            case CodeOp::kMultiply:
                result = a * b;
                break;
            case CodeOp::kAnd:
                result = a & b;
                break;
            case CodeOp::kOr:
                result = a | b;
                break;
            case CodeOp::kXor:
                result = a ^ b;
                break;
            case CodeOp::kShiftLeft:
                result = b < 64 ? a << b : 0;
                break;
            case CodeOp::kShiftRight:
                result = b < 64 ? a >> b : 0;
                break;
            case CodeOp::kEqual:
                result = left == right;
                break;
            case CodeOp::kUnequal:
                result = left != right;
                break;
            case CodeOp::kLess:
                result = left < right;
                break;
            case CodeOp::kLessEqual:
                result = left <= right;
                break;
            case CodeOp::kGreater:
                result = left > right;
                break;
            default:
                result = left >= right;
                break;
        }
        stack.back() = static_cast<std::int64_t>(result);
    }
    return stack.back();
}

}  // namespace ionsim
