#include <array>
#include <deque>
#include <memory>
#include <stdexcept>

#include "read/gate_compiler.h"
#include "read/qasm_functions.h"
#include "read/qasm_parser.h"

namespace ionsim::qasm {
namespace {

struct CoreGate {
    std::string_view name;
    std::string_view core;
    std::uint8_t controls;
    std::uint32_t parameters;
};

// Gates that the table has, perhaps under another name or with controls.
constexpr std::array<CoreGate, 48> kCoreGates = {{
    {"x", "x", 0, 0},       {"y", "y", 0, 0},          {"z", "z", 0, 0},
    {"h", "h", 0, 0},       {"s", "s", 0, 0},          {"sdg", "si", 0, 0},
    {"t", "t", 0, 0},       {"tdg", "ti", 0, 0},       {"sx", "v", 0, 0},
    {"sxdg", "vi", 0, 0},   {"rx", "rx", 0, 1},        {"ry", "ry", 0, 1},
    {"rz", "rz", 0, 1},     {"p", "z", 0, 1},          {"u1", "z", 0, 1},
    {"phase", "z", 0, 1},   {"swap", "swap", 0, 0},    {"rxx", "xx", 0, 1},
    {"ryy", "yy", 0, 1},    {"rzz", "zz", 0, 1},       {"cx", "x", 1, 0},
    {"CX", "x", 1, 0},      {"cy", "y", 1, 0},         {"cz", "z", 1, 0},
    {"ch", "h", 1, 0},      {"cs", "s", 1, 0},         {"csdg", "si", 1, 0},
    {"csx", "v", 1, 0},     {"csxdg", "vi", 1, 0},     {"crx", "rx", 1, 1},
    {"cry", "ry", 1, 1},    {"crz", "rz", 1, 1},       {"cp", "z", 1, 1},
    {"cu1", "z", 1, 1},     {"cphase", "z", 1, 1},     {"crxx", "xx", 1, 1},
    {"crzz", "zz", 1, 1},   {"cswap", "swap", 1, 0},   {"ccx", "x", 2, 0},
    {"ccz", "z", 2, 0},     {"c3x", "x", 3, 0},        {"c3z", "z", 3, 0},
    {"c3sx", "v", 3, 0},    {"c3sqrtx", "v", 3, 0},    {"c4x", "x", 4, 0},
    {"toffoli", "x", 2, 0}, {"fredkin", "swap", 1, 0}, {"cnot", "x", 1, 0},
}};

struct NativeGate {
    std::string_view name;
    std::uint32_t parameters;
};
constexpr std::array<NativeGate, 6> kNativeGates = {
    {{"gpi", 1}, {"gpi2", 1}, {"ms", 3}, {"ms", 2}, {"zz", 1}, {"zz", 0}}};

// The others, in OpenQASM 3. u2 and u3 are as in stdgates.inc, with determinant 1; below the
// controls of OpenQASM 2 (cu3, cu) they are as in qelib1.inc.
constexpr std::string_view kText = R"(
gate id a { }
gate u0(gamma) a { }
gate delay(t) a { }
gate u2(p, l) a { u3(pi / 2, p, l) a; }
gate u(t, p, l) a { U(t, p, l) a; gphase(-t / 2); }
gate cu3(t, p, l) a, b { ctrl @ u(t, p, l) a, b; }
gate cu(t, p, l, g) a, b { p(g) a; ctrl @ u(t, p, l) a, b; }
gate r(t, p) a { u3(t, p - pi / 2, pi / 2 - p) a; }
gate dcx a, b { cx a, b; cx b, a; }
gate iswap a, b { rxx(-pi / 2) a, b; ryy(-pi / 2) a, b; }
gate ecr a, b { s a; sx b; cx a, b; x a; gphase(-pi / 4); }
gate rccx a, b, c {
  h c; t c; cx b, c; tdg c; cx a, c; t c; cx b, c; tdg c; h c;
}
gate rc3x a, b, c, d {
  h d; t d; cx c, d; tdg d; h d; cx a, d; t d; cx b, d; tdg d; cx a, d; t d; cx b, d; tdg d; h d;
  t d; cx c, d; tdg d; h d;
}
gate rcccx a, b, c, d { rc3x a, b, c, d; }
)";

class Library {
  public:
    Library() {
        for (const CoreGate& each : kCoreGates) {
            const GateInfo& info = *find_gate(GateSet::kQis, each.core);
            GateDefinition& gate = add(each.name, GateDefinition::Kind::kCore, each.parameters,
                                       static_cast<std::uint32_t>(info.targets) + each.controls);
            gate.code = gate_code(info);
            gate.controls = each.controls;
        }
        for (const NativeGate& each : kNativeGates) {
            const GateInfo& info = *find_gate(GateSet::kNative, each.name);
            add(each.name, GateDefinition::Kind::kCore, each.parameters,
                static_cast<std::uint32_t>(info.targets))
                .code = gate_code(info);
        }
        add("gphase", GateDefinition::Kind::kPhase, 1, 0);
        add("U", GateDefinition::Kind::kUnitary, 3, 1).cost = 3;
        add("u3", GateDefinition::Kind::kEuler, 3, 1).cost = 3;
        compile();
        for (const GateDefinition& each : gates_) names_.push_back(each.name);
    }

    const GateDefinition* find(std::string_view name) const {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }
    const std::vector<std::string_view>& names() const { return names_; }

  private:
    GateDefinition& add(std::string_view name, GateDefinition::Kind kind, std::uint32_t parameters,
                        std::uint32_t qubits) {
        GateDefinition gate;
        gate.name = name;
        gate.kind = kind;
        gate.parameters = parameters;
        gate.qubits = qubits;
        return add(std::move(gate));
    }
    GateDefinition& add(GateDefinition gate) {
        gate.library = true;
        gates_.push_back(std::move(gate));
        GateDefinition& added = gates_.back();
        const auto [place, fresh] = by_name_.emplace(added.name, &added);
        if (!fresh) {
            added.next = place->second;
            place->second = &added;
        }
        return added;
    }
    void compile() {
        const GateNames names{[this](std::string_view name, std::size_t count) {
                                  return overload(find(name), count);
                              },
                              find_constant};
        Parser parser(kText, tree_);
        parser.version_line();
        while (!parser.at_end())
            add(std::move(*GateCompiler(tree_, names).compile(parser.statement())));
    }

    std::deque<GateDefinition> gates_;  // which stay where they are
    std::unordered_map<std::string_view, GateDefinition*> by_name_;
    std::vector<std::string_view> names_;
    Tree tree_;
};

const Library& library() {
    static const Library instance;
    return instance;
}

}  // namespace

const GateDefinition* library_gate(std::string_view name, std::size_t parameters) {
    return overload(library().find(name), parameters);
}

const std::vector<std::string_view>& library_names() {
    return library().names();
}

}  // namespace ionsim::qasm
