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
constexpr double kMoveInCache = 0.47;   // a pass over a state in the last-level cache
constexpr double kMoveInMemory = 0.68;  // a pass over a larger one
constexpr double kVisit = 0.06;         // a load and a store of the registers
constexpr double kRotation = 0.036;     // a step in registers: a rotation or an exchange,
constexpr double kGeneral = 0.05;       // any other
constexpr double kAlone = 0.11;         // a step by itself over a tile
constexpr double kAloneInMemory = 0.8;  // a step by itself over a large state
constexpr double kZeroInCache = 0.7;    // zeros where the state has not grown to
constexpr double kZeroInMemory = 0.9;
constexpr double kInitial = 0.5;         // all zeros, before the first step
constexpr double kWriteInCache = 0.4;    // probabilities
constexpr double kWriteInMemory = 0.65;  // and of a large state
constexpr double kWriteFused = 0.45;     // and in the last pass
constexpr int kCacheQubits = 21;         // of complex64
// Nanoseconds that do not depend on the state.
constexpr double kPrepareGate = 230.0;  // lowering, merging, planning
constexpr double kTable = 260.0;        // the tables of a step in a tile,
constexpr double kTableAlone = 60.0;    // of one that runs by itself,
constexpr double kTableEntry = 40.0;    // and for each factor of a diagonal

struct Model {
    explicit Model(const Schedule& schedule, const CompileOptions& options)
        : scale(options.single_precision ? 1.0 : 2.0),
          in_cache(schedule.qubits <= kCacheQubits - (options.single_precision ? 0 : 1)),
          one_tile(schedule.qubits <= schedule.sizes.outer_qubits || schedule.parts.empty() ||
                   schedule.parts.front().stages.empty()),
          amplitudes(std::ldexp(scale, schedule.qubits)) {}

    double scale;
    bool in_cache;
    bool one_tile;      // which is written before it runs
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

double table_nanoseconds(const Step& step, double each) {
    const auto* diagonal = std::get_if<DiagonalStep>(&step);
    return each + (diagonal == nullptr
                       ? 0.0
                       : kTableEntry * static_cast<double>(diagonal->factors.size()));
}

// Operations on numbers for one amplitude, as the kernels do them.
double flops(const Step& step, bool tangent) {
    constexpr double kProduct = 6.0, kSum = 8.0;  // of complex numbers; a sum has a product in it
    if (const auto* dense = std::get_if<DenseStep>(&step)) {
        return touched(step) * kSum * std::ldexp(1.0, static_cast<int>(dense->qubits.size()));
    }
    const auto* pair = std::get_if<PairStep>(&step);
    if (pair == nullptr) {
        const auto* diagonal = std::get_if<DiagonalStep>(&step);
        const bool turn = tangent && diagonal != nullptr && diagonal->selectors.size() == 1;
        return touched(step) * (turn ? kSum / 2.0 : kProduct);
    }
    const std::size_t used = pair->selectors[1] != 0 ? 4 : (pair->selectors[0] != 0 ? 2 : 1);
    bool same = tangent && pair->control.mask == 0, real = true, pure = true, moves = true;
    for (std::size_t p = 0; p < used; ++p) {
        const Complex keep = pair->keep[p], swap = pair->swap[p];
        same = same && keep == pair->keep[0] && keep != Complex{};
        real = real && keep.imag() == 0.0;
        pure = pure && (swap.real() == 0.0 || swap.imag() == 0.0);
        moves = moves && (keep == Complex{} || swap == Complex{});
    }
    if (moves) return 0.0;
    const double kept = same ? 0.0 : (real ? kProduct / 3.0 : kProduct);
    return touched(step) * (kept + (pure ? kSum / 2.0 : kSum));
}

void add_part(const Part& part, const Model& model, int qubits, const Passes& passes,
              std::uint64_t& active, ScheduleCost& cost) {
    const double all = std::ldexp(1.0, qubits);
    if (part.stages.empty()) {
        for (const Step& step : part.steps) {
            const double each = model.in_cache ? kAlone : kAloneInMemory;
            const double work = step_work(step, qubits);
            cost.step_nanoseconds += each * model.scale * work;
            cost.prepare_nanoseconds += table_nanoseconds(step, kTableAlone);
            cost.flops += all * flops(step, false);
            cost.moved_amplitudes += 2.0 * all * touched(step);
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
            return passes.growth ? std::ldexp(1.0, std::popcount(active | local) - qubits) : 1.0;
        };
        ++cost.passes;
        cost.grown_passes += seen(stage.local);
        if (!model.one_tile) {
            cost.move_nanoseconds += model.move() * model.amplitudes * seen(stage.local);
            cost.moved_amplitudes += 2.0 * all * seen(stage.local);
        }
        for (const Stage& inner : stage.inner) {
            ++cost.tile_stages;
            const double share = seen(inner.local) * model.amplitudes;
            if (model.one_tile) cost.moved_amplitudes += 2.0 * all * seen(inner.local);
            for (const Visit& visit : inner.visits) {
                ++cost.visits;
                cost.visit_nanoseconds += kVisit * share;
                cost.merged_steps += visit.steps.size();
                for (const std::uint32_t place : visit.steps) {
                    const Step& step = part.steps[place];
                    cost.step_nanoseconds +=
                        share * (visit.in_registers ? register_nanoseconds(step)
                                                    : kAlone * step_work(step, 0));
                    cost.table_nanoseconds += table_nanoseconds(step, kTable);
                    cost.flops += share / model.scale * flops(step, passes.tangent);
                    active |= flipped(step);
                }
            }
        }
    }
}

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
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
    const Passes& passes = options.passes;
    std::uint64_t active = passes.growth ? 0 : low_bits(schedule.qubits);
    for (const Part& part : schedule.parts) {
        add_part(part, model, schedule.qubits, passes, active, cost);
    }
    cost.one_tile = model.one_tile;
    const double grown = std::ldexp(1.0, std::popcount(active) - schedule.qubits);
    const double zero = model.in_cache ? kZeroInCache : kZeroInMemory;
    if (model.one_tile) {
        cost.prepare_nanoseconds += kInitial * model.amplitudes;  // by one thread
    } else {
        cost.move_nanoseconds += zero * (1.0 - grown) * model.amplitudes;
    }
    cost.prepare_nanoseconds += kPrepareGate * static_cast<double>(schedule.gate_steps);
    return cost;
}

double write_nanoseconds(const Schedule& schedule, const CompileOptions& options, bool fused) {
    const Model model(schedule, options);
    const double amplitudes = std::ldexp(1.0, schedule.qubits);
    if (fused) return kWriteFused * amplitudes;
    // Reads an amplitude of either size, and writes a number of eight bytes.
    const double each = model.in_cache ? kWriteInCache : kWriteInMemory;
    return each * amplitudes * (1.0 + model.scale) / 2.0;
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
    text << "merged: " << counted(schedule.gate_steps, "step", "steps") << " of the gates, "
         << given << " after merging on each qubit, "
         << counted(cost.merged_steps, "that runs", "that run") << " (";
    bool first = true;
    for (std::size_t shape = 0; shape < counts.size(); ++shape) {
        if (counts[shape] == 0) continue;
        text << (first ? "" : ", ") << counts[shape] << ' ' << kNames[shape];
        first = false;
    }
    if (first) text << "nothing to do";
    text << ")\n";
    if (cost.visits > 0) {
        text << "divided: " << counted(cost.passes, "pass", "passes")
             << " over the state in tiles of " << schedule.sizes.outer_qubits << " qubits, "
             << cost.tile_stages << " over tiles of " << schedule.sizes.inner_qubits << ", "
             << counted(cost.visits, "load", "loads") << " of the registers\n";
        text << "grown: the passes see " << rounded(cost.grown_passes, 3)
             << " times the whole state\n";
    }
    const double planning = cost.prepare_nanoseconds + cost.table_nanoseconds;
    const double total = cost.shared_nanoseconds() + planning;
    const auto percent = [&](double part) {
        return std::to_string(std::lround(100.0 * part / std::max(total, 1.0))) + " %";
    };
    text << "cost: " << percent(cost.step_nanoseconds) << " arithmetic, "
         << percent(cost.visit_nanoseconds) << " registers, " << percent(cost.move_nanoseconds)
         << " memory, " << percent(planning) << " planning";
    return text.str();
}

}  // namespace ionsim
