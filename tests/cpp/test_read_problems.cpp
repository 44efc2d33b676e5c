// Gate lists: what is said about a bad one.

#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "read_helpers.h"

namespace {

using read_test::check_problem;
using read_test::check_problems;
using read_test::read;
using read_test::ReadResult;

constexpr auto kQis = ionsim::GateSet::kQis;
constexpr auto kNative = ionsim::GateSet::kNative;
constexpr std::string_view kQisNames =
    "one of x, not, cnot, y, z, h, s, si, t, ti, v, vi, rx, ry, rz, swap, xx, yy, zz, pauliexp";

void check_unknown(std::string_view name, std::string_view hint, ionsim::GateSet set = kQis) {
    const std::string value = '"' + std::string(name) + '"';
    check_problem("{\"gate\": " + value + ", \"target\": 0, \"params\": [1]}",
                  {".gate", value, hint, set == kQis ? kQisNames : "gpi, gpi2, ms, zz, nop",
                   "UnsupportedGate"},
                  set);
}

TEST(unknown_gates) {
    check_unknown("foo", "no such gate");
    check_unknown("", "no such gate");
    check_unknown("gpi", "gate set \"native\"");
    check_unknown("ms", "gate set \"native\"");
    check_unknown("h", "gate set \"qis\"", kNative);
    check_unknown("CNOT", "did you mean \"cnot\"?");
    check_unknown("Rx", "did you mean \"rx\"?");
    check_unknown("swpa", "did you mean \"swap\"?");
    check_unknown("paulexp", "did you mean \"pauliexp\"?");
    check_unknown("gpi3", "no such gate", kNative);
    check_unknown("cx", "did you mean \"cnot\" with \"control\"?");
    check_unknown("ccx", "did you mean \"cnot\" with 2 \"controls\"?");
    check_unknown("mcx", "did you mean \"cnot\" with \"controls\"?");
    check_unknown("cz", "did you mean \"z\" with \"control\"?");
    check_unknown("crx", "did you mean \"rx\" with \"control\"?");
    check_unknown("cswap", "did you mean \"swap\" with \"control\"?");
    check_unknown("sdg", "did you mean \"si\"?");
    check_unknown("tdg", "did you mean \"ti\"?");
    check_unknown("rzz", "did you mean \"zz\"?");
    check_unknown("measure", "all qubits are measured");
    check_unknown("barrier", "leave it out");
}

TEST(guesses_are_made_only_when_one_is_near) {
    for (const std::string_view name : {"foo", "u3", "ab", "rxy", "c", "cc", "cccccccccx", "q"}) {
        const ReadResult result =
            read("[{\"gate\": \"" + std::string(name) + "\", \"target\": 0}]");
        CHECK_EQUAL(result.problems.size(), 1);
        CHECK(result.problems[0].message.find("did you mean") == std::string::npos);
    }
}

TEST(gates_without_a_name) {
    check_problem(R"({"target": 0})", {"", R"({"target": 0})", "no name", kQisNames});
    check_problem(R"({"gate": null})", {"", R"({"gate": null})", "no name", kQisNames});
    check_problem(R"({"gate": 5, "target": 0})", {".gate", "5", "is a string", kQisNames});
    check_problem(R"({"gate": ["h"]})", {".gate", R"(["h"])", "is a string", kQisNames});
    check_problems(
        R"({"gat": "h"})", kQis, {},
        {{"", R"({"gat": "h"})", "no name"}, {".gat", "\"h\"", "did you mean \"gate\"?"}});
}

TEST(elements_that_are_no_gates) {
    for (const std::string_view element : {"null", "3", "\"h\"", "true", "[\"h\", 0]", "[]"}) {
        check_problem(element, {"", element, "a gate is an object"});
    }
    check_problem("{}", {"", "{}", "no name"});
}

TEST(lists_that_are_none) {
    for (const std::string_view json : {"null", "3", "\"h\"", "{}", "{\"gate\": \"h\"}"}) {
        const ReadResult result = read(json);
        CHECK(!result.program);
        CHECK_EQUAL(result.problems.size(), 1);
        CHECK_EQUAL(result.problems[0].path, "input.circuit");
        CHECK_EQUAL(result.problems[0].value, json);
        CHECK_EQUAL(result.problems[0].message, "a list of gates is needed");
    }
}

TEST(unknown_keys) {
    check_problem(R"({"gate": "x", "target": 0, "contol": 1})",
                  {".contol", "1", "did you mean \"control\"?", "control (or controls)"});
    check_problem(R"({"gate": "x", "target": 0, "Control": 1})",
                  {".Control", "1", "did you mean \"control\"?"});
    check_problem(R"({"gate": "h", "target": 0, "tagets": [1]})",
                  {".tagets", "[1]", "did you mean \"targets\"?"});
    check_problem(R"({"gate": "h", "target": 0, "qqqq": {}})",
                  {".qqqq", "{}", "no gate has this key"});
    check_problem(R"({"gate": "h", "target": 0, "a b": 1})", {"[\"a b\"]", "1", "no gate has"});
    check_problem(R"({"gate": "h", "target": 0, "": 1})", {"[\"\"]", "1", "no gate has"});
    check_problem("{\"gate\": \"h\", \"target\": 0, \"t\u0430rget\": 1}",
                  {"[\"t\\u0430rget\"]", "1", "no gate has"});
    check_problems(
        R"({"gate": "rx", "target": 0, "rot": 1})", kQis, {},
        {{".rot", "1", "did you mean \"rotation\"?"},
         {"", R"({"gate": "rx", "target": 0, "rot": 1})", "needs \"rotation\"", "in radians"}});
}

TEST(keys_that_come_twice) {
    check_problem(R"({"gate": "h", "target": 0, "target": 0})", {".target", "0", "twice"});
    check_problem(R"({"gate": "h", "target": null, "target": 0})", {".target", "0", "twice"});
    check_problem(R"({"gate": "h", "gate": "h", "target": 0})", {".gate", "\"h\"", "twice"});
}

TEST(keys_that_the_gate_does_not_take) {
    check_problem(R"({"gate": "h", "target": 0, "rotation": 1})",
                  {".rotation", "1", "\"h\" takes no \"rotation\"", "gate, target (or targets)"});
    check_problem(R"({"gate": "rx", "target": 0, "rotation": 1, "angle": 2})",
                  {".angle", "2", "the gate set \"qis\" takes no \"angle\""});
    check_problem(R"({"gate": "h", "target": 0, "terms": []})",
                  {".terms", "[]", "takes no \"terms\""});
    check_problem(R"({"gate": "gpi", "target": 0, "phase": 1, "angle": 2})",
                  {".angle", "2", "\"gpi\" takes no \"angle\""}, kNative);
    check_problem(R"({"gate": "gpi", "target": 0, "phase": 1, "control": 2})",
                  {".control", "2", "the gate set \"native\" takes no \"control\""}, kNative);
    check_problem(R"({"gate": "ms", "targets": [0, 1], "phases": [1, 1], "controls": [2]})",
                  {".controls", "[2]", "the gate set \"native\" takes no \"controls\""}, kNative);
    check_problem(R"({"gate": "gpi2", "target": 0, "phase": 1, "rotation": 2})",
                  {".rotation", "2", "the gate set \"native\" takes no \"rotation\""}, kNative);
    check_problem(R"({"gate": "nop", "phase": 2})", {".phase", "2", "\"nop\" takes no \"phase\""},
                  kNative);
}

TEST(missing_fields) {
    check_problem(R"({"gate": "h"})", {"", R"({"gate": "h"})", "needs a target", "\"target\""});
    check_problem(R"({"gate": "swap"})",
                  {"", R"({"gate": "swap"})", "needs a target", "\"targets\" with 2 qubits"});
    check_problem(R"({"gate": "ry", "target": 0})",
                  {"", R"({"gate": "ry", "target": 0})", "needs \"rotation\"", "in radians"});
    check_problem(R"({"gate": "gpi", "target": 0})",
                  {"", R"({"gate": "gpi", "target": 0})", "needs \"phase\"", "in turns"}, kNative);
    check_problem(R"({"gate": "ms", "targets": [0, 1]})",
                  {"", R"({"gate": "ms", "targets": [0, 1]})", "needs \"phases\"", "2 finite"},
                  kNative);
    check_problems(R"({"gate": "pauliexp", "target": 0})", kQis, {},
                   {{"", R"({"gate": "pauliexp", "target": 0})", "needs \"time\""},
                    {"", R"({"gate": "pauliexp", "target": 0})", "needs \"coefficients\""},
                    {"", R"({"gate": "pauliexp", "target": 0})", "needs \"terms\""}});
}

TEST(singular_with_plural) {
    check_problem(R"({"gate": "h", "target": 0, "targets": [0]})",
                  {".targets", "[0]", "\"target\" and \"targets\" are both given", "one of"});
    check_problem(R"({"gate": "x", "target": 0, "control": 1, "controls": [2]})",
                  {".controls", "[2]", "\"control\" and \"controls\" are both given"});
    check_problem(R"({"gate": "x", "target": 0, "control": 1, "controls": []})",
                  {".controls", "[]", "\"control\" and \"controls\" are both given"});
    check_problem(R"({"gate": "zz", "targets": [0, 1], "angle": 1, "phase": 1})",
                  {".phase", "1", "\"phase\" means \"angle\""}, kNative);
}

TEST(number_of_targets) {
    check_problem(R"({"gate": "h", "targets": [0, 1]})",
                  {".targets", "[0, 1]", "not act on 2 targets", "\"target\" with one qubit"});
    check_problem(R"({"gate": "h", "targets": []})", {".targets", "[]", "not act on 0 targets"});
    check_problem(R"({"gate": "swap", "target": 3})",
                  {".target", "3", "not act on 1 target", "\"targets\" with 2 qubits"});
    check_problem(R"({"gate": "swap", "targets": [0, 1, 2]})",
                  {".targets", "[0, 1, 2]", "not act on 3 targets"});
    std::string targets = "0";
    for (int i = 1; i < 65; ++i) targets += ", " + std::to_string(i);
    const ReadResult wide = read("[{\"gate\": \"pauliexp\", \"targets\": [" + targets +
                                 "], \"terms\": [\"X\"], \"coefficients\": [1], \"time\": 1}]");
    CHECK_EQUAL(wide.problems.size(), 1);
    CHECK(wide.problems[0].allowed.find("1 to 64") != std::string::npos);
    check_problem(R"({"gate": "pauliexp", "targets": [], "terms": ["X"], "coefficients": [1],
                      "time": 1})",
                  {".targets", "[]", "not act on 0", "1 to 64"});
}

TEST(missing_control) {
    check_problem(R"({"gate": "cnot", "targets": [3, 5]})",
                  {"", R"({"gate": "cnot", "targets": [3, 5]})", "needs a control",
                   R"({"gate": "cnot", "control": 3, "target": 5} where qubit 3 is the control)"});
    check_problem(R"({"gate": "cnot", "target": 0, "controls": []})",
                  {"", R"({"gate": "cnot", "target": 0, "controls": []})", "needs a control",
                   R"({"gate": "cnot", "control": 1, "target": 0})"});
    check_problem(R"({"gate": "cnot", "target": 4})",
                  {"", R"({"gate": "cnot", "target": 4})", "needs a control",
                   R"({"gate": "cnot", "control": 0, "target": 4})"});
    check_problem(R"({"gate": "cnot", "control": 4, "targets": [0, 1]})",
                  {".targets", "[0, 1]", "not act on 2 targets"});
    check_problems(R"({"gate": "cnot"})", kQis, {},
                   {{"", R"({"gate": "cnot"})", "needs a control"},
                    {"", R"({"gate": "cnot"})", "needs a target"}});
}

TEST(too_many_controls) {
    check_problem(
        R"({"gate": "x", "target": 8, "controls": [0, 1, 2, 3, 4, 5, 6, 7]})",
        {".controls", "[0, 1, 2, 3, 4, 5, 6, 7]", "8 controls", "at most 7", "TooManyControls"});
}

TEST(repeated_qubits) {
    check_problem(R"({"gate": "x", "control": 1, "target": 1})", {".target", "1", "already"});
    check_problem(R"({"gate": "swap", "targets": [2, 2]})", {".targets[1]", "2", "already"});
    check_problem(R"({"gate": "x", "controls": [1, 2, 1], "target": 0})",
                  {".controls[2]", "1", "already"});
    check_problem(R"({"gate": "swap", "control": 0, "targets": [1, 0]})",
                  {".targets[1]", "0", "already"});
    check_problem(R"({"gate": "nop", "targets": [1, 1.0]})", {".targets[1]", "1", "already"},
                  kNative);
    // Many qubits take another way than a few.
    std::string targets = "[";
    for (int i = 0; i < 100; ++i) targets += std::to_string(i) + ", ";
    const ReadResult many =
        read("[{\"gate\": \"nop\", \"targets\": " + targets + "40, 3]}]", kNative);
    CHECK_EQUAL(many.problems.size(), 2);
    CHECK_EQUAL(many.problems.at(0).path, "input.circuit[0].targets[101]");
    CHECK_EQUAL(many.problems.at(1).path, "input.circuit[0].targets[100]");
    CHECK(read("[{\"gate\": \"nop\", \"targets\": " + targets + "100]}]", kNative).program);
}

TEST(indices) {
    const auto bad = [](std::string_view index, std::string_view message) {
        check_problem("{\"gate\": \"h\", \"target\": " + std::string(index) + "}",
                      {".target", index, message, "from 0 to 2147483647"});
        check_problem(
            "{\"gate\": \"x\", \"targets\": [" + std::string(index) + "], \"control\": 0}",
            {".targets[0]", index, message, "from 0 to 2147483647"});
        check_problem(
            "{\"gate\": \"h\", \"target\": 3, \"controls\": [0, " + std::string(index) + "]}",
            {".controls[1]", index, message});
    };
    bad("2.5", "whole number");
    bad("-1", "not negative");
    bad("-0.5", "whole number");
    bad("1e999", "whole number");
    bad("2147483648", "too large");
    bad("123456789012345678901234567890", "too large");
    bad("true", "a boolean is no qubit index");
    bad("\"1\"", "a qubit index is needed");
    bad("{}", "a qubit index is needed");
    check_problem(R"({"gate": "h", "targets": [null]})", {".targets[0]", "null", "is needed"});
    check_problem(R"({"gate": "h", "target": [1]})",
                  {".target", "[1]", "is needed", "a list goes under \"targets\""});
    check_problem(R"({"gate": "h", "targets": 1})",
                  {".targets", "1", "a list of qubit indices", "goes under \"target\""});
    check_problem(R"({"gate": "x", "target": 0, "controls": 1})",
                  {".controls", "1", "a list of qubit indices", "goes under \"control\""});
}

TEST(indices_outside_the_circuit) {
    check_problem(R"({"gate": "h", "target": 5})",
                  {".target", "5", "outside the circuit",
                   "a qubit index from 0 to 4; raise input.qubits (now 5) for more"},
                  kQis, 5);
    check_problem(R"({"gate": "h", "target": 1})",
                  {".target", "1", "outside", "the qubit index 0; raise input.qubits (now 1)"},
                  kQis, 1);
    check_problem(R"({"gate": "h", "target": -5})",
                  {".target", "-5", "not negative", "from 0 to 4"}, kQis, 5);
    const std::string_view json = R"([{"gate": "h", "target": 2}])";
    const auto allowed = [&](std::string_view path) {
        return ionsim::read_gates(json, kQis, 2, path, 20).problems.at(0).allowed;
    };
    CHECK(allowed("input.circuits[3].circuit").find("raise input.circuits[3].qubits (") !=
          std::string::npos);
    CHECK(allowed("ops").find("raise qubits (") != std::string::npos);
}

TEST(width_below_one) {
    for (const std::int64_t qubits : {0, -1}) {
        const ReadResult result = read(R"([{"gate": "h", "target": 2}])", kQis, qubits);
        CHECK(!result.program);
        CHECK_EQUAL(result.problems.size(), 1);
        CHECK_EQUAL(result.problems[0].path, "input.qubits");
        CHECK_EQUAL(result.problems[0].value, std::to_string(qubits));
    }
}

TEST(numbers) {
    const auto bad = [](std::string_view number, std::string_view message) {
        check_problem(
            "{\"gate\": \"rx\", \"target\": 0, \"rotation\": " + std::string(number) + "}",
            {".rotation", number, message, "a finite number in radians"});
    };
    bad("1e999", "too large");
    bad("-1e999", "too large");
    bad("true", "a boolean is no number");
    bad("\"0.5\"", "not a string");
    bad("[0.5]", "a number is needed");
    const auto phases = [](std::string_view list, std::string_view path, std::string_view value,
                           std::string_view message) {
        check_problem(
            "{\"gate\": \"ms\", \"targets\": [0, 1], \"phases\": " + std::string(list) + "}",
            {path, value, message, "in turns"}, kNative);
    };
    phases("[1]", ".phases", "[1]", "2 numbers are needed");
    phases("[1, 2, 3]", ".phases", "[1, 2, 3]", "2 numbers are needed");
    phases("0.5", ".phases", "0.5", "2 numbers are needed");
    phases("[1, null]", ".phases[1]", "null", "a number is needed");
    phases("[\"1\", 0]", ".phases[0]", "\"1\"", "not a string");
}

TEST(pauliexp_fields) {
    const auto gate = [](std::string_view terms, std::string_view coefficients,
                         std::string_view time) {
        return "{\"gate\": \"pauliexp\", \"targets\": [0, 1], \"terms\": " + std::string(terms) +
               ", \"coefficients\": " + std::string(coefficients) +
               ", \"time\": " + std::string(time) + "}";
    };
    check_problem(gate("[]", "[]", "1"), {".terms", "[]", "no terms", "at least one"});
    check_problem(gate("\"XX\"", "[1]", "1"), {".terms", "\"XX\"", "a list of Pauli strings"});
    check_problem(gate("[\"X\"]", "[1]", "1"),
                  {".terms[0]", "\"X\"", "letters: 1, targets: 2", "2 long"});
    check_problem(gate("[\"XX\", \"XXX\"]", "[1, 1]", "1"), {".terms[1]", "\"XXX\"", "letters: 3"});
    check_problem(gate("[\"xx\"]", "[1]", "1"), {".terms[0]", "\"xx\"", "upper case"});
    check_problem(gate("[\"X1\"]", "[1]", "1"), {".terms[0]", "\"X1\"", "no Pauli operator"});
    check_problem(gate("[\"X\\u0000\"]", "[1]", "1"), {".terms[0]", "\"X\\u0000\"", "no Pauli"});
    check_problem(gate("[3]", "[1]", "1"), {".terms[0]", "3", "a Pauli string is needed"});
    check_problem(
        gate("[\"XX\"]", "[1, 2]", "1"),
        {".coefficients", "[1, 2]", "coefficients: 2, terms: 1", "one coefficient per term"});
    check_problem(gate("[\"XX\"]", "[]", "1"), {".coefficients", "[]", "coefficients: 0"});
    check_problem(gate("[\"XX\"]", "1", "1"), {".coefficients", "1", "a list of numbers"});
    check_problem(gate("[\"XX\"]", "[true]", "1"), {".coefficients[0]", "true", "boolean"});
    check_problem(gate("[\"XX\"]", "[1]", "1e999"), {".time", "1e999", "too large"});
    check_problem(gate("[\"XX\"]", "[1]", "[1]"), {".time", "[1]", "a number is needed"});
}

TEST(all_problems_up_to_the_limit) {
    std::string json = "[";
    for (int i = 0; i < 50; ++i) json += R"({"gate": "h", "target": -1}, )";
    json += R"({"gate": "h", "target": 0}])";
    CHECK_EQUAL(read(json).problems.size(), 20);
    CHECK_EQUAL(read(json, kQis, {}, 1000).problems.size(), 50);
    CHECK_EQUAL(read(json, kQis, {}, 1).problems.size(), 1);
    CHECK_EQUAL(read(json, kQis, {}, 0).problems.size(), 1);
    CHECK_EQUAL(read(json).problems[19].path, "input.circuit[19].target");
    CHECK(!read(json, kQis, {}, 1).program);
    // One long list of mistakes inside one gate stops at the limit as well.
    std::string targets = "-1";
    for (int i = 0; i < 1000; ++i) targets += ", -1";
    CHECK_EQUAL(read("[{\"gate\": \"swap\", \"targets\": [" + targets + "]}]").problems.size(), 20);
}

TEST(several_mistakes_in_one_gate) {
    check_problems(R"({"gate": "rx", "targets": [0, 9], "contol": 1, "phase": 2, "rotation": "a"})",
                   kQis, 3,
                   {{".contol", "1", "did you mean"},
                    {".phase", "2", "takes no \"phase\""},
                    {".targets[1]", "9", "outside the circuit"},
                    {".targets", "[0, 9]", "not act on 2 targets"},
                    {".rotation", "\"a\"", "not a string"}});
}

TEST(texts_that_are_no_json) {
    const ReadResult result = read("[{\"gate\": \"h\", \"target\": -1},\n {\"gate\": NaN}]");
    CHECK(!result.program);
    // Not also the bad target: nothing in a broken text is to be relied on.
    CHECK_EQUAL(result.problems.size(), 1);
    CHECK_EQUAL(result.problems[0].code, "InvalidInput");
    CHECK_EQUAL(result.problems[0].path, "input.circuit");
    CHECK(result.problems[0].message.find("line 2 column 11: NaN") != std::string::npos);
    CHECK(result.problems[0].value.find("NaN") != std::string::npos);
    CHECK_EQUAL(read("").problems.size(), 1);
    CHECK_EQUAL(read("[{\"gate\": \"h\", \"target\": 0}").problems.size(), 1);
}

TEST(problems_are_short_and_plain) {
    const std::string name(5000, '\xc3');
    std::string accents;
    for (int i = 0; i < 3000; ++i) accents += "\u00e9";
    for (const std::string& json :
         {"[{\"gate\": \"" + accents + "\", \"target\": 0}]",
          "[{\"gate\": \"h\", \"target\": 0, \"" + accents + "\": \"" + accents + "\"}]",
          "[{\"gate\": \"" + name + "\"}]", std::string("[\"\\u001b[31m\"]")}) {
        const ReadResult result = read(json);
        CHECK_EQUAL(result.problems.size(), 1);
        const ionsim::Problem& problem = result.problems[0];
        CHECK(problem.value.size() <= 60);
        CHECK(problem.path.size() <= 80);
        for (const char c : read_test::problem_text(problem)) {
            if (c < 0x20 || c > 0x7E) CHECK(!"plain ASCII");
        }
    }
}

}  // namespace

CHECK_MAIN()
