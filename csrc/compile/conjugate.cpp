#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "base/bits.h"
#include "compile/schedule.h"

namespace ionsim {
namespace {

// How far a flip looks for its partner, and how many steps the diagonals between may become.
constexpr std::size_t kHorizon = 256;
constexpr std::size_t kMaxPieces = 16;

// X on one qubit where a control holds: index bit t becomes t XOR A, where A tells whether it does.
struct Flip {
    Control control;
    std::uint64_t target = 0;
    bool operator==(const Flip& other) const {
        return target == other.target && control.mask == other.control.mask &&
               control.value == other.control.value;
    }
};

std::optional<Flip> as_flip(const Step& step) {
    const auto* pair = std::get_if<PairStep>(&step);
    if (pair == nullptr || pair->control.mask == 0 || std::popcount(pair->flip) != 1) return {};
    const std::size_t used = pair->selectors[0] != 0 || pair->selectors[1] != 0 ? 4 : 1;
    for (std::size_t p = 0; p < used; ++p) {
        if (pair->keep[p] != Complex{} || pair->swap[p] != Complex{1.0}) return {};
    }
    return Flip{pair->control, pair->flip};
}

bool commutes(const Flip& flip, const Step& step) {
    const std::uint64_t flips = flipped(step);
    if ((flips & flip.control.mask) != 0) return false;
    if ((support(step) & flip.target) == 0) return true;
    const auto other = as_flip(step);
    return other && other->target == flip.target;
}

using Pieces = std::vector<DiagonalStep>;

DiagonalStep phase(std::uint64_t mask, std::uint64_t value, Complex factor) {
    return {{mask, value}, {}, {factor}};
}

// Appends flip * diagonal * flip; false where that has no short form.
//
// A phase on the states where control bits R and t have given values: t turns into t XOR A, and
// [t XOR A] = [t] + [A] - 2 [t][A] for the indicator functions. With one control bit c a parity
// with t turns into the parity with c as well.
bool append_conjugated(const DiagonalStep& diagonal, const Flip& flip, Pieces& pieces) {
    const std::uint64_t t = flip.target;
    const Control& condition = flip.control;
    if (((diagonal.control.mask | support(diagonal)) & t) == 0) {
        pieces.push_back(diagonal);
        return true;
    }
    const bool linear = std::popcount(condition.mask) == 1;
    if ((diagonal.control.mask & t) == 0) {
        if (!linear) return false;
        DiagonalStep turned = diagonal;
        const bool negated = condition.value == 0;  // A is then NOT c
        for (std::size_t j = 0; j < turned.selectors.size(); ++j) {
            if ((turned.selectors[j] & t) == 0) continue;
            turned.selectors[j] ^= condition.mask;
            if (!negated) continue;
            for (std::size_t p = 0; p < turned.factors.size(); ++p) {
                if (((p >> j) & 1) == 0) std::swap(turned.factors[p], turned.factors[p | 1U << j]);
            }
        }
        pieces.push_back(std::move(turned));
        return true;
    }
    if (!diagonal.selectors.empty()) return false;
    const Complex factor = diagonal.factors[0];
    const std::uint64_t rest = diagonal.control.mask & ~t;
    const std::uint64_t rest_value = diagonal.control.value & rest;
    if (rest == 0 && linear) {
        // Alone, t has a phase of its own: the parity of t and c.
        const bool on_odd = ((diagonal.control.value & t) != 0) == (condition.value != 0);
        pieces.push_back({{},
                          {t | condition.mask},
                          {on_odd ? Complex{1.0} : factor, on_odd ? factor : Complex{1.0}}});
        return true;
    }
    // On t = 0 the phase is that on the rest, less that on t = 1.
    const Complex on_one = (diagonal.control.value & t) != 0 ? factor : 1.0 / factor;
    if ((diagonal.control.value & t) == 0) pieces.push_back(phase(rest, rest_value, factor));
    pieces.push_back(phase(rest | t, rest_value | t, on_one));
    // [A] on the rest: nothing where they contradict each other.
    const std::uint64_t common = rest & condition.mask;
    if (((rest_value ^ condition.value) & common) != 0) return true;
    const std::uint64_t both = rest | condition.mask;
    const std::uint64_t both_value = rest_value | condition.value;
    pieces.push_back(phase(both, both_value, on_one));
    const Complex overlap = 1.0 / (on_one * on_one);
    if (overlap != Complex{1.0}) pieces.push_back(phase(both | t, both_value | t, overlap));
    return true;
}

// What steps (begin, end) become when the flip before them is taken away together with its equal at
// `end`: the places of the diagonals that change, and their new form.
struct Conjugation {
    std::size_t end = 0;
    std::vector<std::pair<std::size_t, Pieces>> changed;
};

// The steps, each with what it has become: itself, nothing, or several diagonals.
class Places {
  public:
    explicit Places(std::vector<Step> steps)
        : steps_(std::move(steps)), replaced_(steps_.size(), kItself) {}

    std::size_t size() const { return steps_.size(); }
    std::span<const Step> operator[](std::size_t place) const {
        if (replaced_[place] == kItself) return {&steps_[place], 1};
        return pieces_[replaced_[place]];
    }
    void replace(std::size_t place, Pieces&& pieces) {
        replaced_[place] = static_cast<std::uint32_t>(pieces_.size());
        pieces_.emplace_back(std::move_iterator(pieces.begin()), std::move_iterator(pieces.end()));
    }
    std::vector<Step> result() && {
        if (pieces_.empty()) return std::move(steps_);
        std::vector<Step> result;
        result.reserve(steps_.size());
        for (std::size_t place = 0; place < steps_.size(); ++place) {
            if (replaced_[place] == kItself) {
                result.push_back(std::move(steps_[place]));
            } else {
                auto& pieces = pieces_[replaced_[place]];
                std::move(pieces.begin(), pieces.end(), std::back_inserter(result));
            }
        }
        return result;
    }

  private:
    static constexpr std::uint32_t kItself = 0xFFFFFFFF;
    std::vector<Step> steps_;
    std::vector<std::uint32_t> replaced_;  // a place in pieces_
    std::vector<std::vector<Step>> pieces_;
};

std::optional<Conjugation> conjugation(const Places& places, std::size_t begin, const Flip& flip) {
    Conjugation found;
    std::size_t pieces = 0;
    for (std::size_t i = begin + 1; i < places.size() && i < begin + kHorizon; ++i) {
        const std::span<const Step> steps = places[i];
        if (steps.size() == 1 && as_flip(steps[0]) == flip) {
            found.end = i;
            return found;
        }
        bool changes = false;
        for (const Step& step : steps) {
            if (std::holds_alternative<DiagonalStep>(step)) {
                changes = changes || (support(step) & flip.target) != 0;
            } else if (!commutes(flip, step)) {
                return {};
            }
        }
        if (!changes) continue;
        Pieces turned;
        for (const Step& step : steps) {
            const auto* diagonal = std::get_if<DiagonalStep>(&step);
            if (diagonal != nullptr && !append_conjugated(*diagonal, flip, turned)) return {};
        }
        pieces += turned.size();
        if (pieces > kMaxPieces) return {};
        found.changed.emplace_back(i, std::move(turned));
    }
    return {};
}

}  // namespace

std::vector<Step> conjugate_diagonals(std::vector<Step> steps) {
    Places places(std::move(steps));
    // From the end, so that of nested flips the inner ones go first.
    for (std::size_t begin = places.size(); begin-- > 0;) {
        if (places[begin].size() != 1) continue;
        const auto flip = as_flip(places[begin][0]);
        if (!flip) continue;
        auto found = conjugation(places, begin, *flip);
        if (!found) continue;
        places.replace(begin, {});
        places.replace(found->end, {});
        for (auto& [place, pieces] : found->changed) places.replace(place, std::move(pieces));
    }
    return std::move(places).result();
}

}  // namespace ionsim
