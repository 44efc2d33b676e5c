#pragma once

// The only place that knows OpenMP. Without it, the same calls run on std::thread.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "base/control.h"
#include "base/waking.h"

namespace ionsim {

inline constexpr int kLooksBeforeYield = 2000;
inline constexpr int kLooksBeforeSleep = kLooksBeforeYield + 3000;

// Cores that this process may run on.
int available_threads();

// True in a child process made by fork(), if OpenMP is in use: a team of the parent does not
// survive the fork and would never answer.
bool team_is_lost();

// Calls body(phase, index, worker) for every index in [0, counts[phase]), each once, phase after
// phase: a phase begins when the one before is done. Inside a phase the order is any. At most
// `threads` threads work; worker is 0..threads-1. An exception in the body stops the others
// (through `control`) and is thrown to the caller; a Cancelled never hides the exception that
// caused it.
template <class Body>
void parallel_phases(int threads, std::span<const std::uint64_t> counts, RunControl& control,
                     Body&& body) {
    std::uint64_t largest = 0;
    for (const std::uint64_t count : counts) largest = std::max(largest, count);
    const int team = static_cast<int>(std::min<std::uint64_t>(
        team_is_lost() ? 1 : static_cast<std::uint64_t>(std::max(threads, 1)), largest));
    if (team <= 1) {
        for (std::size_t phase = 0; phase < counts.size(); ++phase) {
            for (std::uint64_t index = 0; index < counts[phase]; ++index) body(phase, index, 0);
        }
        return;
    }
    struct Phase {
        std::atomic<std::uint64_t> next{0};
        std::atomic<std::uint64_t> done{0};
    };
    std::vector<Phase> phases(counts.size());
    std::atomic<bool> failed{false};
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(team));
    std::atomic<int> started{0};
    std::atomic<int> working{0};
    const auto note_failure = [&](int worker) {
        // The first cause stays: a Cancelled that follows from it must not take its place.
        auto& failure = failures[static_cast<std::size_t>(worker)];
        if (!failure) failure = std::current_exception();
        failed.store(true, std::memory_order_relaxed);
        control.stop();
    };
    // The calling thread hears Ctrl-C for all: while it waits for others it goes on listening, at
    // first without a pause, since most waits are short.
    const auto wait_until = [&](int worker, auto&& ready) {
        for (int looks = 0; !ready(); ++looks) {
            if (looks < kLooksBeforeYield) continue;
            // Beside a busy program a yield may take milliseconds.
            const bool sleeps = looks >= kLooksBeforeSleep;
            if (worker == 0 && (sleeps || looks % 64 == 0)) control.check();
            if (!sleeps) {
                std::this_thread::yield();
                continue;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(worker == 0 ? 200 : 50));
        }
    };
    const auto work = [&](int worker) {
        working.fetch_add(1);
        started.fetch_add(1);
        try {
            for (std::size_t p = 0; p < counts.size(); ++p) {
                Phase& phase = phases[p];
                while (!failed.load(std::memory_order_relaxed)) {
                    const std::uint64_t index = phase.next.fetch_add(1, std::memory_order_relaxed);
                    if (index >= counts[p]) break;
                    body(p, index, worker);
                    phase.done.fetch_add(1, std::memory_order_release);
                }
                if (p + 1 == counts.size()) break;
                // Whoever is late, because another program has its core, finds its share taken.
                wait_until(worker, [&] {
                    return phase.done.load(std::memory_order_acquire) == counts[p] ||
                           failed.load(std::memory_order_relaxed);
                });
            }
        } catch (...) {
            note_failure(worker);
        }
        working.fetch_sub(1);
    };
    // Who has not begun is waited for as well, here, where it costs no time of a processor:
    // OpenMP's own barrier would spin, and on the same core keep the other from beginning.
    const auto listen = [&](int expected) {
        try {
            wait_until(0, [&] { return working.load() == 0 && started.load() >= expected; });
        } catch (...) {
            note_failure(0);
        }
    };
#if defined(_OPENMP)
    {
        SleepingTeam::Loop waking(SleepingTeam::of_this_thread(), team);
#pragma omp parallel num_threads(team)
        {
            const int worker = omp_get_thread_num();
            if (worker != 0) waking.begin(worker);
            work(worker);
            if (worker == 0) listen(omp_get_num_threads());
        }
    }
#else
    std::vector<std::jthread> helpers;
    try {
        for (int worker = 1; worker < team; ++worker) helpers.emplace_back(work, worker);
    } catch (const std::system_error&) {
        // No more threads are to be had: those that started share the work.
    }
    work(0);
    listen(0);
    helpers.clear();
#endif
    std::exception_ptr cancelled;
    for (const auto& failure : failures) {
        if (!failure) continue;
        try {
            std::rethrow_exception(failure);
        } catch (const Cancelled&) {
            cancelled = failure;
        } catch (...) {
            throw;
        }
    }
    if (cancelled) std::rethrow_exception(cancelled);
}

// One phase: calls body(index, worker) for every index in [0, count), each once, in any order.
template <class Body>
void parallel_for(int threads, std::uint64_t count, RunControl& control, Body&& body) {
    parallel_phases(threads, std::span(&count, 1), control,
                    [&](std::size_t, std::uint64_t index, int worker) { body(index, worker); });
}

}  // namespace ionsim
