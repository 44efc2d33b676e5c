#include <pybind11/complex.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "bind/arrays.h"
#include "bind/bind.h"
#include "bind/options.h"
#include "compile/lower.h"
#include "run/exact.h"
#include "run/noisy_bits.h"
#include "run/run.h"
#include "sample/in_place.h"
#include "sample/sampler.h"

namespace py = pybind11;

namespace ionsim::bind {
namespace {

using Seeds = std::vector<std::uint64_t>;

using States = py::typing::List<py::array>;

template <class T>
using ArrayList = py::typing::List<py::array_t<T>>;

// Numbers over the touched qubits, made from the final states: of a small state by `write`, into
// an array made beforehand; a large one is run by `run_in_place`, which turns its memory into the
// array.
template <class T, class Number, class Write, class RunInPlace>
py::list state_arrays(const Programs& programs, Task task, const Options& options, Write&& write,
                      RunInPlace&& run_in_place) {
    RunControl control(callback_of(options));
    prepare_batch(programs, task, {}, 0, options, control);
    py::list result;
    std::vector<std::span<Number>> outputs(programs.size());
    using Taken = decltype(run_in_place(*programs[0], options.run, control));
    std::vector<Taken> taken(programs.size());
    for (std::size_t index = 0; index < programs.size(); ++index) {
        const int qubits = QubitMap(*programs[index]).size();
        if (results_in_place<T>(qubits)) {
            result.append(py::none());
            continue;
        }
        NewArray<Number> output(std::size_t{1} << qubits);
        result.append(output.array);
        outputs[index] = output.values;
    }
    const auto list = pointers(programs);
    {
        const py::gil_scoped_release release;
        for_each_program(list, options.run, control, [&](std::size_t index, const RunOptions& run) {
            if (outputs[index].empty()) {
                taken[index] = run_in_place(*list[index], run, control);
            } else {
                write(simulate<T>(*list[index], run, control), outputs[index], run.threads,
                      control);
            }
        });
    }
    for (std::size_t index = 0; index < programs.size(); ++index) {
        if (outputs[index].empty()) result[index] = owning_array<Number>(std::move(taken[index]));
    }
    return result;
}

template <class T>
ArrayList<std::complex<T>> statevectors(const Programs& programs, const Options& options) {
    return state_arrays<T, std::complex<T>>(
        programs, Task::kStatevector, options,
        [](const Statevector<T>& state, std::span<std::complex<T>> out, int, RunControl&) {
            for (std::size_t index = 0; index < out.size(); ++index) out[index] = state[index];
        },
        [](const Program& program, const RunOptions& run, RunControl& control) {
            return take_amplitudes(simulate<T>(program, run, control), run.threads, control);
        });
}

template <class T>
ArrayList<double> probability_arrays(const Programs& programs, const Options& options) {
    return state_arrays<T, double>(
        programs, Task::kProbabilities, options,
        [](const Statevector<T>& state, std::span<double> out, int threads, RunControl& control) {
            if (out.size() >= kLanes) return write_probabilities(state, out, threads, control);
            // The block of a small state is wider than the result.
            std::array<double, kLanes> padded;
            write_probabilities<T>(state, padded, threads, control);
            std::copy_n(padded.begin(), out.size(), out.begin());
        },
        simulate_probabilities<T>);
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

Task task_of(const std::string& name) {
    return name == "noisy"           ? Task::kNoisySamples
           : name == "samples"       ? Task::kSamples
           : name == "probabilities" ? Task::kProbabilities
                                     : Task::kStatevector;
}

EstimateRow estimate_program(const Program& program, const std::string& task,
                             const NoiseRates& rates, std::uint64_t shots, const Options& options) {
    const Task kind = task_of(task);
    Estimate result;
    {
        const py::gil_scoped_release release;
        result = estimate(program, kind, rates, shots, options.run);
    }
    return estimate_row(result);
}

}  // namespace

EstimateRow estimate_row(const Estimate& result) {
    EstimateRow row;
    row["method"] = result.method;
    row["seconds"] = result.seconds;
    row["memory_bytes"] = result.memory_bytes;
    row["memory_allowed_bytes"] = result.memory_allowed_bytes;
    row["flops"] = result.flops;
    row["moved_bytes"] = result.moved_bytes;
    row["passes"] = result.passes;
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

void bind_run(py::module_& module) {
    static PyObject* limit_error = nullptr;
    limit_error = py::exception<LimitError>(module, "LimitError").release().ptr();
    py::register_local_exception_translator(
        [](std::exception_ptr pointer) { translate_limit_error(pointer, limit_error); });

    module.def(
        "statevectors",
        [](const Programs& programs, const Options& options) -> States {
            if (single(options)) return statevectors<float>(programs, options);
            return statevectors<double>(programs, options);
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
    module.def(
        "check_memory",
        [](const Program& program, const std::string& task, const NoiseRates& rates,
           std::uint64_t shots, const Options& options) {
            const py::gil_scoped_release release;
            require_memory(memory_needed(program, task_of(task), rates, shots, options.run),
                           options.run);
        },
        py::arg("program"), py::arg("task"), py::arg("rates"), py::arg("shots"), py::arg("options"),
        "Refuse a run that needs more memory than is allowed.");
    module.def("estimate", &estimate_program, py::arg("program"), py::arg("task"), py::arg("rates"),
               py::arg("shots"), py::arg("options"), "Time and memory of a run, before running.");
    module.def(
        "measured_qubits",
        [](const Program& program, const NoiseRates& rates) {
            return to_array<std::int32_t>(measured_qubits(program, rates));
        },
        py::arg("program"), py::arg("rates"), "Qubits behind the bits of an outcome.");
}

}  // namespace ionsim::bind
