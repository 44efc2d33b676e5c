#include "noise/shared_errors.h"

#include <algorithm>

namespace ionsim {

SharedErrors::SharedErrors(std::span<const Trajectory> job, std::size_t least, std::size_t most)
    : job_(job), counts_(job.size()) {
    // Trajectories with equal first errors stand side by side.
    for (std::size_t length = 1; length <= most; ++length) {
        for (std::size_t begin = 0; begin < job.size();) {
            std::size_t end = begin + 1;
            if (job[begin].events.size() < length) {
                begin = end;
                continue;
            }
            const auto errors = job[begin].events.first(length);
            while (end < job.size() && job[end].events.size() >= length &&
                   std::ranges::equal(job[end].events.first(length), errors)) {
                ++end;
            }
            if (end - begin >= least) {
                std::fill(counts_.begin() + static_cast<std::ptrdiff_t>(begin),
                          counts_.begin() + static_cast<std::ptrdiff_t>(end),
                          static_cast<std::uint8_t>(length));
            }
            begin = end;
        }
    }
}

std::size_t SharedErrors::count(const Trajectory& trajectory) const {
    const auto place = std::lower_bound(
        job_.begin(), job_.end(), trajectory, [](const Trajectory& a, const Trajectory& b) {
            return std::ranges::lexicographical_compare(a.events, b.events);
        });
    return counts_[static_cast<std::size_t>(place - job_.begin())];
}

}  // namespace ionsim
