#include "read/program_text.h"

#include <limits>

#include "read/qasm_expander.h"
#include "read/quipper.h"
#include "read/text_problem.h"

namespace ionsim {
namespace {

// `read` puts the text into the builder.
template <class Read>
TextReading read_text(std::string_view text, const TextOptions& options, Read&& read) {
    TextProblems problems(text, options.path, options.problems);
    FlowBuilder builder(text, options.limits);
    TextReading result;
    try {
        // Nodes keep places in the text in 32 bits.
        if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
            throw Refusal{0, "the text is too long", "less than 4 GiB", {}, kCircuitTooLarge};
        }
        read(builder, problems);
        if (problems.empty()) result.flow = builder.finish();
    } catch (const Refusal& refusal) {
        problems.add(refusal);
    }
    result.problems = problems.take();
    return result;
}

}  // namespace

TextReading read_qasm(std::string_view text, const TextOptions& options) {
    return read_text(text, options, [&](FlowBuilder& builder, TextProblems& problems) {
        qasm::Expander(text, builder, problems, options.inputs).run(options.version);
    });
}

TextReading read_quipper(std::string_view text, const TextOptions& options) {
    return read_text(text, options, [&](FlowBuilder& builder, TextProblems& problems) {
        quipper::read(text, builder, problems);
    });
}

}  // namespace ionsim
