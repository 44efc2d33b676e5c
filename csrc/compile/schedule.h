#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compile/lower.h"
#include "program/program.h"
#include "program/step.h"

namespace ionsim {

struct CompileOptions {
    bool fuse = true;  // off: one step a gate, the slow twin that the tests compare with
    // Off where the steps are to be divided into visits: a diagonal on many qubits would stand in
    // the way of that, and plan_stages merges them afterwards.
    bool merge_diagonals = true;
};

// What an ideal run executes.
struct Schedule {
    int qubits = 0;
    std::vector<Step> steps;
    std::size_t unfused_steps = 0;
};

Schedule compile(const Program& program, const CompileOptions& options);

// Work of a step in amplitude updates of a plain one-qubit gate, on `qubits` qubits.
double step_work(const Step& step, int qubits);
double schedule_work(std::span<const Step> steps, int qubits);

// Passes. Each keeps the product of the steps, up to rounding.
// Products of neighbouring gates on one qubit.
std::vector<Step> merge_one_qubit_steps(std::vector<Step> steps, int qubits);
// Diagonal steps that commute with what lies between them become one, over at most so many
// parities.
inline constexpr int kMaxMergedSelectors = 6;
std::vector<Step> merge_diagonal_steps(std::vector<Step> steps);
// The same for some of the steps, given by their places in the order in which they run. New steps
// are put at the end of `steps`.
void merge_diagonals(std::vector<Step>& steps, std::vector<std::uint32_t>& places);

// A few lines for people: which steps there are and what was merged.
std::string explain(const Schedule& schedule);

}  // namespace ionsim
