#pragma once

#include <cstdint>

namespace ionsim {

// Other programs may want the same cores. A member of a team that has lost its core then comes back
// after some milliseconds, and all others wait for it. Work that takes less than that is better
// done by one thread, until a while has passed: each time that the wait was in vain, a longer one.
//
// Around the loops of one run, on the thread that starts them:
class Team {
  public:
    explicit Team(int threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    // How many threads to take: those given, or one.
    int threads() const { return threads_; }

    // Every piece of work goes through here, with the number of who does it.
    template <class Piece>
    void work(int worker, Piece&& piece) {
        if (worker != 0 || threads_ <= 1) return piece();
        const std::int64_t begin = now();
        piece();
        worked_ += now() - begin;
    }

  private:
    static std::int64_t now();  // nanoseconds

    int threads_;
    std::int64_t began_ = 0;
    std::int64_t worked_ = 0;  // by worker 0, who starts the others and waits for them
};

}  // namespace ionsim
