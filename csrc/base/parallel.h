#pragma once

// The only place that knows OpenMP. Without it, the same calls run on std::thread.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "base/control.h"

namespace ionsim {

// Cores that this process may run on.
int available_threads();

// True in a child process made by fork() after the parent had run in parallel: the OpenMP team does
// not survive the fork and would never answer.
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
    auto work = [&](int worker) {
        try {
            while (!failed.load(std::memory_order_relaxed)) {
                const std::uint64_t index = next.fetch_add(1, std::memory_order_relaxed);
                if (index >= count) break;
                body(index, worker);
            }
        } catch (...) {
            failures[static_cast<std::size_t>(worker)] = std::current_exception();
            failed.store(true, std::memory_order_relaxed);
            control.stop();
        }
    };
#if defined(_OPENMP)
#pragma omp parallel num_threads(team)
    work(omp_get_thread_num());
#else
    std::vector<std::thread> helpers;
    for (int worker = 1; worker < team; ++worker) helpers.emplace_back(work, worker);
    work(0);
    for (auto& helper : helpers) helper.join();
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
