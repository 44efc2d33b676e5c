#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/control.h"
#include "run/run.h"

namespace ionsim::bind {

using Programs = std::vector<std::shared_ptr<Program>>;

struct Options {
    RunOptions run;
    pybind11::object progress;  // None or a callable that takes a fraction
};

inline bool single(const Options& options) {
    return options.run.precision == Precision::kSingle;
}

// Looks for Ctrl-C and reports progress. Called without the GIL, on the thread that entered the
// core.
RunControl::Callback callback_of(const Options& options);

using EstimateRow = pybind11::typing::Dict<pybind11::str, pybind11::object>;
EstimateRow estimate_row(const Estimate& result);

std::vector<const Program*> pointers(const Programs& programs);

// Checks the whole batch before anything is allocated: all outputs, and the states that are alive
// at the same time. Fills in the work for the progress report.
void prepare_batch(const Programs& programs, Task task, const NoiseRates& rates,
                   std::uint64_t shots, const Options& options, RunControl& control);

}  // namespace ionsim::bind
