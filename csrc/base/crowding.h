#pragma once

#include <cstdint>

namespace ionsim {

// Other programs may want the same cores. A member of a team that has lost its core then comes back
// after some milliseconds, and all others wait for it. Work that takes less than that is better
// done by one thread, until a while has passed: each time that the wait was in vain, a longer one.
//
// Around one run of a team, on the thread that starts it:
class Team {
  public:
    explicit Team(int threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    // How many threads to take: those given, or one.
    int threads() const { return threads_; }

  private:
    int threads_;
    std::int64_t began_ = 0;  // nanoseconds
    std::int64_t busy_ = 0;   // of this thread's processor time
};

}  // namespace ionsim
