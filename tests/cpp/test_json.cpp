// The JSON parser and the document.

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.h"
#include "read/document.h"
#include "read/json.h"

namespace {

using ionsim::Document;
using ionsim::JsonError;
using ionsim::NodeKind;
using ionsim::parse_json;
using ionsim::short_json;

// The text as the document renders it, or the error's place and message.
std::string parsed(std::string_view text, std::size_t limit = 1000) {
    Document document;
    if (const auto error = parse_json(text, document)) {
        return std::to_string(error->line) + ":" + std::to_string(error->column) + " " +
               error->message;
    }
    return short_json(document, Document::kRoot, limit);
}

double number(std::string_view text) {
    Document document;
    if (parse_json(text, document) || document.kind(Document::kRoot) != NodeKind::kNumber) {
        CHECK(!"a number");
        return 0.0;
    }
    return document.number(Document::kRoot);
}

std::string string(std::string_view text) {
    Document document;
    if (parse_json(text, document) || document.kind(Document::kRoot) != NodeKind::kString) {
        return "no string: " + parsed(text);
    }
    return std::string(document.text(Document::kRoot));
}

bool fails(std::string_view text, std::string_view place, std::string_view part) {
    const std::string came = parsed(text);
    const bool fits =
        came.starts_with(std::string(place) + " ") && came.find(part) != std::string::npos;
    return check::report(fits, __FILE__, __LINE__, std::string(text) + " gave: " + came);
}

TEST(values) {
    CHECK_EQUAL(parsed("null"), "null");
    CHECK_EQUAL(parsed(" true "), "true");
    CHECK_EQUAL(parsed("\n\t\r false"), "false");
    CHECK_EQUAL(parsed("[]"), "[]");
    CHECK_EQUAL(parsed("[ ]"), "[]");
    CHECK_EQUAL(parsed("{ }"), "{}");
    CHECK_EQUAL(parsed("[1,[2,{\"a\":[]}],{}]"), "[1, [2, {\"a\": []}], {}]");
    CHECK_EQUAL(parsed("{\"b\":1,\"a\":{\"c\":null},\"b\":2}"),
                "{\"b\": 1, \"a\": {\"c\": null}, \"b\": 2}");
}

TEST(numbers) {
    CHECK_EQUAL(number("0"), 0.0);
    CHECK(std::signbit(number("-0")));
    CHECK_EQUAL(number("12"), 12.0);
    CHECK_EQUAL(number("-12.5e-1"), -1.25);
    CHECK_EQUAL(number("1E+2"), 100.0);
    // The nearest doubles, as the compiler reads them too.
    CHECK_EQUAL(number("0.1"), 0.1);
    CHECK_EQUAL(number("1.5707963267948966"), 1.5707963267948966);
    CHECK_EQUAL(number("123456789012345678"), 123456789012345678.0);
    CHECK_EQUAL(number("999999999999999"), 999999999999999.0);
    CHECK_EQUAL(number("9007199254740993"), 9007199254740992.0);
    CHECK_EQUAL(number("9999999999999999999"), 1e19);
    CHECK_EQUAL(number("2.2250738585072011e-308"), 2.2250738585072011e-308);
    CHECK_EQUAL(number("4.9e-324"), 4.9e-324);
    CHECK_EQUAL(number("1.7976931348623157e308"), std::numeric_limits<double>::max());
}

TEST(numbers_beyond_the_range_of_a_double) {
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_EQUAL(number("1e309"), infinity);
    CHECK_EQUAL(number("-1e99999999999999999999"), -infinity);
    CHECK_EQUAL(number("0.00001e400"), infinity);
    CHECK_EQUAL(number(std::string(400, '9')), infinity);
    CHECK_EQUAL(number(std::string(400, '9') + ".5"), infinity);
    CHECK_EQUAL(number("1e-999"), 0.0);
    CHECK(std::signbit(number("-1e-999")));
    CHECK_EQUAL(number("1000000e-99999999999999999999"), 0.0);
    CHECK_EQUAL(number("0." + std::string(400, '0') + "1"), 0.0);
    CHECK_EQUAL(number("0e99999"), 0.0);
    CHECK_EQUAL(number(std::string(400, '9') + "e-399"), 9.9999999999999999);
}

TEST(numbers_remember_how_they_were_written) {
    Document document;
    CHECK(!parse_json("[2, 2.0, 2e0, -7]", document));
    const std::vector<std::pair<std::string_view, bool>> expected = {
        {"2", true}, {"2.0", false}, {"2e0", false}, {"-7", true}};
    Document::Index node = document.begin(Document::kRoot);
    for (const auto& [text, integer] : expected) {
        CHECK_EQUAL(document.text(node), text);
        CHECK_EQUAL(document.is_integer(node), integer);
        node = document.next(node);
    }
    CHECK_EQUAL(node, document.end(Document::kRoot));
    CHECK_EQUAL(document.count(Document::kRoot), 4);
}

TEST(strings) {
    CHECK_EQUAL(string("\"\""), "");
    CHECK_EQUAL(string("\"cnot\""), "cnot");
    CHECK_EQUAL(string("\"a long string without any escape in it\""),
                "a long string without any escape in it");
    CHECK_EQUAL(string(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
    CHECK_EQUAL(string(R"("\u0041\u00e9\u20ac\ud83d\ude00")"), "A\u00e9\u20ac\U0001F600");
    CHECK_EQUAL(string(R"("x\u0000y")"), std::string_view("x\0y", 3));
    CHECK_EQUAL(string("\"\u00e9\u20ac\U0001F600\x7f\""), "\u00e9\u20ac\U0001F600\x7f");
    CHECK_EQUAL(string("\"\\n after, and \u00e9 too\""), "\n after, and \u00e9 too");
    // A quote at every place relative to the words that the parser looks at.
    for (std::size_t length = 0; length < 40; ++length) {
        const std::string text(length, 'q');
        CHECK_EQUAL(string('"' + text + '"'), text);
        CHECK_EQUAL(string('"' + text + "\\\\\""), text + "\\");
        CHECK_EQUAL(string('"' + text + "\u00e9\""), text + "\u00e9");
    }
}

TEST(kept_strings_stay) {
    // More text than one chunk of the document's store, so that chunks are added.
    std::string json = "[";
    for (int i = 0; i < 3000; ++i) {
        json += (i > 0 ? ",\"" : "\"") + std::string(60, 'a') + "\\u0062" + std::to_string(i) + '"';
    }
    json += ",\"" + std::string(200000, 'c') + "\\t\"]";
    Document document;
    CHECK(!parse_json(json, document));
    Document moved = std::move(document);
    Document::Index node = moved.begin(Document::kRoot);
    for (int i = 0; i < 3000; ++i, node = moved.next(node)) {
        CHECK_EQUAL(moved.text(node), std::string(60, 'a') + "b" + std::to_string(i));
    }
    CHECK_EQUAL(moved.text(node), std::string(200000, 'c') + "\t");
}

TEST(errors_name_the_place) {
    fails("", "1:1", "a value expected, but the text ends");
    fails("[1,\n 2,\n x]", "3:2", "\"x\"");
    fails("[\"\u00e9\u20ac\", x]", "1:8", "\"x\"");
    fails("[1 2]", "1:4", "a comma or ]");
    fails("{\"a\":1 \"b\":2}", "1:8", "a comma or }");
    fails("{\"a\" 1}", "1:6", "a colon");
    fails("{a:1}", "1:2", "a key in double quotes");
    fails("{'a':1}", "1:2", "double quotes");
    fails("{\"a\"", "1:5", "the text ends");
    fails("[1,", "1:4", "the text ends");
    fails("[1] 2", "1:5", "the end of the text");
    fails("[1,]", "1:3", "trailing comma");
    fails("{\"a\":1,}", "1:7", "trailing comma");
    fails("[,1]", "1:2", "a value");
    fails("[1]]", "1:4", "the end");
    fails("[1}", "1:3", "a comma or ]");
    fails("[1] // end", "1:5", "no comments");
    fails("\xEF\xBB\xBF[]", "1:1", "byte order mark");
    fails("[\xff]", "1:2", "not UTF-8");
}

TEST(errors_in_numbers_and_words) {
    for (const std::string_view word : {"NaN", "nan", "Infinity", "-Infinity", "inf"}) {
        fails(std::string("[") + std::string(word) + "]", "1:2", word);
        fails(std::string("[") + std::string(word) + "]", "1:2", "finite");
    }
    for (const std::string_view word : {"True", "False", "None"}) {
        fails(std::string("[") + std::string(word) + "]", "1:2", word);
    }
    fails("nulls", "1:1", "a value");
    fails("tru", "1:1", "a value");
    fails("01", "1:1", "leading zero");
    fails("-01", "1:1", "leading zero");
    fails("1.", "1:3", "digit");
    fails(".5", "1:1", "a value");
    fails("+1", "1:1", "a value");
    fails("-", "1:2", "digit");
    fails("--1", "1:2", "digit");
    fails("1e", "1:3", "digit");
    fails("1e+", "1:4", "digit");
    fails("0x10", "1:2", "the end");
    fails("1_000", "1:2", "the end");
}

TEST(errors_in_strings) {
    fails("[\"abc]", "1:2", "not closed");
    fails("[\"abc\\", "1:6", "ends inside an escape");
    fails("[\"abc\\n", "1:2", "not closed");
    fails("\"a\\x\"", "1:3", "unknown escape");
    fails("\"\\u12g4\"", "1:2", "hexadecimal");
    fails("\"\\u12", "1:2", "hexadecimal");
    fails("\"\\ud800\"", "1:2", "surrogate");
    fails("\"\\ud800\\u0041\"", "1:2", "surrogate");
    fails("\"\\ud800\\ue000\"", "1:2", "surrogate");
    fails("\"\\ud800\\", "1:2", "surrogate");
    fails("\"\\udc00\\ud800\"", "1:2", "surrogate");
    fails("\"a\nb\"", "1:3", "control character");
    fails("\"\\t\nb\"", "1:4", "control character");
    fails(std::string_view("\"a\0b\"", 5), "1:3", "control character");
    // Not UTF-8: a stray continuation, a lost one, overlong forms, a surrogate, beyond the range.
    for (const std::string_view bytes :
         {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x9f\x98"}) {
        fails('"' + std::string(bytes) + '"', "1:2", "UTF-8");
        fails("\"\\n" + std::string(bytes) + '"', "1:4", "UTF-8");
    }
}

TEST(depth_is_bounded) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    const auto most = static_cast<std::size_t>(ionsim::kMaxJsonDepth);
    CHECK_EQUAL(parsed(nested(most)), nested(most));
    fails(nested(most + 1), "1:" + std::to_string(most + 1), "nested more than 32");
    fails(std::string(1000000, '['), "1:33", "nested more than 32");
    std::string objects;
    for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
    fails(objects, "1:" + std::to_string(32 * 5 + 1), "nested more than 32");
}

TEST(elements_one_by_one) {
    const std::string_view json = "[1, [2, 3], {\"a\": \"\\u0041\"}, \"\\u0042\", []]";
    Document document;
    std::vector<std::string> elements;
    const auto error = parse_json(json, document, [&](Document::Index element) {
        elements.push_back(short_json(document, element));
        CHECK_EQUAL(document.next(element), document.size());
    });
    CHECK(!error);
    CHECK((elements == std::vector<std::string>{"1", "[2, 3]", "{\"a\": \"A\"}", "\"B\"", "[]"}));
    CHECK_EQUAL(document.size(), 1);
    CHECK_EQUAL(document.count(Document::kRoot), 5);
    // Only a list has elements.
    Document object;
    CHECK(!parse_json("{\"a\": [1, 2]}", object, [](Document::Index) { CHECK(!"called"); }));
    CHECK_EQUAL(short_json(object, Document::kRoot), "{\"a\": [1, 2]}");
}

TEST(short_values) {
    CHECK_EQUAL(parsed("[1, 2, 3, 4, 5, 6, 7, 8, 9]", 12), "[1, 2, 3,...");
    CHECK_EQUAL(parsed("\"0123456789\"", 12), "\"0123456789\"");
    CHECK_EQUAL(parsed("\"0123456789a\"", 12), "\"01234567...");
    // Look-alikes of plain letters and control characters are shown as what they are.
    CHECK_EQUAL(parsed("\"\u0445\""), "\"\\u0445\"");
    CHECK_EQUAL(parsed("\"\U0001F600\""), "\"\\ud83d\\ude00\"");
    CHECK_EQUAL(parsed(R"("\u001b[2J\"\\")"), R"("\u001b[2J\"\\")");
    CHECK_EQUAL(parsed(std::string(500, '7'), 10), "7777777...");
    CHECK_EQUAL(parsed('[' + std::string(5000, ' ') + "1]"), "[1]");
}

TEST(short_values_of_built_documents) {
    Document document;
    const Document::Index list = document.open(NodeKind::kArray);
    document.add_number(2.0, true);
    document.add_number(0.5, false);
    document.add_number(1e300, false);
    document.add_number(100000.0, true);
    document.add_number(std::nan(""), false);
    document.add_number(-std::numeric_limits<double>::infinity(), false);
    document.add_unsupported(document.keep("object of type complex"));
    document.close(list, 7);
    CHECK_EQUAL(short_json(document, list, 200),
                "[2, 0.5, 1e+300, 100000, NaN, -Infinity, <object of type complex>]");
}

}  // namespace

CHECK_MAIN()
