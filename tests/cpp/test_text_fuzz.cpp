// Damaged program texts: no input may crash a reader, and what it accepts must be a sound program.

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "check.h"
#include "text_check.h"

namespace {

using namespace ionsim;
using text_check::Language;

class Random {
  public:
    explicit Random(std::uint64_t seed) : philox_(seed) {}
    std::size_t below(std::size_t bound) {
        return philox_.words(0, next_++, Purpose::kSample)[0] % bound;
    }

  private:
    Philox philox_;
    std::uint32_t next_ = 0;
};

constexpr std::array<std::string_view, 5> kPrograms = {
    R"(OPENQASM 2.0;
include "qelib1.inc";
gate my(a, b) x, y { rx(a/2) x; cx x, y; barrier x, y; U(0, b^2, -pi) y; }
opaque magic(a) q;
qreg q[3]; qreg r[3]; creg c[3]; creg d[2];
h q; cx q, r; my(0.3, sin(pi/7)) q[0], r[2]; measure q -> c; if (c == 5) x r[1];
reset q[0]; measure r[0] -> d[1];)",
    R"(OPENQASM 3.1;
include "stdgates.inc";
const int n = 3; const float angle = pi / 4; input float theta;
qubit[n] q; qubit a; bit[n] c = "010"; bit flag; int[8] k = 5; bool on = true;
let ends = q[0] ++ q[-1]; let part = q[0:2:2];
gate g(x) s, t { ctrl @ rz(x) s, t; gphase(x / 2); inv @ pow(2) @ t s; }
def parity(qubit[2] p, int m) -> bit { bit b; cx p[0], p[1]; b = measure p[1]; return b; }
for int i in [0:n - 1] { if (i % 2 == 0) { h q[i]; } else continue; }
ctrl(2) @ negctrl @ x q[0], q[1], q[2], a; g(theta) ends[0], a; pow(1/3) @ sx part;
c[0] = measure q[0]; flag = parity(q[0:1], 2);
while (flag ^ c[0] == 1) { reset a; h a; flag = measure a; k += 1; if (k > 7) break; }
if (!flag && c[1:2] != 2) { gpi(0.25) a; } else { ms(0, 0.25) q[0], a; end; }
box { delay[100ns] q; barrier; } c = measure q;)",
    "Inputs: 0:Qbit, 1:Qbit, 2:Cbit\n"
    "QInit1(3)\nQGate[\"not\"](3) with controls=[+0, -1, +2c]\nQGate[\"W\"]*(0,1)\n"
    "QRot[\"exp(-i%Z)\",0.75](0) with controls=[-1]\nGPhase() with t=0.25 with controls=[+0]\n"
    "Subroutine(x3)[\"sub\", shape \"([Q],())\"] (0,1) -> (0,1) with controls=[+3]\n"
    "CGate[\"xor\"](4,2)\nCNot(4) with "
    "controls=[+2c]\nCGate[\"xor\"]*(4,2)\nComment[\"a\"](0:\"b\")\n"
    "QMeas(1)\nQTerm1(3)\nQGate[\"multinot\"](0)\n# end\nOutputs: 0:Qbit, 1:Cbit, 2:Cbit\n\n"
    "Subroutine: \"sub\"\nShape: \"([Q],())\"\nControllable: yes\nInputs: 0:Qbit, 1:Qbit\n"
    "QInit0(2)\nQGate[\"V\"]*(1) with controls=[+0] with nocontrol\nQGate[\"E\"](0)\nQTerm0(2)\n"
    "Outputs: 0:Qbit, 1:Qbit\n",
    "qreg q[2];creg c[2];u3(1e-3,.5,2.)q[0];cx q[0],q[1];measure q[0]->c[1];",
    "qubit[2] q; for uint i in {0, 1} U(pi, i, -τ) q[i]; /* note */ bit b = measure q[0];",
};

constexpr std::array<std::string_view, 64> kPieces = {"(",
                                                      ")",
                                                      "[",
                                                      "]",
                                                      "{",
                                                      "}",
                                                      ";",
                                                      ",",
                                                      ":",
                                                      "=",
                                                      "->",
                                                      "@",
                                                      "*",
                                                      "**",
                                                      "^",
                                                      "~",
                                                      "!",
                                                      "-",
                                                      "/",
                                                      "%",
                                                      "<<",
                                                      "++",
                                                      "==",
                                                      "&&",
                                                      "\"",
                                                      "//",
                                                      "/*",
                                                      "*/",
                                                      "\n",
                                                      "$0",
                                                      "#pragma x\n",
                                                      "@note\n",
                                                      "0",
                                                      "1",
                                                      "64",
                                                      "-1",
                                                      "1e999",
                                                      "18446744073709551615",
                                                      "99999999999999999999",
                                                      "0x1f",
                                                      "0b12",
                                                      "1.5",
                                                      ".",
                                                      "3im",
                                                      "10ns",
                                                      "pi",
                                                      "q",
                                                      "c",
                                                      "q[0]",
                                                      "ctrl @ ",
                                                      "pow(1e9) @ ",
                                                      "inv @ ",
                                                      "gate g a { g a; }",
                                                      "for int i in [0:1000000000] ",
                                                      "while (true) ",
                                                      "if (c == 1) ",
                                                      "def f() { f(); } f();",
                                                      "qubit[1000000] z;",
                                                      "bit[64] z;",
                                                      "int[3] z = 9;",
                                                      "measure ",
                                                      "reset ",
                                                      "\xff",
                                                      "\xcf\x80"};

constexpr std::array<std::string_view, 12> kLines = {
    "QInit0(7)\n",
    "QTerm1(0)\n",
    "QDiscard(1)\n",
    "Inputs: none\n",
    "Outputs: none\n",
    "QGate[\"not\"](0)\n",
    "Subroutine(x1000000000000)[\"sub\", shape \"([Q],())\"] (0,1) -> (0,1)\n",
    " with controls=[+0,-0]",
    "QPrep(2)\n",
    "CGate[\"if\"](5,2,2,2)\n",
    "*",
    "nan"};

// Another digit: such damage often leaves a program.
void exchange_digit(std::string& text, std::size_t at, Random& random) {
    const std::size_t found = text.find_first_of("0123456789", at);
    if (found != std::string::npos) text[found] = static_cast<char>('0' + random.below(4));
}

// A whole statement or line, said again somewhere else between two others.
void repeat_statement(std::string& text, std::size_t at, Random& random) {
    const std::size_t begin = text.find_first_of(";\n", at);
    if (begin == std::string::npos) return;
    const std::size_t end = text.find_first_of(";\n", begin + 1);
    if (end == std::string::npos) return;
    const std::string part = text.substr(begin + 1, end - begin);
    const std::size_t place = text.find_first_of(";\n", random.below(text.size() + 1));
    if (place != std::string::npos) text.insert(place + 1, part);
}

void damage(std::string& text, Random& random) {
    const std::size_t at = random.below(text.size() + 1);
    switch (random.below(4)) {
        case 0:
            exchange_digit(text, at, random);
            return;
        case 1:
            repeat_statement(text, at, random);
            return;
        default:
            break;
    }
    switch (random.below(8)) {
        case 0:
            if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
            break;
        case 1:
            text.erase(at, 1 + random.below(12));
            break;
        case 2:
            text.insert(at, 1, static_cast<char>(random.below(256)));
            break;
        case 3:
        case 4:
            text.insert(at, kPieces[random.below(kPieces.size())]);
            break;
        case 5:
            text.insert(at, kLines[random.below(kLines.size())]);
            break;
        case 6:
            text.insert(at, text.substr(random.below(text.size() + 1), random.below(80)));
            break;
        default:
            exchange_digit(text, at, random);
            break;
    }
}

// Returns whether the text was accepted.
bool read_once(std::string_view text, Language language) {
    const auto outcome = text_check::read_checked(text, language);
    if (!outcome.wrong.empty()) {
        check::report(false, __FILE__, __LINE__, outcome.wrong + ": " + std::string(text));
    }
    return outcome.accepted;
}
bool read_once(std::string_view text, bool quipper) {
    return read_once(text, quipper ? Language::kQuipper : Language::kOpenQasm);
}

TEST(samples_are_accepted_as_they_are) {
    for (std::size_t i = 0; i < kPrograms.size(); ++i) CHECK(read_once(kPrograms[i], i == 2));
}

// What coverage-guided fuzzing found worth keeping: a number of bytes, a line end, so many bytes, a
// line end, and so on. tests/fuzz/corpus.py writes such files.
std::vector<std::string> corpus(const std::string& name) {
    std::ifstream file(std::string(IONSIM_CORPUS) + "/" + name, std::ios::binary);
    std::vector<std::string> texts;
    std::size_t size = 0;
    while (file >> size) {
        file.get();
        texts.emplace_back(size, '\0');
        file.read(texts.back().data(), static_cast<std::streamsize>(size));
        if (!file) check::report(false, __FILE__, __LINE__, name + " ends too early");
    }
    return texts;
}

TEST(texts_that_fuzzing_found_are_read_or_refused) {
    const std::pair<const char*, Language> all[] = {{"openqasm2.corpus", Language::kOpenQasm2},
                                                    {"openqasm3.corpus", Language::kOpenQasm3},
                                                    {"quipper.corpus", Language::kQuipper}};
    for (const auto& [name, language] : all) {
        const std::vector<std::string> texts = corpus(name);
        CHECK(texts.size() > 100);
        std::size_t accepted = 0;
        for (const std::string& text : texts) accepted += read_once(text, language) ? 1 : 0;
        CHECK(accepted > 0);
    }
}

// Longer: IONSIM_FUZZ_SECONDS=1800 test_text_fuzz damaged
TEST(damaged_texts_are_read_or_refused) {
    const char* const given = std::getenv("IONSIM_FUZZ_SECONDS");
    const auto seconds = std::chrono::seconds(given != nullptr ? std::atoi(given) : 0);
    const auto end = std::chrono::steady_clock::now() + seconds;
    Random random(given != nullptr ? static_cast<std::uint64_t>(end.time_since_epoch().count())
                                   : 6);
    constexpr int kRounds = 6000;
    std::size_t accepted = 0;
    std::size_t tried = 0;
    for (int round = 0; round < kRounds || std::chrono::steady_clock::now() < end; ++round) {
        const std::size_t which = random.below(kPrograms.size());
        std::string text(kPrograms[which]);
        const std::size_t changes = random.below(3) > 0 ? 1 : 1 + random.below(5);
        for (std::size_t i = 0; i < changes; ++i) damage(text, random);
        // Now and then the reader of the other language.
        const bool quipper = (which == 2) != (random.below(50) == 0);
        if (read_once(text, quipper)) ++accepted;
        ++tried;
    }
    CHECK(accepted > tried / 20);  // damage that always breaks the text would test little
    CHECK(accepted < tried);
}

TEST(deep_texts_are_refused_and_do_not_exhaust_the_stack) {
    constexpr std::size_t kMany = 200'000;
    const auto many = [](std::string_view text) {
        std::string all;
        for (std::size_t i = 0; i < kMany; ++i) all += text;
        return all;
    };
    CHECK(!read_once("qubit q; rx(" + many("(") + "1" + many(")") + ") q;", false));
    CHECK(!read_once("qubit q; rx(" + many("-") + "1) q;", false));
    CHECK(!read_once("qubit q; rx(1" + many("+1") + ") q;", false));
    CHECK(!read_once("qubit q; rx(1" + many("**1") + ") q;", false));
    CHECK(!read_once("qubit q; " + many("{") + "x q;" + many("}"), false));
    CHECK(!read_once("qubit q; " + many("if (true) ") + "x q;", false));
    CHECK(!read_once("qubit q; " + many("if (true) x q; else ") + "x q;", false));
    CHECK(!read_once("qubit q; let a = q" + many("[0:0]") + ";", false));
    CHECK(!read_once("qubit q; let a = q" + many("++q") + ";", false));
    CHECK(!read_once("qubit q; x q" + many("[0]") + ";", false));
    std::string gates = "gate g0 a { x a; }\n";
    std::string functions = "def f0(qubit a) { x a; }\n";
    for (int i = 1; i < 5000; ++i) {
        const std::string now = std::to_string(i);
        const std::string before = std::to_string(i - 1);
        gates += "gate g" + now + " a { g" + before + " a; }\n";
        functions += "def f" + now + "(qubit a) { f" + before + "(a); }\n";
    }
    CHECK(!read_once(gates + "qubit q; g4999 q;", false));
    CHECK(!read_once(functions + "qubit q; f4999(q);", false));
    std::string circuits =
        "Inputs: 0:Qbit\nSubroutine[\"s0\", shape \"\"] (0) -> (0)\nOutputs: 0:Qbit\n";
    for (int i = 0; i < 5000; ++i) {
        circuits += "\nSubroutine: \"s" + std::to_string(i) +
                    "\"\nShape: \"\"\nControllable: yes\nInputs: 0:Qbit\nSubroutine[\"s" +
                    std::to_string(i + 1) + "\", shape \"\"] (0) -> (0)\nOutputs: 0:Qbit\n";
    }
    CHECK(!read_once(circuits, true));
}

TEST(what_expands_too_far_is_refused_at_once) {
    CHECK(!read_once("qubit q; pow(1000000000000) @ x q;", false));
    CHECK(!read_once("qubit q; pow(1e300) @ id q;", false));
    CHECK(!read_once("qubit q; for int i in [0:1000000000000] { }", false));
    CHECK(!read_once("qubit q; while (true) { }", false));
    CHECK(!read_once("qubit q; for int i in [0:999] for int j in [0:999] for int k in [0:999] { }",
                     false));
    CHECK(!read_once("qreg q[1000000000]; h q;", false));
    CHECK(!read_once("creg c[1000000000];", false));
    CHECK(!read_once("gate g(n) a { pow(n) @ id a; } qubit q; pow(1000) @ g(1e6) q;", false));
    std::string doubling = "gate g0 a { }\n";
    for (int i = 1; i < 100; ++i) {
        const std::string before = "g" + std::to_string(i - 1) + " a; ";
        doubling += "gate g" + std::to_string(i) + " a { " + before + before + "}\n";
    }
    CHECK(!read_once(doubling + "qubit q; g99 q;", false));
    CHECK(
        !read_once("Inputs: 0:Qbit\nSubroutine(x160000400)[\"s\", shape \"\"] (0) -> (0)\n"
                   "Outputs: 0:Qbit\n\nSubroutine: \"s\"\nShape: \"\"\nControllable: yes\n"
                   "Inputs: 0:Qbit\nQGate[\"H\"](0)\nOutputs: 0:Qbit\n",
                   true));
}

}  // namespace

CHECK_MAIN()
