// Gate lists: what a good one becomes.

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "read/document.h"
#include "read_helpers.h"

namespace {

using ionsim::Document;
using ionsim::NodeKind;
using read_test::lowered;
using read_test::read;
using read_test::ReadResult;
using read_test::text_of;

constexpr auto kQis = ionsim::GateSet::kQis;
constexpr auto kNative = ionsim::GateSet::kNative;

TEST(plain_gates) {
    for (const std::string_view name :
         {"x", "not", "y", "z", "h", "s", "si", "t", "ti", "v", "vi"}) {
        const std::string gate = "{\"gate\": \"" + std::string(name) + "\", ";
        const std::string start = std::string(name) + " ";
        CHECK_EQUAL(lowered(gate + "\"target\": 3}"), start + "|3||");
        CHECK_EQUAL(lowered(gate + "\"targets\": [3]}"), start + "|3||");
        CHECK_EQUAL(lowered(gate + "\"control\": 0, \"target\": 3}"), start + "0|3||");
        CHECK_EQUAL(lowered(gate + "\"controls\": [0], \"target\": 3}"), start + "0|3||");
        CHECK_EQUAL(lowered(gate + "\"targets\": [3], \"controls\": [4, 0]}"), start + "4,0|3||");
    }
}

TEST(controls) {
    CHECK_EQUAL(lowered(R"({"gate": "cnot", "control": 1, "target": 0})"), "cnot 1|0||");
    CHECK_EQUAL(lowered(R"({"gate": "cnot", "controls": [1], "targets": [0]})"), "cnot 1|0||");
    CHECK_EQUAL(lowered(R"({"gate": "cnot", "controls": [2, 1], "target": 0})"), "cnot 2,1|0||");
    CHECK_EQUAL(lowered(R"({"gate": "y", "controls": [7, 6, 5, 4, 3, 2, 1], "target": 0})"),
                "y 7,6,5,4,3,2,1|0||");
    CHECK_EQUAL(lowered(R"({"gate": "h", "controls": [], "target": 0})"), "h |0||");
    CHECK_EQUAL(lowered(R"({"gate": "swap", "control": 2, "targets": [1, 0]})"), "swap 2|1,0||");
    CHECK_EQUAL(lowered(R"({"gate": "xx", "controls": [2, 3], "targets": [1, 0], "rotation": 1})"),
                "xx 2,3|1,0|1|");
}

TEST(rotations) {
    for (const std::string_view name : {"rx", "ry", "rz"}) {
        CHECK_EQUAL(lowered("{\"gate\": \"" + std::string(name) +
                            "\", \"target\": 1, \"rotation\": -0.25}"),
                    std::string(name) + " |1|-0.25|");
    }
    for (const std::string_view name : {"xx", "yy", "zz"}) {
        CHECK_EQUAL(lowered("{\"gate\": \"" + std::string(name) +
                            "\", \"targets\": [4, 1], \"rotation\": 3}"),
                    std::string(name) + " |4,1|3|");
    }
    CHECK_EQUAL(lowered(R"({"gate": "rx", "target": 0, "rotation": 1e-400})"), "rx |0|0|");
}

TEST(z_with_a_rotation_is_another_gate) {
    CHECK_EQUAL(lowered(R"({"gate": "z", "target": 1})"), "z |1||");
    CHECK_EQUAL(lowered(R"({"gate": "z", "target": 1, "rotation": 0.5})"), "z |1|0.5|");
    // Zero is a rotation like any other: the identity, not Pauli Z.
    CHECK_EQUAL(lowered(R"({"gate": "z", "target": 1, "rotation": 0})"), "z |1|0|");
    CHECK_EQUAL(lowered(R"({"gate": "z", "target": 1, "rotation": null})"), "z |1||");
    CHECK_EQUAL(lowered(R"({"gate": "z", "target": 1, "rotation": 2, "controls": [0, 3]})"),
                "z 0,3|1|2|");
}

TEST(native_gates) {
    const auto native = [](std::string_view gate) { return lowered(gate, kNative); };
    CHECK_EQUAL(native(R"({"gate": "gpi", "target": 2, "phase": 0.75})"), "gpi |2|0.75|");
    CHECK_EQUAL(native(R"({"gate": "gpi2", "targets": [2], "phase": -3.5})"), "gpi2 |2|-3.5|");
    CHECK_EQUAL(native(R"({"gate": "ms", "targets": [2, 0], "phases": [0.5, 0]})"),
                "ms |2,0|0.5,0,0.25|");
    CHECK_EQUAL(native(R"({"gate": "ms", "targets": [2, 0], "phases": [0, 1], "angle": 0.125})"),
                "ms |2,0|0,1,0.125|");
    CHECK_EQUAL(native(R"({"gate": "ms", "targets": [2, 0], "phases": [0, 1], "angle": null})"),
                "ms |2,0|0,1,0.25|");
    CHECK_EQUAL(native(R"({"gate": "zz", "targets": [0, 1], "angle": 0.5})"), "zz |0,1|0.5|");
    CHECK_EQUAL(native(R"({"gate": "zz", "targets": [0, 1]})"), "zz |0,1|0.25|");
    CHECK_EQUAL(native(R"({"gate": "zz", "targets": [0, 1], "phase": 0.5})"), "zz |0,1|0.5|");
    CHECK_EQUAL(native(R"({"gate": "zz", "targets": [0, 1], "phase": 0.5, "angle": null})"),
                "zz |0,1|0.5|");
    CHECK_EQUAL(native(R"({"gate": "zz", "targets": [0, 1], "phase": null, "angle": 0.5})"),
                "zz |0,1|0.5|");
    CHECK_EQUAL(native(R"({"gate": "gpi", "target": 2, "phase": 1, "controls": []})"), "gpi |2|1|");
}

TEST(nop_takes_any_targets) {
    const auto native = [](std::string_view gate) { return lowered(gate, kNative); };
    CHECK_EQUAL(native(R"({"gate": "nop"})"), "nop |||");
    CHECK_EQUAL(native(R"({"gate": "nop", "targets": []})"), "nop |||");
    CHECK_EQUAL(native(R"({"gate": "nop", "target": 5})"), "nop |5||");
    CHECK_EQUAL(native(R"({"gate": "nop", "targets": [5, 2, 9]})"), "nop |5,2,9||");
    const ReadResult result = read(R"([{"gate": "nop", "targets": [5, 2]}])", kNative);
    CHECK_EQUAL(result.program->qubits(), 6);
    CHECK_EQUAL(result.program->touched().size(), 0);
}

TEST(pauliexp_letters_run_from_the_last_target) {
    CHECK_EQUAL(lowered(R"({"gate": "pauliexp", "targets": [0, 2], "terms": ["ZX", "IY"],
                            "coefficients": [0.5, -2], "time": 0.3})"),
                "pauliexp |0,2|0.29999999999999999,0.5,-2|XZYI");
    CHECK_EQUAL(lowered(R"({"gate": "pauliexp", "target": 4, "terms": ["Y"], "coefficients": [1],
                            "time": -1, "controls": [1, 0]})"),
                "pauliexp 1,0|4|-1,1|Y");
    CHECK_EQUAL(lowered(R"({"gate": "pauliexp", "targets": [2, 1, 0], "terms": ["XYZ"],
                            "coefficients": [0], "time": 0})"),
                "pauliexp |2,1,0|0,0|ZYX");
    // As many targets as a machine word has bits.
    std::string targets = "0";
    for (int i = 1; i < 64; ++i) targets += "," + std::to_string(i);
    const ReadResult wide =
        read("[{\"gate\": \"pauliexp\", \"targets\": [" + targets + "], \"terms\": [\"" +
             std::string(63, 'I') + "X\"], \"coefficients\": [1], \"time\": 1}]");
    CHECK(wide.program);
    CHECK_EQUAL(wide.program->arrays().letters[0], 1);
}

TEST(indices_are_numbers_without_fraction) {
    CHECK_EQUAL(lowered(R"({"gate": "h", "target": 2.0})"), "h |2||");
    CHECK_EQUAL(lowered(R"({"gate": "h", "target": 20e-1})"), "h |2||");
    CHECK_EQUAL(lowered(R"({"gate": "h", "target": -0})"), "h |0||");
    CHECK_EQUAL(lowered(R"({"gate": "h", "targets": [0.0], "controls": [1e0, 2]})"), "h 1,2|0||");
    CHECK_EQUAL(lowered(R"({"gate": "h", "target": 2147483647})"), "h |2147483647||");
}

TEST(null_counts_as_absent) {
    CHECK_EQUAL(lowered(R"({"gate": "h", "target": 1, "targets": null, "control": null,
                            "controls": null, "rotation": null, "phases": null, "other": null})"),
                "h |1||");
    CHECK_EQUAL(lowered(R"({"gate": "x", "target": null, "targets": [1], "control": 0,
                            "controls": null})"),
                "x 0|1||");
    CHECK_EQUAL(lowered(R"({"gate": "gpi", "target": 0, "phase": 0, "rotation": null})", kNative),
                "gpi |0|0|");
}

TEST(keys_come_in_any_order_and_spelling) {
    CHECK_EQUAL(lowered(R"({"rotation": 1, "target": 0, "gate": "rx"})"), "rx |0|1|");
    CHECK_EQUAL(lowered(R"({"\u0067ate": "r\u0078", "target": 0, "rotation": 1})"), "rx |0|1|");
    CHECK_EQUAL(text_of(read("\n [ {\"gate\"\t:\r\n\"h\" , \"target\":0 } ]\n ")), "h |0||");
}

TEST(width) {
    const std::string_view gates = R"([{"gate": "h", "target": 2},
        {"gate": "cnot", "control": 5, "target": 1}])";
    CHECK_EQUAL(read(gates).program->qubits(), 6);
    CHECK_EQUAL(read(gates, kQis, 6).program->qubits(), 6);
    CHECK_EQUAL(read(gates, kQis, 40).program->qubits(), 40);
    CHECK(!read(gates, kQis, 5).program);
    const ReadResult result = read(gates, kQis, 1LL << 40);
    CHECK_EQUAL(result.program->qubits(), 1LL << 40);
    CHECK(std::vector<std::int32_t>(result.program->touched().begin(),
                                    result.program->touched().end()) ==
          std::vector<std::int32_t>({1, 2, 5}));
}

TEST(empty_circuits) {
    CHECK_EQUAL(read("[]").program->qubits(), 1);
    CHECK_EQUAL(read("[]", kQis, 7).program->qubits(), 7);
    CHECK_EQUAL(read("[]", kNative).program->size(), 0);
    CHECK(read("[]", kNative).program->gate_set() == kNative);
    CHECK_EQUAL(read("[]").problems.size(), 0);
}

TEST(many_gates_in_order) {
    CHECK_EQUAL(
        text_of(read(R"([{"gate": "h", "target": 0}, {"gate": "rz", "target": 1, "rotation": 2},
        {"gate": "pauliexp", "targets": [1, 0], "terms": ["XY"], "coefficients": [3], "time": 4},
        {"gate": "swap", "targets": [1, 2]}, {"gate": "z", "target": 0, "rotation": 5}])")),
        "h |0||; rz |1|2|; pauliexp |1,0|4,3|YX; swap |1,2||; z |0|5|");
}

// Every row of the gate table can be written, with and without its optional fields.
TEST(every_gate_of_the_table) {
    std::size_t seen = 0;
    for (const ionsim::GateInfo& info : ionsim::gate_table()) {
        for (const bool optional : {false, true}) {
            std::string gate = "{\"gate\": \"" + std::string(info.name) + "\"";
            if (info.targets == 2) {
                gate += ", \"targets\": [1, 0]";
            } else {
                gate += ", \"target\": 0";
            }
            if (info.min_controls > 0) gate += ", \"control\": 5";
            for (const ionsim::GateParameter& field : info.fields()) {
                if (field.optional && !optional) continue;
                gate += ", \"" + std::string(field.field) + "\": ";
                gate += field.count == 2 ? "[1, 2]" : "0.5";
            }
            if (info.is_pauli_exponential()) {
                gate += R"(, "terms": ["X"], "coefficients": [1], "time": 1)";
            }
            const std::string came = lowered(gate + "}", info.set);
            const bool fits = came.starts_with(std::string(info.name) + " ");
            check::report(fits, __FILE__, __LINE__, gate + "\n" + came);
            ++seen;
        }
    }
    CHECK_EQUAL(seen, 2 * ionsim::gate_table().size());
}

// The same list read from a document that somebody else built, all of it at once.
TEST(documents_read_like_texts) {
    const std::string_view json = R"([{"gate": "h", "target": 0}, {"gate": "q", "target": 1},
        {"gate": "rx", "targets": [1], "rotation": 0.5}, 7])";
    Document document;
    CHECK(!ionsim::parse_json(json, document));
    const ReadResult whole = ionsim::read_gates(document, kQis, {}, "input.circuit", 20);
    CHECK_EQUAL(text_of(whole), text_of(read(json)));
    CHECK_EQUAL(whole.problems.size(), 2);
    CHECK_EQUAL(whole.problems.at(1).path, "input.circuit[3]");
}

TEST(documents_with_what_json_cannot_say) {
    Document document;
    const Document::Index list = document.open(NodeKind::kArray);
    const Document::Index gate = document.open(NodeKind::kObject);
    document.add_string("gate");
    document.add_string("rx");
    document.add_string("target");
    document.add_unsupported("object of type complex");
    document.add_string("rotation");
    document.add_number(std::nan(""), false);
    document.add_unsupported("key of type int");
    document.add_boolean(true);
    document.close(gate, 4);
    document.close(list, 1);
    const ReadResult result = ionsim::read_gates(document, kQis, {}, "ops", 20);
    CHECK(!result.program);
    CHECK_EQUAL(result.problems.size(), 3);
    CHECK_EQUAL(result.problems.at(0).path, "ops[0][\"key of type int\"]");
    CHECK_EQUAL(result.problems.at(1).path, "ops[0].target");
    CHECK_EQUAL(result.problems.at(1).value, "<object of type complex>");
    CHECK_EQUAL(result.problems.at(2).path, "ops[0].rotation");
    CHECK_EQUAL(result.problems.at(2).value, "NaN");
    CHECK_EQUAL(ionsim::read_gates(Document(), kQis, {}, "ops", 20).problems.size(), 1);
}

}  // namespace

CHECK_MAIN()
