#include "base/waking.h"

#include <algorithm>
#include <utility>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ionsim {
namespace {

// Until then the threads have not slept for long, or not at all.
constexpr std::chrono::milliseconds kPause{4};

// Where there are more cores, the scheduler finds an idle one at once.
[[maybe_unused]] constexpr std::size_t kMostMembers = 8;

}  // namespace

SleepingTeam& SleepingTeam::of_this_thread() {
    static thread_local SleepingTeam team;
    return team;
}

SleepingTeam::Loop::Loop(SleepingTeam& team, int threads)
    : team_(team), outermost_(!std::exchange(team.in_loop_, true)) {
    if (!outermost_) return;
    const auto count = static_cast<std::size_t>(threads);
    if (team_.members_.size() < count) team_.members_.resize(count);
    if (std::chrono::steady_clock::now() - team_.last_loop_ > kPause) team_.set_apart();
}

SleepingTeam::Loop::~Loop() {
    if (!outermost_) return;
    team_.in_loop_ = false;
    // A member that is no longer one of the team could not do it itself.
    for (Member& member : team_.members_) set_back(member, member.id);
    team_.last_loop_ = std::chrono::steady_clock::now();
}

#if defined(__linux__)

void SleepingTeam::Loop::begin(int worker) {
    if (!outermost_) return;
    static thread_local const int id = static_cast<int>(syscall(SYS_gettid));
    Member& member = team_.members_[static_cast<std::size_t>(worker)];
    member.id = id;
    set_back(member, 0);
}

void SleepingTeam::set_apart() {
    const int core = sched_getcpu();
    if (core < 0 || core >= CPU_SETSIZE) return;
    const auto process = getpid();
    const std::size_t count = std::min(members_.size(), kMostMembers);
    for (std::size_t k = 1; k < count; ++k) {
        Member& member = members_[k];
        // The number of a thread that has ended may be that of another process's.
        const bool lives = member.id != 0 && syscall(SYS_tgkill, process, member.id, 0) == 0;
        if (!lives || sched_getaffinity(member.id, sizeof(cpu_set_t), &member.cores) != 0) continue;
        cpu_set_t others = member.cores;
        CPU_CLR(static_cast<std::size_t>(core), &others);
        if (CPU_COUNT(&others) == 0 || CPU_EQUAL(&others, &member.cores)) continue;
        member.apart = sched_setaffinity(member.id, sizeof(cpu_set_t), &others) == 0;
    }
}

// `id` is 0 for the calling thread itself.
void SleepingTeam::set_back(Member& member, int id) {
    if (!member.apart) return;
    member.apart = false;
    (void)sched_setaffinity(id, sizeof(cpu_set_t), &member.cores);
}

#else

void SleepingTeam::Loop::begin(int) {}
void SleepingTeam::set_apart() {}
void SleepingTeam::set_back(Member&, int) {}

#endif

}  // namespace ionsim
