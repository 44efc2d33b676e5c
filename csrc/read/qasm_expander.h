#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "read/flow_builder.h"
#include "read/gate_applier.h"
#include "read/gate_compiler.h"
#include "read/gate_definition.h"
#include "read/qasm_parser.h"
#include "read/qasm_tree.h"
#include "read/qasm_value.h"
#include "read/text_problem.h"

namespace ionsim::qasm {

// What a name stands for.
struct Symbol {
    enum class Kind : std::uint8_t { kQubits, kQubitList, kBits, kVariable, kGate, kFunction };

    Kind kind = Kind::kVariable;
    bool single = false;     // kQubits, kBits: declared without a size
    bool constant = false;   // kVariable
    bool declares = false;   // kVariable: its value is given when it is declared, and not yet
    int depth = 0;           // kVariable: of branches that depend on outcomes
    std::int64_t first = 0;  // kQubits, kBits
    std::int64_t size = 0;
    std::int64_t slot = 0;           // kVariable whose value is known at run time only
    Value value;                     // kVariable; its type in any case
    std::vector<std::int32_t> list;  // kQubitList
    const GateDefinition* gate = nullptr;
    Index function = kNone;
};

// Reads a program and carries out all of it that can be carried out before it runs: definitions,
// loops with known bounds, functions, constants. What remains goes into the builder.
class Expander {
  public:
    using Inputs = std::vector<std::pair<std::string, double>>;

    Expander(std::string_view text, FlowBuilder& builder, TextProblems& problems,
             const Inputs& inputs);

    // `version` is that of texts without a version line; 0 guesses.
    void run(int version);

  private:
    enum class Signal : std::uint8_t { kNext, kBreak, kContinue, kReturn, kStop };
    using Scope = std::unordered_map<std::string_view, Symbol>;

    // A loop around what is carried out.
    struct Loop {
        bool runtime = false;
        int depth = 0;
        std::vector<std::int64_t> breaks;
        std::vector<std::int64_t> continues;
    };
    // Qubits or bits that an expression names.
    struct Places {
        std::vector<std::int32_t> items;
        bool single = false;  // one, not a register of one
    };

    void recover(const Refusal& refusal, Index statement);
    [[noreturn]] static void pass_over() { throw Refusal{0, {}, {}}; }
    int guess_version(std::string_view text) const;
    Signal execute(Index statement);
    Signal execute_all(const Node& block);
    Signal scoped(Index statement);

    // Names (qasm_declare.cpp).
    Symbol* find(std::string_view name);
    Symbol& declare(const Node& node, Symbol symbol);
    Symbol& variable(const Node& name);
    void include(const Node& node);
    void declare_qubits(const Node& node);
    void declare_bits(const Node& node);
    void declare_variable(const Node& node);
    void declare_gate(Index statement);
    void declare_alias(const Node& node);
    double input_value(const Node& node) const;
    std::int64_t size_of(Index expression, std::int64_t most, std::string_view what);

    // Gates (qasm_apply.cpp).
    Signal apply(const Node& node);
    const GateDefinition* find_gate_named(const Node& node, std::size_t parameters);
    [[noreturn]] void unknown_gate(const Node& node);
    void read_modifiers(const Node& node);
    void measure(const Node& node);
    void measure_into(Index qubits, const std::vector<std::int32_t>* bits, std::size_t offset);
    void reset(const Node& node);
    void places(Index expression, Symbol::Kind kind, Places& out);
    void add_index(Index index, std::int64_t size, std::vector<std::int64_t>& out);
    void check_distinct(const std::vector<std::int32_t>& qubits, std::size_t offset);

    // Flow (qasm_flow.cpp).
    Signal conditional(const Node& node);
    Signal loop_while(const Node& node);
    Signal runtime_while(const Node& node, const Value& condition);
    Signal loop_for(const Node& node);
    std::vector<Value> loop_values(const Node& node);
    Signal leave_loop(const Node& node);
    Signal stop();
    void assign(const Node& node);
    void assign_bits(const Node& node, const std::vector<std::int32_t>& bits);
    void store_bits(const std::vector<std::int32_t>& bits, const Value& value, std::size_t offset);
    void prepare_branch(Index body);
    void collect_assigned(Index statement, std::vector<std::string_view>& names) const;
    Value call_function(const Symbol& function, const Node& node, std::size_t skip);
    void bind_argument(const Node& formal, Index argument, Scope& scope);

    // Values (qasm_evaluate.cpp). Known whole numbers divide as whole numbers, or exactly.
    Value evaluate(Index expression, bool whole_division = true);
    Value evaluate_name(const Node& node);
    Value evaluate_call(const Node& node, bool whole_division);
    Value evaluate_index(const Node& node);
    Value bits_value(const std::vector<std::int32_t>& bits, std::size_t offset) const;
    double real(Index expression);
    std::int64_t whole(Index expression);
    int width_of(Index expression);

    std::string_view text_;
    FlowBuilder& builder_;
    TextProblems& problems_;
    const Inputs& inputs_;
    GateApplier applier_;
    Tree tree_;
    Parser parser_;
    GateNames names_;
    int version_ = 3;

    std::vector<Scope> scopes_;
    std::size_t function_scope_ = 0;  // names between the outermost scope and this one are hidden
    std::vector<std::unique_ptr<GateDefinition>> gates_;
    // Names whose declaration was refused: what uses them is not refused once more.
    std::unordered_set<std::string_view> refused_;
    std::vector<Loop> loops_;
    std::vector<std::int64_t> stops_;  // jumps to the end
    int depth_ = 0;                    // of branches that depend on outcomes
    std::vector<Index> active_;        // functions that are being carried out
    std::vector<int> function_depths_;
    std::optional<Value> returned_;

    // Scratch of `apply`.
    std::vector<Places> operands_;
    std::vector<double> parameters_;
    std::vector<std::int32_t> qubits_;
    std::vector<std::uint8_t> negative_;
    bool inverse_ = false;
    double exponent_ = 1.0;
};

}  // namespace ionsim::qasm
