#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

#include "base/control.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "base/pool.h"
#include "base/trig.h"
#include "check.h"

using namespace ionsim;

// Known answers of philox4x32-10, from the authors' test vectors.
TEST(philox_known_answers) {
    // Counter and key of zero: shot 0, purpose 0, index 0, seed 0.
    const auto zero = Philox(0).block(0, 0, static_cast<Purpose>(0));
    const std::array<std::uint32_t, 4> expected{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    CHECK(zero == expected);
}

TEST(philox_streams_differ) {
    const Philox random(7);
    CHECK(random.block(1, 0, Purpose::kSample) != random.block(1, 0, Purpose::kReadout));
    CHECK(random.block(1, 0, Purpose::kSample) != random.block(2, 0, Purpose::kSample));
    CHECK(random.block(1, 0, Purpose::kSample) != random.block(1, 1, Purpose::kSample));
    CHECK(random.block(1, 0, Purpose::kSample) != Philox(8).block(1, 0, Purpose::kSample));
    double mean = 0.0;
    constexpr int kCount = 100000;
    for (int i = 0; i < kCount; ++i) {
        const double u = random.uniform(static_cast<std::uint64_t>(i), 0, Purpose::kSample);
        CHECK(u >= 0.0 && u < 1.0);
        mean += u / kCount;
    }
    CHECK(std::abs(mean - 0.5) < 5.0 / std::sqrt(12.0 * kCount));
}

TEST(sincos_matches_long_double) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> exponent(-30.0, 20.0);
    for (int i = 0; i < 200000; ++i) {
        const double x = (i % 2 ? 1 : -1) * std::exp2(exponent(random));
        const auto [sine, cosine] = sincos_radians(x);
        const long double exact_sine = std::sin(static_cast<long double>(x));
        const long double exact_cosine = std::cos(static_cast<long double>(x));
        // Relative to the result where it is not tiny; the reduction is exact enough for both.
        CHECK(std::abs(static_cast<double>(sine - exact_sine)) <=
              3e-16 * std::abs(static_cast<double>(exact_sine)) + 1e-20);
        CHECK(std::abs(static_cast<double>(cosine - exact_cosine)) <=
              3e-16 * std::abs(static_cast<double>(exact_cosine)) + 1e-20);
        const double turns = x / 8.0;
        const auto by_turns = sincos_turns(turns);
        const long double fraction = static_cast<long double>(turns) - std::nearbyint(turns);
        const long double angle = 2.0L * std::numbers::pi_v<long double> * fraction;
        CHECK(std::abs(static_cast<double>(by_turns.sin - std::sin(angle))) <= 4e-16);
        CHECK(std::abs(static_cast<double>(by_turns.cos - std::cos(angle))) <= 4e-16);
    }
    for (int quarters = -9; quarters <= 9; ++quarters) {
        const auto [sine, cosine] = sincos_turns(0.25 * quarters);
        constexpr double kSine[] = {0, 1, 0, -1};
        CHECK_EQUAL(sine, kSine[quarters & 3]);
        CHECK_EQUAL(cosine, kSine[(quarters + 1) & 3]);
    }
    const auto [sine, cosine] = sincos_radians(1e300);
    CHECK(std::abs(sine * sine + cosine * cosine - 1.0) < 1e-15);
}

TEST(memory_is_aligned) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{3} << 20}) {
        AlignedBuffer<double> buffer(size);
        CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
        buffer.span()[size - 1] = 1.0;
    }
    CHECK(available_memory() > 0);
}

TEST(parallel_for_visits_every_index_once) {
    RunControl control({});
    for (const int threads : {1, 2, 3, 8}) {
        std::vector<std::atomic<int>> visits(1000);
        std::atomic<bool> in_range{true};
        parallel_for(threads, visits.size(), control, [&](std::uint64_t index, int worker) {
            if (worker < 0 || worker >= threads) in_range = false;
            visits[index].fetch_add(1);
        });
        CHECK(in_range.load());
        for (const auto& count : visits) CHECK_EQUAL(count.load(), 1);
    }
}

TEST(parallel_for_passes_the_first_cause_on) {
    for (const int threads : {1, 2, 4}) {
        RunControl control({});
        std::string message;
        try {
            parallel_for(threads, 100, control, [&](std::uint64_t index, int) {
                if (index == 17) throw std::runtime_error("seventeen");
                control.check();  // the others see that the run was stopped
            });
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        CHECK_EQUAL(message, std::string("seventeen"));
    }
}

// The owner of the control runs out of work first: it must go on listening for the others.
TEST(the_owner_listens_while_others_work) {
    std::atomic<bool> other_works{false};
    RunControl control([&](double) {
        if (other_works) throw std::runtime_error("heard");
    });
    const auto owner = std::this_thread::get_id();
    std::string message;
    try {
        parallel_for(2, 2, control, [&](std::uint64_t, int) {
            if (std::this_thread::get_id() == owner) {
                while (!other_works) std::this_thread::yield();
                return;
            }
            other_works = true;
            for (;;) control.check();  // ends only when it is stopped
        });
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    CHECK_EQUAL(message, std::string("heard"));
}

#if defined(__linux__)
namespace {

// The cores that each of two threads may run on, in a loop after a pause.
std::array<cpu_set_t, 2> cores_after_pause() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    RunControl control({});
    std::array<cpu_set_t, 2> cores{};
    std::atomic<int> here{0};
    parallel_for(2, 2, control, [&](std::uint64_t, int worker) {
        ++here;
        while (here < 2) std::this_thread::yield();
        (void)sched_getaffinity(0, sizeof(cpu_set_t), &cores[static_cast<std::size_t>(worker)]);
    });
    return cores;
}

}  // namespace

// A team that slept is woken on other cores than the caller's, which must end with that.
TEST(threads_may_run_where_they_might_before) {
    cpu_set_t given;
    CHECK_EQUAL(sched_getaffinity(0, sizeof(cpu_set_t), &given), 0);
    for (int round = 0; round < 5; ++round) {
        for (const cpu_set_t& cores : cores_after_pause()) CHECK(CPU_EQUAL(&cores, &given));
    }
}

TEST(a_team_wakes_up_on_a_single_core) {
    cpu_set_t given;
    CHECK_EQUAL(sched_getaffinity(0, sizeof(cpu_set_t), &given), 0);
    cpu_set_t single;
    CPU_ZERO(&single);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &single);
    RunControl control({});
    std::atomic<int> here{0};
    parallel_for(2, 2, control, [&](std::uint64_t, int) {
        ++here;
        while (here < 2) std::this_thread::yield();
        (void)sched_setaffinity(0, sizeof(cpu_set_t), &single);
    });
    for (const cpu_set_t& cores : cores_after_pause()) CHECK(CPU_EQUAL(&cores, &single));
    parallel_for(2, 2, control, [&](std::uint64_t, int) {
        ++here;
        while (here < 4) std::this_thread::yield();
        (void)sched_setaffinity(0, sizeof(cpu_set_t), &given);
    });
}
#endif

TEST(control_calls_back_and_stops) {
    int calls = 0;
    RunControl control(
        [&](double fraction) {
            CHECK(fraction >= 0.0 && fraction <= 1.0);
            if (++calls == 2) throw std::runtime_error("enough");
        },
        1e9);
    bool thrown = false;
    try {
        parallel_for(2, std::uint64_t{1} << 40, control,
                     [&](std::uint64_t, int) { control.report(1.0); });
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK_EQUAL(calls, 2);
}

TEST(the_pool_gives_kept_memory_out_again) {
    detail::PagePool pool([] { return std::size_t{1} << 40; });
    constexpr std::size_t kBytes = 4 * detail::kHugePage;
    char* const first = static_cast<char*>(pool.take(kBytes));
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(first) % detail::kHugePage, 0);
    first[0] = first[kBytes - 1] = 1;  // all of it can be written
    CHECK_EQUAL(pool.kept(), 0);
    // Given back in two parts, the upper one first, it is one block again.
    pool.give(first + kBytes / 2, kBytes / 2);
    CHECK_EQUAL(pool.kept(), kBytes / 2);
    pool.give(first, kBytes / 2);
    CHECK_EQUAL(pool.kept(), kBytes);
    CHECK(pool.take(kBytes) == first);
    CHECK_EQUAL(pool.kept(), 0);
    // In three parts, the middle one last.
    pool.give(first, detail::kHugePage);
    pool.give(first + 2 * detail::kHugePage, 2 * detail::kHugePage);
    pool.give(first + detail::kHugePage, detail::kHugePage);
    CHECK(pool.take(kBytes) == first);
    pool.give(first, kBytes);
    // A part of it is taken, and the rest stays.
    void* const part = pool.take(detail::kHugePage);
    CHECK(part >= first && part < first + kBytes);
    CHECK_EQUAL(pool.kept(), kBytes - detail::kHugePage);
    pool.give(part, detail::kHugePage);
    pool.release();
    CHECK_EQUAL(pool.kept(), 0);
}

TEST(the_pool_keeps_no_more_than_it_may) {
    detail::PagePool pool([] { return 2 * detail::PagePool::kAlwaysKept; });
    constexpr std::size_t kBytes = detail::PagePool::kAlwaysKept;
    std::array<void*, 4> blocks{};
    for (void*& block : blocks) block = pool.take(kBytes);
    for (void* const block : blocks) {
        pool.give(block, kBytes);
        CHECK(pool.kept() > 0 && pool.kept() <= 2 * kBytes);
    }
    void* const large = pool.take(3 * kBytes);
    const std::size_t before = pool.kept();
    pool.give(large, 3 * kBytes);  // more than may be kept: it goes, the others stay
    CHECK_EQUAL(pool.kept(), before);
}

TEST(threads_share_the_pool) {
    RunControl control({});
    std::atomic<bool> untouched{true};  // by the other threads
    for (const int threads : {1, 2, 3}) {
        parallel_for(threads, 50, control, [&](std::uint64_t index, int) {
            AlignedBuffer<std::uint64_t> mine((kLargeBytes << index % 3) / 8);
            const std::span<std::uint64_t> values = mine.span();
            for (std::size_t k = 0; k < values.size(); k += 512) values[k] = index;
            for (std::size_t k = 0; k < values.size(); k += 512) {
                if (values[k] != index) untouched = false;
            }
        });
    }
    CHECK(untouched.load());
    release_kept_memory();
    CHECK_EQUAL(kept_memory(), 0);
}

TEST(what_is_kept_counts_as_available) {
    release_kept_memory();
    {
        const AlignedBuffer<char> large(kLargeBytes);
    }
    CHECK_EQUAL(kept_memory(), kLargeBytes);
    release_kept_memory();
    CHECK_EQUAL(kept_memory(), 0);
}

TEST(a_buffer_can_be_cut) {
    release_kept_memory();
    AlignedBuffer<float> large(4 * kLargeBytes / sizeof(float));
    void* const memory = large.data();
    {
        const AlignedBuffer<double> cut =
            std::move(large).cut_to<double>(kLargeBytes / sizeof(double) + 1);
        CHECK(cut.data() == memory);
        CHECK_EQUAL(cut.size(), kLargeBytes / sizeof(double) + 1);
        CHECK_EQUAL(kept_memory(), 3 * kLargeBytes - detail::kHugePage);
    }
    CHECK_EQUAL(kept_memory(), 4 * kLargeBytes);
    // Small ones stay as they are.
    const AlignedBuffer<double> small = AlignedBuffer<float>(1000).cut_to<double>(3);
    CHECK_EQUAL(small.size(), 3);
    release_kept_memory();
}

CHECK_MAIN()
