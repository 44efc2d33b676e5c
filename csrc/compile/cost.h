#pragma once

#include <string>

#include "compile/schedule.h"

namespace ionsim {

// What running a schedule takes. Nanoseconds are those of one core.
struct ScheduleCost {
    double work = 0.0;             // amplitude updates
    std::size_t merged_steps = 0;  // steps that run
    std::size_t passes = 0;        // over the memory of the whole state
    std::size_t tile_stages = 0;   // over small tiles
    std::size_t visits = 0;        // loads and stores of the registers
    double move_nanoseconds = 0.0;
    double visit_nanoseconds = 0.0;
    double step_nanoseconds = 0.0;
    double prepare_nanoseconds = 0.0;  // does not grow with the state: planning,
    double table_nanoseconds = 0.0;    // and tables, which threads share
    double grown_passes = 0.0;         // `passes`, counting a pass by the part of the state it sees
    double moved_amplitudes = 0.0;     // between the state and tiles, both ways
    double flops = 0.0;
    bool one_tile = false;  // the state is a tile itself

    double shared_nanoseconds() const {
        return move_nanoseconds + visit_nanoseconds + step_nanoseconds;
    }
};

// Amplitude updates that a run of the schedule reports.
double run_work(const Schedule& schedule);

ScheduleCost cost(const Schedule& schedule, const CompileOptions& options);

// The time that one core takes to write the probabilities of a state. `fused`: the last pass does
// it.
double write_nanoseconds(const Schedule& schedule, const CompileOptions& options, bool fused);

// A few lines for people: what was merged, divided and grown, and where the time goes.
std::string explain(const Schedule& schedule, const ScheduleCost& cost);

}  // namespace ionsim
