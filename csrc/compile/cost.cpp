#include "compile/cost.h"

#include <array>
#include <bit>
#include <cmath>
#include <sstream>

#include "base/bits.h"

namespace ionsim {
namespace {

// Nanoseconds of one core for one amplitude of complex64, measured with the workloads of bench/ on
// a processor with wide vectors; complex128 takes twice as long.
constexpr double kMoveInCache = 0.45;   // a pass over a state in the last-level cache
constexpr double kMoveInMemory = 0.75;  // a pass over a larger one
constexpr double kVisit = 0.07;         // a load and a store of the registers
constexpr double kRotation = 0.03;      // a step in registers: a rotation or an exchange,
constexpr double kGeneral = 0.04;       // any other
constexpr double kAlone = 0.11;         // a step by itself over a tile
constexpr double kAloneInMemory = 0.8;  // a step by itself over a large state
constexpr double kPrepareStep = 600.0;  // each step: lowering, planning, tables
constexpr int kCacheQubits = 21;        // of complex64

struct Model {
    explicit Model(const Schedule& schedule, const CompileOptions& options)
        : scale(options.single_precision ? 1.0 : 2.0),
          in_cache(schedule.qubits <= kCacheQubits - (options.single_precision ? 0 : 1)),
          one_tile(schedule.qubits <= schedule.sizes.outer_qubits),
          amplitudes(std::ldexp(scale, schedule.qubits)) {}

    double scale;
    bool in_cache;
    bool one_tile;
    double amplitudes;  // weighted by the size of one

    double move() const { return in_cache ? kMoveInCache : kMoveInMemory; }
};

// Part of the amplitudes that a step touches.
double touched(const Step& step) {
    const auto control = std::visit([](const auto& s) { return s.control; }, step);
    return std::ldexp(1.0, -std::popcount(control.mask));
}

double register_nanoseconds(const Step& step) {
    const auto* pair = std::get_if<PairStep>(&step);
    const bool plain = pair != nullptr && pair->selectors[1] == 0;
    return touched(step) * (plain ? kRotation : kGeneral);
}

void add_part(const Part& part, const Model& model, int qubits, bool grows, std::uint64_t& active,
              ScheduleCost& cost) {
    if (part.stages.empty()) {
        for (const Step& step : part.steps) {
            const double each = model.in_cache ? kAlone : kAloneInMemory;
            cost.step_nanoseconds += each * model.scale * step_work(step, qubits);
            active |= flipped(step);
        }
        cost.merged_steps += part.steps.size();
        cost.passes += part.steps.size();
        cost.grown_passes += static_cast<double>(part.steps.size());
        return;
    }
    for (const OuterStage& stage : part.stages) {
        // Tiles outside what the state has grown to are not visited.
        const auto seen = [&](std::uint64_t local) {
            return grows ? std::ldexp(1.0, std::popcount(active | local) - qubits) : 1.0;
        };
        ++cost.passes;
        cost.grown_passes += seen(stage.local);
        if (!model.one_tile) {
            cost.move_nanoseconds += model.move() * model.amplitudes * seen(stage.local);
        }
        for (const Stage& inner : stage.inner) {
            ++cost.tile_stages;
            const double share = seen(inner.local) * model.amplitudes;
            for (const Visit& visit : inner.visits) {
                ++cost.visits;
                cost.visit_nanoseconds += kVisit * share;
                cost.merged_steps += visit.steps.size();
                for (const std::uint32_t place : visit.steps) {
                    const Step& step = part.steps[place];
                    cost.step_nanoseconds +=
                        share * (visit.in_registers ? register_nanoseconds(step)
                                                    : kAlone * step_work(step, 0));
                    active |= flipped(step);
                }
            }
        }
    }
}

std::string rounded(double value, int digits) {
    std::ostringstream text;
    text.precision(digits);
    text << value;
    return text.str();
}

}  // namespace

double run_work(const Schedule& schedule) {
    double work = 0.0;
    for (const Part& part : schedule.parts) {
        const double each = std::ldexp(1.0, schedule.qubits);
        for (const OuterStage& stage : part.stages) {
            for (const Stage& inner : stage.inner) {
                for (const Visit& visit : inner.visits) {
                    work += each * static_cast<double>(visit.steps.size());
                }
            }
        }
        if (part.stages.empty()) work += schedule_work(part.steps, schedule.qubits);
    }
    return work;
}

ScheduleCost cost(const Schedule& schedule, const CompileOptions& options) {
    const Model model(schedule, options);
    ScheduleCost cost;
    cost.work = run_work(schedule);
    std::uint64_t active = options.passes.growth ? 0 : low_bits(schedule.qubits);
    for (const Part& part : schedule.parts) {
        add_part(part, model, schedule.qubits, options.passes.growth, active, cost);
    }
    cost.prepare_nanoseconds = kPrepareStep * static_cast<double>(schedule.gate_steps);
    return cost;
}

std::string explain(const Schedule& schedule, const ScheduleCost& cost) {
    constexpr std::array<const char*, 4> kNames{"diagonal", "pair", "dense", "Pauli sum"};
    std::array<std::size_t, 4> counts{};
    std::size_t given = 0;
    const auto count = [&](const Step& step) { ++counts[step.index()]; };
    for (const Part& part : schedule.parts) {
        given += part.given;
        if (part.stages.empty()) {
            for (const Step& step : part.steps) count(step);
        }
        for (const OuterStage& stage : part.stages) {
            for (const Stage& inner : stage.inner) {
                for (const Visit& visit : inner.visits) {
                    for (const std::uint32_t place : visit.steps) count(part.steps[place]);
                }
            }
        }
    }
    std::ostringstream text;
    text << schedule.qubits << " qubits simulated\n";
    text << "merged: " << schedule.gate_steps << " steps of the gates, " << given
         << " after merging on each qubit, " << cost.merged_steps << " that run (";
    bool first = true;
    for (std::size_t shape = 0; shape < counts.size(); ++shape) {
        if (counts[shape] == 0) continue;
        text << (first ? "" : ", ") << counts[shape] << ' ' << kNames[shape];
        first = false;
    }
    if (first) text << "nothing to do";
    text << ")\n";
    if (cost.visits > 0) {
        text << "divided: " << cost.passes << " passes over the state in tiles of "
             << schedule.sizes.outer_qubits << " qubits, " << cost.tile_stages << " over tiles of "
             << schedule.sizes.inner_qubits << ", " << cost.visits << " loads of the registers\n";
        text << "grown: the passes see " << rounded(cost.grown_passes, 3)
             << " times the whole state\n";
    }
    const double total = cost.shared_nanoseconds() + cost.prepare_nanoseconds;
    const auto percent = [&](double part) {
        return std::to_string(std::lround(100.0 * part / std::max(total, 1.0))) + " %";
    };
    text << "cost: " << percent(cost.step_nanoseconds) << " arithmetic, "
         << percent(cost.visit_nanoseconds) << " registers, " << percent(cost.move_nanoseconds)
         << " memory, " << percent(cost.prepare_nanoseconds) << " planning";
    return text.str();
}

}  // namespace ionsim
