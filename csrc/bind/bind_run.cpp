#include <pybind11/complex.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "bind/arrays.h"
#include "bind/bind.h"
#include "compile/lower.h"
#include "run/exact.h"
#include "run/noisy_bits.h"
#include "run/run.h"
#include "sample/sampler.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using Programs = std::vector<std::shared_ptr<Program>>;
using Seeds = std::vector<std::uint64_t>;

using Row = py::typing::Dict<py::str, py::object>;

struct Options {
    RunOptions run;
    py::object progress;  // None or a callable that takes a fraction
};

// Looks for Ctrl-C and reports progress. Called without the GIL, on the thread that entered the
// core.
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

// Checks the whole batch before anything is allocated: all outputs, and the states that are alive
// at the same time. Fills in the work for the progress report.
void prepare_batch(const Programs& programs, Task task, const NoiseRates& rates,
                   std::uint64_t shots, const Options& options, RunControl& control) {
    const py::gil_scoped_release release;
    double output = 0.0;
    double states = 0.0;
    double work = 0.0;
    for (const auto& program : programs) {
        const double amplitudes = std::ldexp(1.0, static_cast<int>(program->touched().size()));
        // What a small run needs is bounded without an estimate, which would cost more than the
        // run.
        const bool tiny =
            program->touched().size() <= kOneThreadQubits &&
            options.run.mode != NoisyMode::kExact &&
            static_cast<double>(program->size()) * static_cast<double>(shots + 1) < 1e6;
        if (tiny && options.progress.is_none()) {
            // Sixteen shots side by side on each thread, and the error-free states they start from.
            const bool noisy = task == Task::kNoisySamples;
            states = std::max(
                states, (options.run.threads * (noisy ? 128.0 : 64.0) + (noisy ? 512.0 : 0.0)) *
                            amplitudes);
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

template <class T>
using ArrayList = py::typing::List<py::array_t<T>>;
using States = py::typing::List<py::array>;

template <class T>
States statevectors(const Programs& programs, const Options& options) {
    RunControl control(callback_of(options));
    prepare_batch(programs, Task::kStatevector, {}, 0, options, control);
    States result;
    std::vector<std::span<std::complex<T>>> outputs;
    for (const auto& program : programs) {
        NewArray<std::complex<T>> output(std::size_t{1} << QubitMap(*program).size());
        result.append(output.array);
        outputs.push_back(output.values);
    }
    const auto list = pointers(programs);
    const py::gil_scoped_release release;
    for_each_program(list, options.run, control, [&](std::size_t index, const RunOptions& run) {
        const Statevector<T> state = simulate<T>(*list[index], run, control);
        const std::span<std::complex<T>> out = outputs[index];
        constexpr std::uint64_t kPiece = 1 << 16;
        parallel_for(run.threads, (out.size() + kPiece - 1) / kPiece, control,
                     [&](std::uint64_t piece, int) {
                         const std::uint64_t end =
                             std::min<std::uint64_t>((piece + 1) * kPiece, out.size());
                         for (std::uint64_t i = piece * kPiece; i < end; ++i) out[i] = state[i];
                         control.check();
                     });
    });
    return result;
}

template <class T>
ArrayList<double> probability_arrays(const Programs& programs, const Options& options) {
    RunControl control(callback_of(options));
    prepare_batch(programs, Task::kProbabilities, {}, 0, options, control);
    ArrayList<double> result;
    std::vector<std::span<double>> outputs;
    for (const auto& program : programs) {
        NewArray<double> output(std::size_t{1} << QubitMap(*program).size());
        result.append(output.array);
        outputs.push_back(output.values);
    }
    const auto list = pointers(programs);
    const py::gil_scoped_release release;
    for_each_program(list, options.run, control, [&](std::size_t index, const RunOptions& run) {
        const Statevector<T> state = simulate<T>(*list[index], run, control);
        const std::span<double> out = outputs[index];
        if (out.size() >= kLanes) return write_probabilities(state, out, run.threads, control);
        std::array<double, kLanes> padded;  // the block of a small state is wider than the result
        write_probabilities<T>(state, padded, run.threads, control);
        std::copy_n(padded.begin(), out.size(), out.begin());
    });
    return result;
}

template <class T>
ArrayList<std::uint64_t> sample_arrays(const Programs& programs, const NoiseRates& rates,
                                       bool noisy, const Seeds& seeds, std::uint64_t shot_begin,
                                       std::uint64_t shot_end, const Options& options) {
    const std::uint64_t shots = shot_end - shot_begin;
    RunControl control(callback_of(options));
    prepare_batch(programs, noisy ? Task::kNoisySamples : Task::kSamples, rates, shots, options,
                  control);
    ArrayList<std::uint64_t> result;
    std::vector<std::span<std::uint64_t>> outputs;
    for (const auto& program : programs) {
        (void)measured_qubits(*program, rates);  // refuses outcomes of more than 64 bits
        NewArray<std::uint64_t> output(shots);
        result.append(output.array);
        outputs.push_back(output.values);
    }
    const auto list = pointers(programs);
    const py::gil_scoped_release release;
    for_each_program(list, options.run, control, [&](std::size_t index, const RunOptions& run) {
        if (noisy) {
            sample_noisy<T>(*list[index], rates, seeds[index], shot_begin, outputs[index], run,
                            control);
        } else {
            sample_ideal<T>(*list[index], seeds[index], shot_begin, outputs[index], run, control);
        }
    });
    return result;
}

using Terms = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

// Expectation values of Pauli strings, given as (x, z) masks over the touched qubits.
template <class T>
ArrayList<double> expectation_arrays(const Programs& programs, const std::vector<Terms>& terms,
                                     const Options& options) {
    RunControl control(callback_of(options));
    prepare_batch(programs, Task::kExpectation, {}, 0, options, control);
    ArrayList<double> result;
    std::vector<std::span<double>> outputs;
    for (std::size_t index = 0; index < programs.size(); ++index) {
        NewArray<double> output(terms.at(index).size());
        result.append(output.array);
        outputs.push_back(output.values);
    }
    const auto list = pointers(programs);
    const py::gil_scoped_release release;
    for_each_program(list, options.run, control, [&](std::size_t index, const RunOptions& run) {
        const Statevector<T> state = simulate<T>(*list[index], run, control);
        for (std::size_t k = 0; k < terms[index].size(); ++k) {
            const auto [x, z] = terms[index][k];
            outputs[index][k] =
                pauli_expectation(state, PauliTerm{x, z, 1.0}, run.threads, control);
        }
    });
    return result;
}

bool single(const Options& options) {
    return options.run.precision == Precision::kSingle;
}

NoisyMode mode_of(const std::string& name) {
    if (name == "auto") return NoisyMode::kAuto;
    if (name == "trajectories") return NoisyMode::kTrajectories;
    if (name == "frame") return NoisyMode::kFrame;
    if (name == "exact") return NoisyMode::kExact;
    throw py::value_error("mode is auto, trajectories, frame or exact");
}

Options make_options(const std::string& precision, int threads, bool fuse, bool block, bool share,
                     double memory_limit, const std::string& mode, std::uint64_t trajectories,
                     py::object progress) {
    if (precision != "complex64" && precision != "complex128") {
        throw py::value_error("precision is complex64 or complex128");
    }
    return {{threads > 0 ? threads : available_threads(), fuse, block, share,
             precision == "complex64" ? Precision::kSingle : Precision::kDouble, memory_limit,
             mode_of(mode), 0, trajectories},
            std::move(progress)};
}

void check_seeds(const Programs& programs, const Seeds& seeds) {
    if (seeds.size() != programs.size()) throw py::value_error("one seed per program");
}

void translate_limit_error(std::exception_ptr pointer, PyObject* type) {
    try {
        if (pointer) std::rethrow_exception(pointer);
    } catch (const LimitError& error) {
        const py::tuple arguments =
            py::make_tuple(error.code(), error.what(), error.needed(), error.allowed());
        PyErr_SetObject(type, arguments.ptr());
    }
}

Row estimate_row(const Program& program, const std::string& task, const NoiseRates& rates,
                 std::uint64_t shots, const Options& options) {
    const Task kind = task == "noisy"           ? Task::kNoisySamples
                      : task == "samples"       ? Task::kSamples
                      : task == "probabilities" ? Task::kProbabilities
                                                : Task::kStatevector;
    Estimate result;
    {
        const py::gil_scoped_release release;
        result = estimate(program, kind, rates, shots, options.run);
    }
    Row row;
    row["method"] = result.method;
    row["seconds"] = result.seconds;
    row["memory_bytes"] = result.memory_bytes;
    row["memory_allowed_bytes"] = result.memory_allowed_bytes;
    row["qubits_simulated"] = result.qubits_simulated;
    row["explanation"] = result.explanation;
    py::list modes;
    for (const ModeEstimate& mode : result.modes) {
        modes.append(
            py::make_tuple(mode.mode, mode.impossible, mode.work, mode.seconds, mode.memory_bytes));
    }
    row["modes"] = modes;
    return row;
}

}  // namespace

void bind_run(py::module_& module) {
    static PyObject* limit_error = nullptr;
    limit_error = py::exception<LimitError>(module, "LimitError").release().ptr();
    py::register_local_exception_translator(
        [](std::exception_ptr pointer) { translate_limit_error(pointer, limit_error); });

    py::class_<Options>(module, "RunOptions")
        .def(py::init(&make_options), py::kw_only(), py::arg("precision"), py::arg("threads") = 0,
             py::arg("fuse") = true, py::arg("block") = true, py::arg("share") = true,
             py::arg("memory_limit") = 0.0, py::arg("mode") = "auto", py::arg("trajectories") = 0,
             py::arg("progress") = py::none());
    py::class_<NoiseRates>(module, "NoiseRates")
        .def(py::init([](double r1, double r2, double readout_flip) {
                 return NoiseRates{r1, r2, readout_flip};
             }),
             py::arg("r1"), py::arg("r2"), py::arg("readout_flip"));

    module.def(
        "statevectors",
        [](const Programs& programs, const Options& options) {
            return single(options) ? statevectors<float>(programs, options)
                                   : statevectors<double>(programs, options);
        },
        py::arg("programs"), py::arg("options"), "Final states over the touched qubits.");
    module.def(
        "probabilities",
        [](const Programs& programs, const Options& options) {
            return single(options) ? probability_arrays<float>(programs, options)
                                   : probability_arrays<double>(programs, options);
        },
        py::arg("programs"), py::arg("options"), "Exact probabilities over the touched qubits.");
    module.def(
        "samples",
        [](const Programs& programs, const std::optional<NoiseRates>& rates, const Seeds& seeds,
           std::uint64_t shot_begin, std::uint64_t shot_end, std::uint64_t total_shots,
           const Options& given_options) {
            Options options = given_options;
            options.run.total_shots = total_shots;
            check_seeds(programs, seeds);
            if (shot_end < shot_begin)
                throw py::value_error("the shot range ends before it begins");
            const NoiseRates given = rates.value_or(NoiseRates{});
            return single(options) ? sample_arrays<float>(programs, given, rates.has_value(), seeds,
                                                          shot_begin, shot_end, options)
                                   : sample_arrays<double>(programs, given, rates.has_value(),
                                                           seeds, shot_begin, shot_end, options);
        },
        py::arg("programs"), py::arg("rates"), py::arg("seeds"), py::arg("shot_begin"),
        py::arg("shot_end"), py::arg("total_shots"), py::arg("options"),
        "Outcomes of shots [shot_begin, shot_end) of the total over the measured qubits.");
    module.def(
        "noisy_probabilities",
        [](const Programs& programs, const NoiseRates& rates, const Options& options) {
            RunControl control(callback_of(options));
            ArrayList<double> result;
            for (const auto& program : programs) {
                std::vector<double> values;
                {
                    const py::gil_scoped_release release;
                    values = noisy_probabilities(*program, rates, options.run, control);
                }
                result.append(to_array<double>(values));
            }
            return result;
        },
        py::arg("programs"), py::arg("rates"), py::arg("options"),
        "Exact probabilities of noisy circuits over the measured qubits.");
    module.def(
        "sample_bits",
        [](const Program& program, const NoiseRates& rates, std::uint64_t seed,
           std::uint64_t shot_begin, std::uint64_t shot_end, std::uint64_t total_shots,
           const Options& given_options) {
            if (shot_end < shot_begin)
                throw py::value_error("the shot range ends before it begins");
            Options options = given_options;
            options.run.total_shots = total_shots;
            const auto measured = all_measured_qubits(program, rates);
            const std::uint64_t shots = shot_end - shot_begin;
            require_memory(9.0 * static_cast<double>(shots) * static_cast<double>(measured.size()),
                           options.run);
            RunControl control(callback_of(options));
            py::array_t<std::uint8_t> result(
                {static_cast<py::ssize_t>(shots), static_cast<py::ssize_t>(measured.size())});
            const std::span<std::uint8_t> bits(result.mutable_data(),
                                               static_cast<std::size_t>(result.size()));
            {
                const py::gil_scoped_release release;
                const auto sample =
                    single(options) ? &sample_noisy_bits<float> : &sample_noisy_bits<double>;
                sample(program, rates, seed, shot_begin, bits, options.run, control);
            }
            return py::make_tuple(to_array<std::int32_t>(measured), result);
        },
        py::arg("program"), py::arg("rates"), py::arg("seed"), py::arg("shot_begin"),
        py::arg("shot_end"), py::arg("total_shots"), py::arg("options"),
        "Measured qubits, and a row of their bits for each shot.");
    module.def(
        "expectations",
        [](const Programs& programs, const std::vector<Terms>& terms, const Options& options) {
            return single(options) ? expectation_arrays<float>(programs, terms, options)
                                   : expectation_arrays<double>(programs, terms, options);
        },
        py::arg("programs"), py::arg("terms"), py::arg("options"),
        "Expectation values of Pauli strings, given as (x, z) masks over the touched qubits.");
    module.def("estimate", &estimate_row, py::arg("program"), py::arg("task"), py::arg("rates"),
               py::arg("shots"), py::arg("options"), "Time and memory of a run, before running.");
    module.def(
        "measured_qubits",
        [](const Program& program, const NoiseRates& rates) {
            return to_array<std::int32_t>(measured_qubits(program, rates));
        },
        py::arg("program"), py::arg("rates"), "Qubits behind the bits of an outcome.");
}

}  // namespace ionsim::bind
