#include "run/erasure.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "base/philox.h"
#include "compile/wire_plan.h"
#include "run/draw.h"
#include "run/erasure_job.h"
#include "run/part_state.h"

namespace ionsim {
namespace {

// The circuit without erasures, run from stop to stop.
template <class T>
class CleanRun {
  public:
    CleanRun(const ErasureJob& job, std::span<const std::uint32_t> stops, const RunOptions& options,
             RunControl& control)
        : job_(job), stops_(stops), state_(job.qubits(), options, control) {
        state_.clear();
    }

    // Which is one of the stops.
    const PartState<T>& run_to(std::uint32_t stop) {
        for (; next_ < stops_.size() && stops_[next_] <= stop; ++next_) {
            add_until(job_.step_of(stops_[next_]));
            state_.flush();
        }
        return state_;
    }

    const Statevector<T>& run_whole() {
        if (!stops_.empty()) run_to(stops_.back());
        add_until(job_.noisy.steps.size());
        return state_.whole();
    }

  private:
    void add_until(std::size_t end) {
        for (; step_ < end; ++step_) state_.add(job_.noisy.steps[step_]);
    }

    const ErasureJob& job_;
    std::span<const std::uint32_t> stops_;
    PartState<T> state_;
    std::size_t next_ = 0;
    std::size_t step_ = 0;
};

// The error-free states at the first of the stops.
template <class T>
class KeptStates {
  public:
    KeptStates(const ErasureJob& job, std::span<const std::uint32_t> stops,
               const RunOptions& options, RunControl& control)
        : job_(job), stops_(stops), options_(options), control_(control) {}

    void keep(CleanRun<T>& run, std::uint32_t last) {
        states_.reserve(stops_.size());
        for (const std::uint32_t stop : stops_) {
            if (stop > last) return;
            states_.emplace_back(job_.qubits(), options_, control_);
            states_.back().copy(run.run_to(stop));
        }
    }

    // Where none is kept, the slow twin: each shot makes its own.
    void load(std::uint32_t stop, PartState<T>& state, const RunOptions& options) const {
        const auto place = std::ranges::find(stops_, stop) - stops_.begin();
        if (static_cast<std::size_t>(place) < states_.size()) {
            return state.borrow(states_[static_cast<std::size_t>(place)]);
        }
        state.copy(CleanRun<T>(job_, stops_, options, control_).run_to(stop));
    }

  private:
    const ErasureJob& job_;
    std::span<const std::uint32_t> stops_;
    const RunOptions& options_;
    RunControl& control_;
    std::vector<PartState<T>> states_;
};

template <class T>
class ErasureRunner {
  public:
    ErasureRunner(const ErasureJob& job, const ErasureNeeds& needs, const KeptStates<T>& kept,
                  const Philox& random, const RunOptions& options, int threads, RunControl& control)
        : job_(job),
          needs_(needs),
          kept_(kept),
          random_(random),
          options_(options),
          control_(control) {
        options_.threads = threads;
    }

    std::uint64_t run(std::span<const std::uint32_t> erased, std::uint64_t shot) {
        const std::uint32_t stop = stop_before(needs_.stops, erased);
        const WirePlan plan = plan_wires(job_.gates, job_.qubits(), erased, random_, shot, stop);
        std::vector<std::uint8_t> outcomes(plan.wires);
        PartState<T>& state = of_width(stop > 0 ? job_.qubits() : plan.width);
        if (stop > 0) {
            kept_.load(stop, state, options_);
        } else {
            state.clear();
        }
        std::vector<typename PartState<T>::Measured> measured;
        for (auto op = plan.ops.begin(); op != plan.ops.end();) {
            if (op->kind != WireOp::Kind::kMeasure) {
                add(*op++, outcomes, state);
                continue;
            }
            const auto first = op;
            measured.clear();
            for (; op != plan.ops.end() && op->kind == WireOp::Kind::kMeasure; ++op) {
                measured.push_back({op->places[0], wire_uniform(random_, shot, op->wire, true)});
            }
            state.measure(measured);
            for (std::size_t k = 0; k < measured.size(); ++k) {
                outcomes[first[static_cast<std::ptrdiff_t>(k)].wire] = measured[k].outcome;
            }
        }
        std::uint64_t outcome = plan.outcome;
        for (std::size_t q = 0; q < plan.final_wire.size(); ++q) {
            const int wire = plan.final_wire[q];
            if (wire < 0) continue;
            outcome |= static_cast<std::uint64_t>(outcomes[static_cast<std::size_t>(wire)]) << q;
        }
        return outcome;
    }

  private:
    PartState<T>& of_width(int width) {
        if (!state_ || state_->most_qubits() < width) {
            state_.reset();
            // Few shots need more than was foreseen.
            if (width > kMostSharedQubits)
                require_memory(state_bytes(options_.precision, width), options_);
            state_ = std::make_unique<PartState<T>>(width, options_, control_);
        }
        return *state_;
    }

    void add(const WireOp& op, const std::vector<std::uint8_t>& outcomes, PartState<T>& state) {
        if (op.kind == WireOp::Kind::kGate) {
            const SiteGate& gate = job_.gates[op.gate];
            for (std::uint32_t k = gate.begin; k < gate.end; ++k) {
                state.add(placed(job_.noisy.steps[k], gate, op.places[0], op.places[1]));
            }
            return;
        }
        const std::size_t chosen = op.kind == WireOp::Kind::kSwitch ? outcomes[op.wire] : 0;
        state.add(one_target_step(op.matrices[chosen], op.places[0], {}));
    }

    const ErasureJob& job_;
    const ErasureNeeds& needs_;
    const KeptStates<T>& kept_;
    const Philox& random_;
    RunOptions options_;
    RunControl& control_;
    std::unique_ptr<PartState<T>> state_;
};

}  // namespace

template <class T>
void sample_erasure(const Program& program, const NoiseRates& rates, std::uint64_t seed,
                    std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
                    const RunOptions& options, RunControl& control) {
    const ErasureJob job(program, rates, control);
    const Philox random(seed);
    const std::uint64_t shots = outcomes.size();
    const ErasureNeeds needs =
        erasure_needs(job, options.total_shots > 0 ? options.total_shots : shots);
    const auto erased_of = [&](std::uint64_t k) {
        const std::uint64_t shot = shot_begin + k;
        return job.erased(random, options.trajectories > 0 ? shot % options.trajectories : shot);
    };
    std::vector<std::uint64_t> clean;
    std::vector<std::uint64_t> hit;
    std::uint32_t last_stop = 0;
    for (std::uint64_t k = 0; k < shots; ++k) {
        if (k % 64 == 0) control.check();
        const std::vector<std::uint32_t> erased = erased_of(k);
        (needs.share_clean && erased.empty() ? clean : hit).push_back(k);
        last_stop = std::max(last_stop, stop_before(needs.stops, erased));
    }
    if (!options.share) last_stop = 0;
    KeptStates<T> kept(job, needs.stops, options, control);
    if (last_stop > 0 || !clean.empty()) {
        CleanRun<T> run(job, needs.stops, options, control);
        kept.keep(run, last_stop);
        if (!clean.empty()) {
            std::vector<std::uint64_t> numbers;
            for (const std::uint64_t k : clean) numbers.push_back(shot_begin + k);
            std::vector<std::uint64_t> drawn(clean.size());
            draw_shots<T>(run.run_whole(), random, numbers, drawn, options.threads, control);
            for (std::size_t i = 0; i < clean.size(); ++i) outcomes[clean[i]] = drawn[i];
        }
    }
    const bool small = side_by_side(needs.width, options);
    const std::uint64_t pieces =
        small
            ? std::min<std::uint64_t>(hit.size(), static_cast<std::uint64_t>(options.threads) * 16)
            : std::min<std::uint64_t>(hit.size(), 1);
    const int workers = small ? options.threads : 1;
    std::vector<std::unique_ptr<ErasureRunner<T>>> runners(static_cast<std::size_t>(workers));
    parallel_for(workers, pieces, control, [&](std::uint64_t piece, int worker) {
        auto& own = runners[static_cast<std::size_t>(worker)];
        if (!own) {
            own = std::make_unique<ErasureRunner<T>>(job, needs, kept, random, options,
                                                     small ? 1 : options.threads, control);
        }
        for (std::uint64_t i = hit.size() * piece / pieces; i < hit.size() * (piece + 1) / pieces;
             ++i) {
            const std::uint64_t k = hit[i];
            outcomes[k] = own->run(erased_of(k), shot_begin + k);
            control.check();
        }
    });
}

template void sample_erasure<float>(const Program&, const NoiseRates&, std::uint64_t, std::uint64_t,
                                    std::span<std::uint64_t>, const RunOptions&, RunControl&);
template void sample_erasure<double>(const Program&, const NoiseRates&, std::uint64_t,
                                     std::uint64_t, std::span<std::uint64_t>, const RunOptions&,
                                     RunControl&);

}  // namespace ionsim
