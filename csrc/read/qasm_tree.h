#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ionsim::qasm {

using Index = std::uint32_t;
inline constexpr Index kNone = 0xFFFFFFFF;

enum class NodeKind : std::uint8_t {
    // Expressions.
    kInteger,        // value
    kReal,           // value
    kBoolean,        // value
    kString,         // text
    kDuration,       // value
    kName,           // text
    kParameter,      // a: the gate's parameter
    kUnary,          // op, a
    kBinary,         // op, a, b
    kCall,           // text, list: of a function, or a cast
    kCast,           // op: type, a: width or kNone, b: what
    kIndex,          // a: what, list: indices
    kRange,          // a, b: first and last or kNone; c: step or kNone
    kSet,            // list
    kConcatenation,  // a, b
    kMeasurement,    // a: operand
    kHardwareQubit,  // text
    // Statements.
    kInclude,   // text
    kQubits,    // text, a: size or kNone
    kBits,      // text, a: size or kNone, b: value or kNone, op: Storage
    kVariable,  // text, op: type, storage in c, a: width or kNone, b: value or kNone
    kGate,      // text, list: parameters, qubits (names), then the body; a, b: how many of each
    kOpaque,    // text
    kApply,     // text, list: modifiers, arguments, operands; a: modifiers, b: arguments
    kMeasure,   // a: operand, b: target or kNone
    kReset,     // list
    kBarrier,   // list
    kIf,        // a: condition, b: then, c: else or kNone
    kWhile,     // a: condition, b: body
    kFor,       // text, op: type, a: values, b: body
    kBlock,     // list
    kAssign,    // sign in c, a: target, b: value
    kAlias,     // text, a: value
    kFunction,  // text, list: parameters, then the body as a block; op: return type
    kFormal,    // text, op: type or kQubitType, a: width
    kReturn,    // a: value or kNone
    kBreak,
    kContinue,
    kStop,        // end;
    kExpression,  // a
    kNothing,
    // Modifiers.
    kControl,  // a: count or kNone
    kNegativeControl,
    kInverse,
    kPower,  // a
};

enum class Type : std::uint8_t { kNothing, kBool, kInt, kUint, kFloat, kAngle, kBit, kQubit };
enum class Storage : std::uint8_t { kPlain, kConst, kInput, kOutput };

struct Node {
    NodeKind kind = NodeKind::kNothing;
    std::uint8_t op = 0;  // a Type, a Storage
    std::uint16_t depth = 1;
    std::uint32_t offset = 0;  // in the text
    std::uint32_t sign = 0;    // of an operator
    Index a = kNone;
    Index b = kNone;
    Index c = kNone;
    Index list = 0;  // first of `count` links
    Index count = 0;
    union {
        double real;
        std::uint64_t integer;
    } value{0.0};
    std::string_view text;
};

// The nodes of a text, or of the part of it that is being read. Children come before parents.
class Tree {
  public:
    Index add(const Node& node) {
        nodes_.push_back(node);
        return static_cast<Index>(nodes_.size() - 1);
    }
    const Node& operator[](Index index) const { return nodes_[index]; }
    Node& operator[](Index index) { return nodes_[index]; }

    Index add_list(const std::vector<Index>& items) {
        links_.insert(links_.end(), items.begin(), items.end());
        return static_cast<Index>(links_.size() - items.size());
    }
    Index item(const Node& node, std::size_t place) const { return links_[node.list + place]; }

    struct Mark {
        std::size_t nodes, links;
    };
    Mark mark() const { return {nodes_.size(), links_.size()}; }
    void rewind(const Mark& mark) {
        nodes_.resize(mark.nodes);
        links_.resize(mark.links);
    }
    std::size_t size() const { return nodes_.size(); }

  private:
    std::vector<Node> nodes_;
    std::vector<Index> links_;
};

}  // namespace ionsim::qasm
