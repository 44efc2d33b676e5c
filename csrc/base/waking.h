#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace ionsim {

// The threads that a calling thread has for its loops. They sleep between them, and one that slept
// may be woken on the core of the caller, who goes on working: there it waits until the scheduler
// looks again, some milliseconds later, although other cores are idle. So while they wake up, their
// caller's core is none of theirs.
class SleepingTeam {
  public:
    static SleepingTeam& of_this_thread();

    // From before the loop until after it, by the caller. A loop inside a loop leaves all as it is.
    class Loop {
      public:
        Loop(SleepingTeam& team, int threads);
        ~Loop();
        Loop(const Loop&) = delete;
        Loop& operator=(const Loop&) = delete;

        // In the loop, by each of the others first.
        void begin(int worker);

      private:
        SleepingTeam& team_;
        bool outermost_;
    };

  private:
    struct Member {
        int id = 0;  // of the system; 0: not known
#if defined(__linux__)
        cpu_set_t cores{};   // where it may run, while it may not everywhere
        bool apart = false;  // whether that is so
#endif
    };

    void set_apart();
    static void set_back(Member& member, int id);

    bool in_loop_ = false;
    std::vector<Member> members_;
    std::chrono::steady_clock::time_point last_loop_{};
};

}  // namespace ionsim
