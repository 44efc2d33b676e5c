#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "read/gate_definition.h"
#include "read/qasm_tree.h"

namespace ionsim::qasm {

// Where a gate's body may look names up.
struct GateNames {
    // The gate with so many parameters, or any of that name; null when there is none.
    std::function<const GateDefinition*(std::string_view name, std::size_t parameters)> gate;
    // The value of a constant.
    std::function<bool(std::string_view name, double& value)> constant;
};

// Turns the definition of a gate into calls with everything looked up and counted, so that using it
// needs no names and checks nothing. The nodes of the body's expressions stay in use.
class GateCompiler {
  public:
    static constexpr std::uint32_t kMostDeep = 200;  // definitions within definitions

    GateCompiler(Tree& tree, const GateNames& names) : tree_(tree), names_(names) {}

    // Throws Refusal.
    std::unique_ptr<GateDefinition> compile(Index gate);

  private:
    void add_call(GateDefinition& gate, Index statement);
    void add_modifier(GateCall& call, const Node& modifier, std::size_t& controls);
    std::uint32_t qubit(const Node& item) const;
    Index resolve(Index expression);
    double constant(Index expression);
    std::uint64_t call_cost(const GateCall& call) const;

    Tree& tree_;
    const GateNames& names_;
    std::unordered_map<std::string_view, std::uint32_t> parameters_;
    std::unordered_map<std::string_view, std::uint32_t> qubits_;
};

// The gates that every program knows: those of qelib1.inc in its extended meaning, of stdgates.inc,
// the built-in ones, and the native ones. Null when there is none.
const GateDefinition* library_gate(std::string_view name, std::size_t parameters);
// Every name, for hints.
const std::vector<std::string_view>& library_names();

// The overload with so many parameters, or the first one.
const GateDefinition* overload(const GateDefinition* gate, std::size_t parameters);

// "\"rx\" takes 1 parameter" and the like, where the numbers are not as they must be.
void check_shape(const GateDefinition& gate, std::size_t parameters, std::size_t qubits,
                 std::size_t controls, std::size_t offset);

}  // namespace ionsim::qasm
