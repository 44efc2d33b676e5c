#include "compile/cones.h"

namespace ionsim {

Cones::Cones(const PauliProgram& program, RunControl& control)
    : words_((program.axes.size() + 63) / 64),
      before_(program.axes.size() * words_),
      cones_(program.measured.size() * words_) {
    const PauliRows& axes = program.axes;
    for (std::size_t r = 0; r < axes.size(); ++r) {
        if (r % 256 == 0) control.check();
        for (std::size_t earlier = 0; earlier < r; ++earlier) {
            if (axes.anticommute(r, axes, earlier)) {
                before_[r * words_ + earlier / 64] |= std::uint64_t{1} << (earlier % 64);
            }
        }
    }
    for (std::size_t q = 0; q < program.measured.size(); ++q) {
        control.check();
        const auto cone = of(q);
        for (std::size_t r = axes.size(); r-- > 0;) {
            const bool needed = PauliRows::get(cone, r) || axes.anticommute(r, program.measured, q);
            if (!needed) continue;
            cone[r / 64] |= std::uint64_t{1} << (r % 64);
            const auto more = before(r);
            for (std::size_t w = 0; w <= r / 64; ++w) cone[w] |= more[w];
        }
    }
}

}  // namespace ionsim
