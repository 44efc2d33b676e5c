#include "read/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "read/scan.h"
#include "read/utf8.h"

namespace ionsim {
namespace {

// A loop with its own stack, so that the depth of the text never becomes the depth of calls.
class Parser {
  public:
    Parser(std::string_view text, Document& document, const ElementSink& sink)
        : begin_(text.data()),
          at_(begin_),
          end_(begin_ + text.size()),
          document_(document),
          sink_(sink) {}

    bool run();
    JsonError error() const;

  private:
    enum class Step { kFailed, kValue, kDone };  // kValue: at_ stands where a value begins
    struct Open {
        Document::Index node;
        std::uint64_t count;
        bool object;
    };

    // Always false. Kept out of line, with all that explains a mistake: the way without mistakes is
    // fast when its functions stay small.
    [[gnu::cold, gnu::noinline]] bool fail(std::string_view message) {
        return fail_at(at_, message);
    }
    [[gnu::cold, gnu::noinline]] bool fail_at(const char* place, std::string_view message);
    Step step(bool passed, Step next) const { return passed ? next : Step::kFailed; }

    void skip_space();
    std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
    bool at(char c) const { return at_ != end_ && *at_ == c; }

    Step begin_value();
    Step begin_container(NodeKind kind);
    Step after_value();
    void close();
    bool key();
    bool string();
    [[gnu::noinline]] std::size_t character();
    [[gnu::noinline]] bool escaped_string(const char* start);
    bool escape(std::string& out);
    bool hex4(std::uint32_t& unit);
    bool number();
    bool digits();
    bool literal();
    [[gnu::cold, gnu::noinline]] bool fail_needing(std::string_view needed);

    const char* begin_;
    const char* at_;
    const char* end_;
    Document& document_;
    const ElementSink& sink_;
    std::array<Open, kMaxJsonDepth> open_{};
    std::size_t depth_ = 0;
    std::string scratch_;
    const char* error_at_ = nullptr;
    std::string message_;
};

bool Parser::fail_at(const char* place, std::string_view message) {
    error_at_ = place;
    message_ = message;
    return false;
}

void Parser::skip_space() {
    // Through a copy: the compiler has to assume that characters may alias the member.
    const char* at = at_;
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
    // Nearly all that is no space is above it.
    while (at != end_ && *at <= ' ' && is_space(*at)) ++at;
    at_ = at;
}

bool Parser::run() {
    if (rest().starts_with("\xEF\xBB\xBF")) {
        return fail("the text begins with a byte order mark; save it as plain UTF-8");
    }
    for (;;) {
        Step step = begin_value();
        while (step == Step::kDone && depth_ > 0) step = after_value();
        if (step == Step::kFailed) return false;
        if (step == Step::kDone) break;
    }
    skip_space();
    return at_ == end_ || fail_needing("the end of the text");
}

// Says what is needed at this place, what came instead, and where that is usual.
bool Parser::fail_needing(std::string_view needed) {
    std::string message = std::string(needed) + " expected, but ";
    const std::size_t length = utf8_length(rest());
    if (at_ == end_) {
        message += "the text ends";
    } else if (length == 0) {
        message += "here is a byte that is not UTF-8";
    } else {
        message += "here is " + short_json(rest().substr(0, length));
        if (*at_ == '\'') message += "; strings are written with double quotes";
        if (*at_ == '/' || *at_ == '#') message += "; JSON has no comments";
    }
    return fail(message);
}

Parser::Step Parser::begin_value() {
    skip_space();
    if (at_ == end_) return step(fail_needing("a value"), Step::kFailed);
    switch (*at_) {
        case '"':
            return step(string(), Step::kDone);
        case '{':
            return begin_container(NodeKind::kObject);
        case '[':
            return begin_container(NodeKind::kArray);
        default:
            if (is_digit(*at_) || *at_ == '-') return step(number(), Step::kDone);
            return step(literal(), Step::kDone);
    }
}

Parser::Step Parser::begin_container(NodeKind kind) {
    if (depth_ == open_.size()) {
        fail("lists and objects are nested more than " + std::to_string(kMaxJsonDepth) + " deep");
        return Step::kFailed;
    }
    const bool object = kind == NodeKind::kObject;
    ++at_;
    open_[depth_++] = {document_.open(kind), 0, object};
    skip_space();
    if (at(object ? '}' : ']')) {
        close();
        return Step::kDone;
    }
    return step(!object || key(), Step::kValue);
}

void Parser::close() {
    ++at_;
    --depth_;
    document_.close(open_[depth_].node, open_[depth_].count);
}

// Behind a value: the next one of the same container, or the container's end.
Parser::Step Parser::after_value() {
    Open& open = open_[depth_ - 1];
    if (depth_ == 1 && !open.object && sink_) {
        sink_(open.node + 1);
        document_.rewind(open.node + 1);
    }
    const char closing = open.object ? '}' : ']';
    ++open.count;
    skip_space();
    if (at(',')) {
        const char* const comma = at_++;
        skip_space();
        if (at(closing)) {
            fail_at(comma,
                    std::string("a comma before ") + closing + "; JSON has no trailing comma");
            return Step::kFailed;
        }
        return step(!open.object || key(), Step::kValue);
    }
    if (at(closing)) {
        close();
        return Step::kDone;
    }
    return step(fail_needing(open.object ? "a comma or }" : "a comma or ]"), Step::kFailed);
}

bool Parser::key() {
    if (!at('"')) return fail_needing("a key in double quotes");
    if (!string()) return false;
    skip_space();
    if (!at(':')) return fail_needing("a colon");
    ++at_;
    return true;
}

// The bytes of the next character of a string; 0 when it may not stand there.
std::size_t Parser::character() {
    if (static_cast<unsigned char>(*at_) < 0x20) {
        fail("a control character inside a string; write it as an escape such as \\n");
        return 0;
    }
    const std::size_t length = utf8_length(rest());
    if (length == 0) fail("bytes that are not UTF-8 inside a string");
    return length;
}

bool Parser::string() {
    const char* const start = ++at_;
    while (at_ != end_) {
        at_ = skip_plain(at_, end_);
        if (at_ == end_) break;
        if (*at_ == '"') {
            document_.add_string({start, static_cast<std::size_t>(at_ - start)});
            ++at_;
            return true;
        }
        if (*at_ == '\\') return escaped_string(start);
        const std::size_t length = character();
        if (length == 0) return false;
        at_ += length;
    }
    return fail_at(start - 1, "this string is not closed");
}

// The slow way: the string has escapes, so its characters cannot stay where they are.
bool Parser::escaped_string(const char* start) {
    scratch_.assign(start, at_);
    while (at_ != end_) {
        if (*at_ == '"') {
            document_.add_string(document_.keep(scratch_));
            ++at_;
            return true;
        }
        if (*at_ == '\\') {
            if (!escape(scratch_)) return false;
            continue;
        }
        const std::size_t length = character();
        if (length == 0) return false;
        scratch_.append(at_, length);
        at_ += length;
    }
    return fail_at(start - 1, "this string is not closed");
}

bool Parser::hex4(std::uint32_t& unit) {
    if (rest().size() < 4) return false;
    const auto result = std::from_chars(at_, at_ + 4, unit, 16);
    if (result.ec != std::errc{} || result.ptr != at_ + 4) return false;
    at_ += 4;
    return true;
}

bool Parser::escape(std::string& out) {
    const char* const start = at_++;
    if (at_ == end_) return fail_at(start, "the text ends inside an escape");
    const char kind = *at_++;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t which = kLetters.find(kind); which != std::string_view::npos) {
        out += kMeanings[which];
        return true;
    }
    if (kind != 'u') {
        return fail_at(start,
                       "an unknown escape; \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX exist");
    }
    std::uint32_t unit = 0;
    if (!hex4(unit)) return fail_at(start, "\\u needs four hexadecimal digits");
    if (unit >= 0xD800 && unit < 0xE000) {
        std::uint32_t low = 0;
        const bool paired = unit < 0xDC00 && rest().starts_with("\\u") && (at_ += 2, hex4(low)) &&
                            low >= 0xDC00 && low < 0xE000;
        if (!paired) return fail_at(start, "half of a surrogate pair; it needs \\uD8xx\\uDCxx");
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    utf8_append(out, unit);
    return true;
}

bool Parser::digits() {
    const char* at = at_;
    while (at != end_ && is_digit(*at)) ++at;
    const bool any = at != at_;
    at_ = at;
    return any;
}

bool Parser::number() {
    const char* const start = at_;
    if (at('-')) ++at_;
    const char* const first = at_;
    if (!digits()) {
        if (!rest().starts_with("Inf")) return fail_needing("a digit");
        at_ = start;
        return literal();
    }
    if (*first == '0' && at_ - first > 1) return fail_at(start, "a number with a leading zero");
    const char* const last = at_;
    if (at('.')) {
        ++at_;
        if (!digits()) return fail_needing("a digit behind the point");
    }
    if (at('e') || at('E')) {
        ++at_;
        if (at('+') || at('-')) ++at_;
        if (!digits()) return fail_needing("a digit in the exponent");
    }
    const std::string_view text(start, static_cast<std::size_t>(at_ - start));
    const bool integer = at_ == last;
    double value = 0;
    if (integer && last - first <= 15) {
        // Most numbers are qubits. Up to 15 digits a double holds them exactly.
        std::int64_t whole = 0;
        for (const char* digit = first; digit != last; ++digit) whole = whole * 10 + (*digit - '0');
        value = static_cast<double>(whole);
        if (first != start) value = -value;
    } else {
        // from_chars knows no locale, and leaves the value alone when it is out of range.
        const auto result = std::from_chars(start, at_, value);
        if (result.ec == std::errc::result_out_of_range) value = out_of_range_value(text);
    }
    document_.add_number(value, integer, text);
    return true;
}

// true, false and null; everything else that begins like a value is explained.
bool Parser::literal() {
    const char* const start = at_;
    if (at('-')) ++at_;
    while (at_ != end_ && is_word(*at_)) ++at_;
    const std::string_view word(start, static_cast<std::size_t>(at_ - start));
    if (word == "true" || word == "false") {
        document_.add_boolean(word == "true");
        return true;
    }
    if (word == "null") {
        document_.add_null();
        return true;
    }
    at_ = start;
    for (const std::string_view name :
         {"NaN", "nan", "Infinity", "-Infinity", "inf", "Inf", "-Inf"}) {
        if (word == name) {
            return fail(std::string(word) + " is no JSON number; numbers must be finite");
        }
    }
    for (const std::string_view name : {"True", "False", "None"}) {
        if (word == name) {
            return fail(std::string(word) + " is no JSON; true, false and null are lower case");
        }
    }
    return fail_needing("a value");
}

JsonError Parser::error() const {
    JsonError error{message_, 1, 1, {}};
    const char* line = begin_;
    for (const char* c = begin_; c != error_at_; ++c) {
        if (*c == '\n') {
            ++error.line;
            line = c + 1;
        }
    }
    for (const char* c = line; c != error_at_; ++c) {
        if ((static_cast<unsigned char>(*c) & 0xC0) != 0x80) ++error.column;
    }
    constexpr std::ptrdiff_t kBefore = 16;
    constexpr std::ptrdiff_t kAfter = 24;
    const char* const from = error_at_ - std::min(error_at_ - begin_, kBefore);
    const char* const to = error_at_ + std::min(end_ - error_at_, kAfter);
    error.near = short_json(std::string_view(from, static_cast<std::size_t>(to - from)));
    return error;
}

}  // namespace

std::optional<JsonError> parse_json(std::string_view text, Document& document,
                                    const ElementSink& sink) {
    Parser parser(text, document, sink);
    if (parser.run()) return std::nullopt;
    return parser.error();
}

}  // namespace ionsim
