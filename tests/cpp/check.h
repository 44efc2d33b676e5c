#pragma once

// A small test harness. A test file looks like this:
//
//   TEST(adds) { CHECK_EQUAL(1 + 1, 2); }
//   CHECK_MAIN()
//
// A failed check is printed and the test goes on; the program's exit code is 1 when anything
// failed. Arguments choose the tests whose name contains one of them.

#include <cmath>
#include <cstddef>
#include <exception>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace check {

struct Test {
    const char* name;
    void (*run)();
};

// What ran so far. Tests register themselves before main() starts, hence the function-local state.
struct State {
    std::vector<Test> tests;
    std::size_t checks = 0;
    std::size_t failures = 0;
};

inline State& state() {
    static State instance;
    return instance;
}

struct Registration {
    Registration(const char* name, void (*run)()) { state().tests.push_back({name, run}); }
};

template <class Value>
concept Printable = requires(std::ostream& stream, const Value& value) { stream << value; };

template <class Value>
std::string text_of(const Value& value) {
    std::ostringstream stream;
    stream << std::setprecision(17) << std::boolalpha;
    if constexpr (std::is_enum_v<Value>) {
        stream << +static_cast<std::underlying_type_t<Value>>(value);
    } else if constexpr (Printable<Value>) {
        stream << value;
    } else {
        stream << "(a value that cannot be printed)";
    }
    return stream.str();
}

// Plain integers compare by value, whatever their types are.
template <class Left, class Right>
bool same(const Left& left, const Right& right) {
    constexpr bool kIntegers = std::is_integral_v<Left> && std::is_integral_v<Right> &&
                               !std::is_same_v<Left, bool> && !std::is_same_v<Right, bool>;
    if constexpr (kIntegers) {
        return (left < 0) == (right < 0) &&
               static_cast<unsigned long long>(left) == static_cast<unsigned long long>(right);
    } else {
        return left == right;
    }
}

inline bool report(bool passed, const char* file, int line, const std::string& what) {
    ++state().checks;
    if (!passed) {
        ++state().failures;
        std::cerr << file << ":" << line << ": " << what << "\n";
    }
    return passed;
}

template <class Left, class Right>
bool equal(const Left& left, const Right& right, const char* expression, const char* file,
           int line) {
    const bool passed = same(left, right);
    return report(
        passed, file, line,
        passed ? std::string()
               : std::string(expression) + ": " + text_of(left) + " is not " + text_of(right));
}

inline bool close(double left, double right, double tolerance, const char* expression,
                  const char* file, int line) {
    // A NaN on either side fails.
    const bool passed = std::abs(left - right) <= tolerance;
    return report(passed, file, line,
                  passed ? std::string()
                         : std::string(expression) + ": " + text_of(left) + " is not within " +
                               text_of(tolerance) + " of " + text_of(right));
}

// To be called inside a handler.
inline std::string current_exception_text() {
    try {
        throw;
    } catch (const std::exception& error) {
        return std::string("exception: ") + error.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

// True when the call throws an Exception (or one derived from it) and nothing else.
template <class Exception, class Call>
bool throws(Call&& call, const char* expression, const char* file, int line) {
    std::string instead = "nothing was thrown";
    bool passed = false;
    try {
        call();
    } catch (const Exception&) {
        passed = true;
    } catch (...) {
        instead = current_exception_text();
    }
    return report(passed, file, line, std::string(expression) + " should throw: " + instead);
}

inline bool is_chosen(std::string_view name, int count, char** arguments) {
    if (count <= 1) return true;
    for (int i = 1; i < count; ++i) {
        if (name.find(arguments[i]) != std::string_view::npos) return true;
    }
    return false;
}

// A test that escapes by an exception, or that checks nothing, has failed. So has an empty choice.
inline void run_test(const Test& test) {
    State& now = state();
    const std::size_t checks = now.checks;
    const std::size_t failures = now.failures;
    try {
        test.run();
        if (now.checks == checks) report(false, test.name, 0, "the test checked nothing");
    } catch (...) {
        report(false, test.name, 0, current_exception_text());
    }
    std::cout << (now.failures == failures ? "ok    " : "FAIL  ") << test.name << " ("
              << now.checks - checks << " checks)" << std::endl;
}

inline int run_all(int count, char** arguments) {
    State& now = state();
    std::size_t ran = 0;
    for (const Test& test : now.tests) {
        if (!is_chosen(test.name, count, arguments)) continue;
        ++ran;
        run_test(test);
    }
    if (ran == 0) report(false, "check", 0, "no test was chosen");
    std::cout << ran << " tests, " << now.checks << " checks, " << now.failures << " failures\n";
    return now.failures == 0 ? 0 : 1;
}

}  // namespace check

#define TEST(name)                                                             \
    static void test_##name();                                                 \
    static const check::Registration registration_##name(#name, &test_##name); \
    static void test_##name()

#define CHECK(condition) check::report(static_cast<bool>(condition), __FILE__, __LINE__, #condition)

#define CHECK_EQUAL(left, right) \
    check::equal((left), (right), #left " == " #right, __FILE__, __LINE__)

#define CHECK_CLOSE(left, right, tolerance) \
    check::close((left), (right), (tolerance), #left " ~ " #right, __FILE__, __LINE__)

#define CHECK_THROWS(expression, Exception)                                                 \
    check::throws<Exception>([&] { static_cast<void>(expression); }, #expression, __FILE__, \
                             __LINE__)

#define CHECK_MAIN()                             \
    int main(int count, char** arguments) {      \
        return check::run_all(count, arguments); \
    }
