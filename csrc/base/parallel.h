#pragma once

// The only place that knows OpenMP. Without it, the same calls run on std::thread.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "base/control.h"

namespace ionsim {

inline constexpr int kLooksBeforeSleep = 64;

// Cores that this process may run on.
int available_threads();

// True in a child process made by fork(), if OpenMP is in use: a team of the parent does not
// survive the fork and would never answer.
bool team_is_lost();

// Calls body(index, worker) for every index in [0, count), each once, in any order, on at most
// `threads` threads; worker is 0..threads-1. An exception in the body stops the others (through
// `control`) and is thrown to the caller; a Cancelled never hides the exception that caused it.
template <class Body>
void parallel_for(int threads, std::uint64_t count, RunControl& control, Body&& body) {
    const int team = static_cast<int>(std::min<std::uint64_t>(
        team_is_lost() ? 1 : static_cast<std::uint64_t>(std::max(threads, 1)), count));
    if (team <= 1) {
        for (std::uint64_t index = 0; index < count; ++index) body(index, 0);
        return;
    }
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> failed{false};
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(team));
    std::atomic<int> working{0};
    const auto note_failure = [&](int worker) {
        // The first cause stays: a Cancelled that follows from it must not take its place.
        auto& failure = failures[static_cast<std::size_t>(worker)];
        if (!failure) failure = std::current_exception();
        failed.store(true, std::memory_order_relaxed);
        control.stop();
    };
    const auto work = [&](int worker) {
        working.fetch_add(1);
        try {
            while (!failed.load(std::memory_order_relaxed)) {
                const std::uint64_t index = next.fetch_add(1, std::memory_order_relaxed);
                if (index >= count) break;
                body(index, worker);
            }
        } catch (...) {
            note_failure(worker);
        }
        working.fetch_sub(1);
    };
    // The calling thread hears Ctrl-C for all: while others still work it goes on listening, at
    // first without a pause, since most loops end together.
    const auto listen = [&] {
        try {
            for (int looks = 0; working.load() > 0; ++looks) {
                if (looks < kLooksBeforeSleep) {
                    std::this_thread::yield();
                    continue;
                }
                control.check();
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        } catch (...) {
            note_failure(0);
        }
    };
#if defined(_OPENMP)
#pragma omp parallel num_threads(team)
    {
        const int worker = omp_get_thread_num();
        work(worker);
        if (worker == 0) listen();
    }
#else
    std::vector<std::jthread> helpers;
    try {
        for (int worker = 1; worker < team; ++worker) helpers.emplace_back(work, worker);
    } catch (const std::system_error&) {
        // No more threads are to be had: those that started share the work.
    }
    work(0);
    listen();
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

}  // namespace ionsim
