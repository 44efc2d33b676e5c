#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/control.h"
#include "base/philox.h"
#include "base/statevector.h"
#include "run/executor.h"
#include "run/frame.h"
#include "run/frame_flips.h"

namespace ionsim {

// Up to this width a thread has vectors of its own: there are too many short operations for a team.
inline constexpr int kOneThreadWidth = 18;

// A vector whose number of qubits changes: one statevector for each width, made when first needed.
template <class T>
class GrowingState {
  public:
    explicit GrowingState(int most) : states_(static_cast<std::size_t>(most) + 1) {}

    int width() const { return width_; }
    Statevector<T>& now() { return at(width_); }
    Statevector<T>& at(int width);
    void set_width(int width) { width_ = width; }

  private:
    std::vector<std::unique_ptr<Statevector<T>>> states_;
    int width_ = 0;
};

// Runs the shots of a frame plan one after the other, on one thread or one team, for vectors that
// are too large for lanes. Shots with equal signs share their vector up to the first outcome that
// is drawn, and all share the error-free beginning; they must come with the earliest start first.
template <class T>
class WideRunner {
  public:
    WideRunner(const FrameJob& job, std::uint64_t seed, std::uint64_t shot_begin, int threads,
               bool share, RunControl& control);
    static double bytes(const FramePlan& plan);

    // Writes the outcome to plan.outcome_words() words.
    void run(const FrameShots& all, const FrameShots::Shot& shot, std::span<std::uint64_t> outcome);

  private:
    using Kind = FrameOp::Kind;

    bool bit_of(int flip) const {
        const auto place = static_cast<std::size_t>(flip);
        return (row_[place / 64] >> (place % 64)) & 1;
    }
    void advance(GrowingState<T>& state, std::size_t& done, std::size_t until, bool signs);
    // Leaves the rotation to run_steps, which runs several at once.
    void apply(GrowingState<T>& state, const FrameOp& op, bool signs);
    void run_steps(GrowingState<T>& state);
    bool measure(GrowingState<T>& state, const FrameOp& op, std::uint64_t shot);
    void collapse(GrowingState<T>& state, const FrameOp& op, bool value, double norm);
    void copy(GrowingState<T>& from, GrowingState<T>& to);

    const FrameJob& job_;
    Philox random_;
    std::uint64_t shot_begin_;
    int threads_;
    bool share_;
    RunControl& control_;
    StepExecutor<T> executor_;
    std::size_t first_draw_;
    std::vector<Step> steps_;  // to be run
    std::vector<std::uint64_t> row_;
    GrowingState<T> shared_;  // error-free
    GrowingState<T> kept_;    // of the last signs, before the first outcome drawn
    GrowingState<T> own_;
    std::size_t shared_done_ = 0;
    std::optional<FrameShots::Shot> kept_shot_;  // with the signs of `kept_`
};

template <class T>
void run_wide(const FrameJob& job, const FrameShots& shots, std::uint64_t seed,
              std::uint64_t shot_begin, std::span<std::uint64_t> outcomes,
              const RunOptions& options, RunControl& control);

}  // namespace ionsim
