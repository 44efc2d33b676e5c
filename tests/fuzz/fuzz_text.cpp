// Coverage-guided fuzzing (libFuzzer) of one reader of program texts; IONSIM_FUZZ_LANGUAGE says
// which. CONTRIBUTING.md says how to run it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "text_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto outcome = text_check::read_checked(text, text_check::Language::IONSIM_FUZZ_LANGUAGE);
    if (!outcome.wrong.empty()) {
        std::cerr << outcome.wrong << '\n';
        std::abort();
    }
    return 0;
}
