#include "compile/cones.h"

#include <algorithm>

namespace ionsim {
namespace {

// For each letter X and Z of each qubit the rotations that have it, as a set. What does not commute
// with a string is then a sum (XOR) of a few of them.
class Columns {
  public:
    Columns(std::size_t qubits, std::size_t words) : words_(words), sets_(2 * qubits * words) {}

    void add(const PauliRows& axes, std::size_t r) {
        for_letters(axes, r,
                    [&](std::size_t qubit, bool z) { PauliRows::toggle(of(qubit, z), r); });
    }

    // Toggles in `set` the rotations among the first 64 set.size() that do not commute with the
    // row.
    void not_commuting(const PauliRows& rows, std::size_t row, std::span<std::uint64_t> set) {
        for_letters(rows, row, [&](std::size_t qubit, bool z) {
            const auto from = of(qubit, !z).first(set.size());
            std::transform(from.begin(), from.end(), set.begin(), set.begin(),
                           [](std::uint64_t a, std::uint64_t b) { return a ^ b; });
        });
    }

  private:
    std::span<std::uint64_t> of(std::size_t qubit, bool z) {
        return std::span(sets_).subspan((2 * qubit + z) * words_, words_);
    }

    template <class Use>
    static void for_letters(const PauliRows& rows, std::size_t row, Use&& use) {
        for (const bool z : {false, true}) {
            const auto bits = z ? rows.z(row) : rows.x(row);
            for (std::size_t w = 0; w < bits.size(); ++w) {
                for (std::uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
                    use(w * 64 + static_cast<std::size_t>(std::countr_zero(rest)), z);
                }
            }
        }
    }

    std::size_t words_;
    std::vector<std::uint64_t> sets_;
};

}  // namespace

Cones::Cones(const PauliProgram& program, RunControl& control)
    : words_((program.axes.size() + 63) / 64),
      before_(program.axes.size() * words_),
      cones_(program.measured.size() * words_) {
    const PauliRows& axes = program.axes;
    Columns columns(program.measured.size(), words_);
    for (std::size_t r = 0; r < axes.size(); ++r) {
        if (r % 256 == 0) control.check();
        columns.not_commuting(axes, r,
                              std::span(before_).subspan(r * words_, std::min(words_, r / 64 + 1)));
        columns.add(axes, r);
    }
    for (std::size_t q = 0; q < program.measured.size(); ++q) {
        control.check();
        const auto cone = of(q);
        columns.not_commuting(program.measured, q, cone);
        for (std::size_t r = axes.size(); r-- > 0;) {
            if (!PauliRows::get(cone, r)) continue;
            const auto more = before(r);
            for (std::size_t w = 0; w <= r / 64; ++w) cone[w] |= more[w];
        }
    }
}

}  // namespace ionsim
