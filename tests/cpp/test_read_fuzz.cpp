// Gate lists with random damage: whatever comes is a program or a list of problems. Run under the
// sanitizers, this also shows that nothing is read behind the text.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/philox.h"
#include "check.h"
#include "read/json.h"
#include "read_helpers.h"

namespace {

using read_test::ReadResult;

constexpr std::size_t kLimit = 5;

// The same numbers on every machine, unlike the distributions of the standard library.
class Random {
  public:
    explicit Random(std::uint64_t seed) : philox_(seed) {}
    std::size_t below(std::size_t bound) {
        return philox_.words(0, next_++, ionsim::Purpose::kSample)[0] % bound;
    }

  private:
    ionsim::Philox philox_;
    std::uint32_t next_ = 0;
};

constexpr std::array<std::string_view, 4> kLists = {
    R"([{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1},
        {"gate": "rx", "targets": [2], "rotation": -1.5707963267948966, "controls": [0, 1.0]},
        {"gate": "z", "target": 3, "rotation": 0, "control": null}])",
    R"([{"gate":"pauliexp","targets":[0,2,1],"terms":["XYZ","IIX"],"coefficients":[0.5,-2e-3],
        "time":1},{"gate":"zz","targets":[0,1],"rotation":1e2},{"gate":"swap","targets":[3,1]}])",
    R"([{"gate": "ms", "targets": [0, 1], "phases": [0, 0.25], "angle": 0.125},
        {"gate": "gpi2", "target": 0, "phase": 0.75}, {"gate": "zz", "targets": [2, 1], "phase": 1},
        {"gate": "nop", "targets": []}, {"gate": "\u0067pi", "target": 1, "phase": 1E-1}])",
    "[{\"gate\": \"x\", \"target\": 1, \"n\u00e4me\": \"\U0001F600\"}, [[[{}]]], true, "
    "\"\\ud83d\\ude00\"]",
};

// Pieces that JSON texts and gate lists are made of, so that damage often stays well-formed.
constexpr std::array<std::string_view, 40> kPieces = {"{",
                                                      "}",
                                                      "[",
                                                      "]",
                                                      ",",
                                                      ":",
                                                      "\"",
                                                      "\\",
                                                      "\\u",
                                                      "\\ud800",
                                                      "null",
                                                      "true",
                                                      "NaN",
                                                      "1e999",
                                                      "-",
                                                      "0.5",
                                                      "2.0",
                                                      "-1",
                                                      "64",
                                                      "1e",
                                                      "\"gate\"",
                                                      "\"h\"",
                                                      "\"terms\"",
                                                      "\"X\"",
                                                      "\xff",
                                                      "\xc3\xa9",
                                                      "\n",
                                                      "//",
                                                      "{}",
                                                      "[]",
                                                      "\"\":",
                                                      "\"targets\"",
                                                      "99999999999999999999",
                                                      "\"controls\":[0,1,2,3,4,5,6,7],",
                                                      "\"target\":1,",
                                                      "\"phase\":0,",
                                                      "\"control\":7,",
                                                      "\"rotation\":1,",
                                                      "\"cx\"",
                                                      "\"pauliexp\""};

// Values that may replace another one without breaking the JSON.
constexpr std::array<std::string_view, 20> kValues = {
    "0",  "1",  "2.0", "2.5",    "-1",     "5",      "1e999", "null",       "true",      "\"h\"",
    "[]", "{}", "[0]", "[1, 2]", "\"XX\"", "\"zz\"", "\"\"",  "\"target\"", "\"phase\"", "0.25"};

// Exchanges the first number or string behind a sign at or after `at`.
void exchange(std::string& text, std::size_t at, Random& random) {
    const std::size_t sign = text.find_first_of(":,[{", at);
    if (sign == std::string::npos) return;
    const std::size_t begin = text.find_first_of("0123456789\"", sign);
    if (begin == std::string::npos) return;
    std::size_t end = text.find_first_not_of("0123456789.eE+-", begin);
    if (text[begin] == '"') end = text.find('"', begin + 1);
    if (end == std::string::npos) return;
    if (text[begin] == '"') ++end;
    text.replace(begin, end - begin, kValues[random.below(kValues.size())]);
}

void damage(std::string& text, Random& random) {
    const std::size_t at = random.below(text.size() + 1);
    if (random.below(3) > 0) {
        exchange(text, at, random);
        return;
    }
    switch (random.below(7)) {
        case 0:  // flip a bit
            if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
            break;
        case 1:  // delete some characters
            text.erase(at, 1 + random.below(8));
            break;
        case 2:  // insert any byte
            text.insert(at, 1, static_cast<char>(random.below(256)));
            break;
        case 3:
        case 4:
            text.insert(at, kPieces[random.below(kPieces.size())]);
            break;
        case 5:  // repeat a part somewhere else
            text.insert(at, text.substr(random.below(text.size() + 1), random.below(60)));
            break;
        default:  // break off, now and then
            if (random.below(4) == 0) text.resize(at);
            break;
    }
}

void check_result(const ReadResult& result, std::string_view text) {
    const auto fail = [&](std::string_view what) {
        check::report(false, __FILE__, __LINE__, std::string(what) + ": " + std::string(text));
    };
    const std::size_t count = result.problems.size();
    if (result.program.has_value() == (count > 0)) fail("neither a program nor problems, or both");
    if (count > kLimit) fail("more problems than asked for");
    for (const ionsim::Problem& problem : result.problems) {
        if (!problem.path.starts_with("input.circuit")) fail("strange path");
        if (problem.message.empty() || problem.value.size() > 60) fail("strange message or value");
        for (const char c : read_test::problem_text(problem)) {
            if (c < 0x20 || c > 0x7E) fail("not plain ASCII");
        }
    }
}

TEST(damaged_gate_lists) {
    Random random(20);
    std::size_t programs = 0;
    std::size_t broken = 0;
    constexpr std::size_t kRounds = 24000;
    for (std::size_t round = 0; round < kRounds; ++round) {
        std::string text(kLists[round % kLists.size()]);
        for (std::size_t i = random.below(3) + 1; i > 0; --i) damage(text, random);
        // Exactly as long as the text: what reads behind it is caught.
        const auto exact = std::make_unique<char[]>(text.size());
        text.copy(exact.get(), text.size());
        const std::string_view view(exact.get(), text.size());
        // Mostly the gate set that the list was written for.
        const bool native = (round % kLists.size() == 2) != (random.below(8) == 0);
        const auto set = native ? ionsim::GateSet::kNative : ionsim::GateSet::kQis;
        const std::optional<std::int64_t> qubits =
            random.below(2) == 0 ? std::optional<std::int64_t>(4) : std::nullopt;

        const ReadResult result = read_test::read(view, set, qubits, kLimit);
        check_result(result, text);
        // The gate-by-gate way and the whole tree agree.
        ionsim::Document document;
        const bool json = !ionsim::parse_json(view, document);
        if (json) {
            const ReadResult whole =
                ionsim::read_gates(document, set, qubits, "input.circuit", kLimit);
            CHECK_EQUAL(read_test::text_of(whole), read_test::text_of(result));
        } else {
            CHECK_EQUAL(result.problems.size(), 1);
            ++broken;
        }
        if (result.program) ++programs;
    }
    // The damage must reach all three outcomes, or this test tests little.
    std::cout << programs << " programs, " << broken << " texts that are no JSON\n";
    CHECK(programs > kRounds / 50);
    CHECK(broken > kRounds / 8);
    CHECK(kRounds - broken - programs > kRounds / 50);
}

// Texts made of nothing but pieces.
TEST(heaps_of_pieces) {
    Random random(21);
    for (int round = 0; round < 4000; ++round) {
        std::string text = "[{\"gate\":";
        for (std::size_t i = random.below(30); i > 0; --i) {
            text += kPieces[random.below(kPieces.size())];
        }
        check_result(read_test::read(text, ionsim::GateSet::kQis, {}, kLimit), text);
        CHECK(true);
    }
}

// Every beginning of a good text is an error with a place, and only the whole text is good.
TEST(texts_that_break_off) {
    for (const std::string_view list : kLists) {
        for (std::size_t length = 0; length < list.size(); ++length) {
            ionsim::Document document;
            CHECK(ionsim::parse_json(list.substr(0, length), document));
        }
        ionsim::Document document;
        CHECK(!ionsim::parse_json(list, document));
    }
}

}  // namespace

CHECK_MAIN()
