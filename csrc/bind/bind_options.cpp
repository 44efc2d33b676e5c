#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/parallel.h"
#include "bind/bind.h"
#include "bind/options.h"
#include "noise/kraus.h"
#include "run/noisy_forms.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

// The passes that are left: `fuse` and `block` switch off several, `without` names single ones.
Passes passes_of(bool fuse, bool block, const std::vector<std::string>& without) {
    Passes passes;
    const std::pair<const char*, bool Passes::*> names[] = {
        {"conjugate", &Passes::conjugate}, {"merge", &Passes::merge},
        {"diagonals", &Passes::diagonals}, {"tangent", &Passes::tangent},
        {"tiles", &Passes::tiles},         {"registers", &Passes::registers},
        {"growth", &Passes::growth},       {"reuse", &Passes::reuse},
    };
    if (!fuse) passes.conjugate = passes.merge = passes.diagonals = passes.tangent = false;
    if (!block) passes.tiles = false;
    for (const std::string& name : without) {
        const auto* const found =
            std::find_if(std::begin(names), std::end(names),
                         [&](const auto& each) { return each.first == name; });
        if (found == std::end(names)) throw py::value_error("there is no pass " + name);
        passes.*found->second = false;
    }
    return passes;
}

NoisyMode mode_of(const std::string& name) {
    if (name == "auto") return NoisyMode::kAuto;
    if (name == "trajectories") return NoisyMode::kTrajectories;
    if (name == "frame") return NoisyMode::kFrame;
    if (name == "exact") return NoisyMode::kExact;
    if (name == "erasure") return NoisyMode::kErasure;
    throw py::value_error("mode is auto, trajectories, frame, exact or erasure");
}

Options make_options(const std::string& precision, int threads, bool fuse, bool block, bool share,
                     const std::vector<std::string>& without, double memory_limit,
                     const std::string& mode, std::uint64_t trajectories, py::object progress) {
    if (precision != "complex64" && precision != "complex128") {
        throw py::value_error("precision is complex64 or complex128");
    }
    return {{threads > 0 ? threads : available_threads(), passes_of(fuse, block, without), share,
             precision == "complex64" ? Precision::kSingle : Precision::kDouble, memory_limit,
             mode_of(mode), 0, trajectories},
            std::move(progress)};
}

using Operators = py::array_t<Complex, py::array::c_style | py::array::forcecast>;

// An array of shape (operators, n, n); none of them: no channel.
KrausChannel channel_of(const std::optional<Operators>& operators) {
    KrausChannel channel;
    if (!operators) return channel;
    if (operators->ndim() != 3 || operators->shape(1) != operators->shape(2)) {
        throw py::value_error("Kraus operators have the shape (operators, n, n)");
    }
    const auto size = static_cast<std::size_t>(operators->shape(1) * operators->shape(2));
    channel.qubits = size == 4 ? 1 : 2;
    const auto count = static_cast<std::size_t>(operators->shape(0));
    for (std::size_t k = 0; k < count; ++k) {
        const Complex* const first = operators->data() + k * size;
        channel.operators.emplace_back(first, first + size);
    }
    return channel;
}

NoiseRates make_rates(double r1, double r2, double readout_flip,
                      const std::optional<Operators>& kraus1,
                      const std::optional<Operators>& kraus2) {
    NoiseRates rates{r1, r2, readout_flip};
    if (kraus1 || kraus2) {
        auto kraus =
            std::make_shared<KrausNoise>(KrausNoise{channel_of(kraus1), channel_of(kraus2)});
        check_kraus(*kraus);
        rates.kraus = std::move(kraus);
    }
    return rates;
}

}  // namespace

RunControl::Callback callback_of(const Options& options) {
    return [&options](double fraction) {
        const py::gil_scoped_acquire acquire;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!options.progress.is_none()) options.progress(fraction);
    };
}

std::vector<const Program*> pointers(const Programs& programs) {
    std::vector<const Program*> result;
    for (const auto& program : programs) result.push_back(program.get());
    return result;
}

void prepare_batch(const Programs& programs, Task task, const NoiseRates& rates,
                   std::uint64_t shots, const Options& options, RunControl& control) {
    const py::gil_scoped_release release;
    double output = 0.0;
    double states = 0.0;
    double work = 0.0;
    // What is free need not be asked for here: the bound is small.
    const double limit = options.run.memory_limit;
    for (const auto& program : programs) {
        const std::size_t qubits = program->touched().size();
        const double amplitudes = std::ldexp(1.0, static_cast<int>(qubits));
        const bool noisy = task == Task::kNoisySamples;
        // What a small run needs is bounded without an estimate, which would cost more than the
        // run.
        const bool maybe_exact = noisy && options.run.mode == NoisyMode::kAuto &&
                                 qubits <= static_cast<std::size_t>(kMaxExactQubits);
        const bool tiny =
            qubits <= kOneThreadQubits && !(maybe_exact && qubits > 11) &&
            options.run.mode != NoisyMode::kExact && options.run.mode != NoisyMode::kErasure &&
            !rates.kraus &&
            static_cast<double>(program->size()) * static_cast<double>(shots + 1) < 1e6;
        // Sixteen shots side by side on each thread, and the error-free states they start from; or
        // a component for each Pauli string, of one circuit on each thread.
        double bound =
            (options.run.threads * (noisy ? 128.0 : 64.0) + (noisy ? 512.0 : 0.0)) * amplitudes;
        if (maybe_exact) {
            const double vectors = programs.size() == 1 ? 1.0 : options.run.threads;
            bound = std::max(
                bound, vectors * 9.0 * amplitudes * amplitudes + options.run.threads * 65536.0);
        }
        if (tiny && options.progress.is_none() && (limit <= 0.0 || bound <= limit)) {
            states = std::max(states, bound);
        } else if (options.progress.is_none()) {
            states = std::max(states, memory_needed(*program, task, rates, shots, options.run));
        } else {
            const Estimate one = estimate(*program, task, rates, shots, options.run);
            states = std::max(states, one.memory_bytes);
            work += one.work;
            control.check();
        }
        if (task == Task::kStatevector) output += 16.0 * amplitudes;
        if (task == Task::kProbabilities) output += 8.0 * amplitudes;
        if (task == Task::kSamples || task == Task::kNoisySamples) {
            output += 8.0 * static_cast<double>(shots);
        }
    }
    // A single circuit's estimate has its own output in it already.
    require_memory(programs.size() == 1 ? states : states + output, options.run);
    control.set_total(work);
}

void bind_options(py::module_& module) {
    py::class_<Options>(module, "RunOptions")
        .def(py::init(&make_options), py::kw_only(), py::arg("precision"), py::arg("threads") = 0,
             py::arg("fuse") = true, py::arg("block") = true, py::arg("share") = true,
             py::arg("without") = std::vector<std::string>{}, py::arg("memory_limit") = 0.0,
             py::arg("mode") = "auto", py::arg("trajectories") = 0,
             py::arg("progress") = py::none());
    py::class_<NoiseRates>(module, "NoiseRates")
        .def(py::init(&make_rates), py::arg("r1"), py::arg("r2"), py::arg("readout_flip"),
             py::arg("kraus1") = py::none(), py::arg("kraus2") = py::none());
}

}  // namespace ionsim::bind
