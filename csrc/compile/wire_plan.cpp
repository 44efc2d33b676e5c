#include "compile/wire_plan.h"

#include <algorithm>
#include <cmath>

namespace ionsim {
namespace {

constexpr Axis kZ{0.0, 0.0, 1.0};

Axis against(const Axis& axis) {
    return {-axis[0], -axis[1], -axis[2]};
}

struct Wire {
    int qubit = 0;
    bool final = false;  // measured, not thrown away
    // Seen from the end: whether something later needs it, or just its value along the axis, where
    // it is measured in any case.
    enum class End : std::uint8_t { kFree, kAlongAxis, kNeeded };
    End end = End::kFree;
    Axis axis = kZ;
    // Seen from the start: not in the state yet, or in it.
    enum class Start : std::uint8_t { kMixed, kKnown, kInside };
    Start start = Start::kMixed;
    Spinor state{Complex{1.0}, Complex{}};
    bool ended = false;
    int outcome = -1;  // where it is known; 0 is along the axis
};

// What becomes of a gate.
struct Gate {
    enum class Fate : std::uint8_t { kKept, kGone, kSwitch, kErased };
    Fate fate = Fate::kKept;
    std::array<std::uint32_t, 2> wires{};
    int side = 0;           // kSwitch: the one that is measured
    bool opposite = false;  // kSwitch: the gate's axis is against that of the wire
};

// The axis that a gate turns into the given one.
Axis turned_back(const Matrix2& gate, const Axis& axis) {
    return axis_of(turned(adjoint(gate), spinor_along(axis)));
}

class Planner {
  public:
    Planner(std::span<const SiteGate> gates, int qubits, const Philox& random, std::uint64_t shot,
            std::uint32_t begin)
        : gates_(gates), random_(random), shot_(shot), begin_(begin), fates_(gates.size()) {
        for (int q = 0; q < qubits; ++q) {
            wires_.push_back({});
            wires_.back().qubit = q;
            wires_.back().start = begin > 0 ? Wire::Start::kInside : Wire::Start::kKnown;
        }
    }

    WirePlan run(int qubits, std::span<const std::uint32_t> erased) {
        cut(qubits, erased);
        look_back();
        for (std::size_t k = begin_; k < gates_.size(); ++k) forward(k);
        plan_.final_wire.assign(static_cast<std::size_t>(qubits), -1);
        for (std::uint32_t w = 0; w < wires_.size(); ++w) {
            Wire& wire = wires_[w];
            if (!wire.final) continue;
            finish(w);
            if (wire.outcome < 0) {
                plan_.final_wire[static_cast<std::size_t>(wire.qubit)] = static_cast<int>(w);
            } else {
                plan_.outcome |= static_cast<std::uint64_t>(wire.outcome) << wire.qubit;
            }
        }
        plan_.wires = wires_.size();
        return std::move(plan_);
    }

  private:
    // Divides the qubits into wires.
    void cut(int qubits, std::span<const std::uint32_t> erased) {
        std::vector<std::uint32_t> now;
        for (int q = 0; q < qubits; ++q) now.push_back(static_cast<std::uint32_t>(q));
        std::size_t next = 0;
        for (std::uint32_t k = begin_; k < gates_.size(); ++k) {
            const SiteGate& gate = gates_[k];
            const bool event = next < erased.size() && erased[next] == k;
            if (event) fates_[k].fate = Gate::Fate::kErased, ++next;
            for (std::size_t side = 0; side < (gate.second < 0 ? 1U : 2U); ++side) {
                const int qubit = side == 0 ? gate.first : gate.second;
                std::uint32_t& wire = now[static_cast<std::size_t>(qubit)];
                fates_[k].wires[side] = wire;
                if (!event) continue;
                wire = static_cast<std::uint32_t>(wires_.size());
                wires_.push_back({});
                wires_.back().qubit = qubit;
            }
        }
        for (const std::uint32_t wire : now) {
            wires_[wire].final = true;
            wires_[wire].end = Wire::End::kAlongAxis;
        }
    }

    // From the last gate to the first: which are needed, and which only by an outcome.
    void look_back() {
        for (std::size_t k = gates_.size(); k-- > begin_;) {
            if (fates_[k].fate == Gate::Fate::kErased) continue;
            if (gates_[k].second < 0) {
                Wire& wire = wires_[fates_[k].wires[0]];
                if (wire.end == Wire::End::kNeeded) continue;
                // Turned back, the axis tells as much before the gate.
                fates_[k].fate = Gate::Fate::kGone;
                if (wire.end == Wire::End::kAlongAxis) {
                    wire.axis = turned_back(gates_[k].matrix, wire.axis);
                }
                continue;
            }
            look_back_two(k);
        }
    }

    void look_back_two(std::size_t k) {
        Gate& fate = fates_[k];
        std::array<Wire*, 2> ends{&wires_[fate.wires[0]], &wires_[fate.wires[1]]};
        const auto is_free = [&](int side) {
            return ends[static_cast<std::size_t>(side)]->end == Wire::End::kFree;
        };
        // Whether what is looked at on this side does not change.
        const auto is_kept = [&](int side) {
            const GateSide& own = gates_[k].sides[static_cast<std::size_t>(side)];
            const Wire& wire = *ends[static_cast<std::size_t>(side)];
            return own.splits && wire.end == Wire::End::kAlongAxis && parallel(wire.axis, own.axis);
        };
        if ((is_free(0) || is_kept(0)) && (is_free(1) || is_kept(1))) {
            fate.fate = Gate::Fate::kGone;
            return;
        }
        for (int side = 0; side < 2; ++side) {
            const GateSide& own = gates_[k].sides[static_cast<std::size_t>(side)];
            Wire& wire = *ends[static_cast<std::size_t>(side)];
            if (!is_kept(side) && !(own.splits && is_free(side))) continue;
            if (is_free(side)) {
                wire.axis = own.axis;
                wire.end = Wire::End::kAlongAxis;
            }
            fate.fate = Gate::Fate::kSwitch;
            fate.side = side;
            fate.opposite = dot(own.axis, wire.axis) < 0.0;
            ends[static_cast<std::size_t>(1 - side)]->end = Wire::End::kNeeded;
            return;
        }
        ends[0]->end = ends[1]->end = Wire::End::kNeeded;
    }

    void forward(std::size_t k) {
        const Gate& fate = fates_[k];
        const SiteGate& gate = gates_[k];
        switch (fate.fate) {
            case Gate::Fate::kGone:
                return;
            case Gate::Fate::kErased:
                leave(fate.wires[0]);
                if (gate.second >= 0) leave(fate.wires[1]);
                return;
            case Gate::Fate::kSwitch: {
                const auto side = static_cast<std::size_t>(fate.side);
                const GateSide& own = gate.sides[side];
                const std::uint32_t measured = fate.wires[side];
                finish(measured);
                std::array<Matrix2, 2> branches = own.branches;
                if (fate.opposite) std::swap(branches[0], branches[1]);
                turn(fate.wires[1 - side], branches, measured);
                return;
            }
            case Gate::Fate::kKept:
                if (gate.second < 0) {
                    turn(fate.wires[0], gate.matrix);
                } else {
                    two(static_cast<std::uint32_t>(k));
                }
        }
    }

    void two(std::uint32_t k) {
        const Gate& fate = fates_[k];
        const auto wire = [&](std::size_t side) -> Wire& { return wires_[fate.wires[side]]; };
        if (wire(0).start == Wire::Start::kMixed && wire(1).start == Wire::Start::kMixed) return;
        for (std::size_t side = 0; side < 2; ++side) {
            const GateSide& own = gates_[k].sides[side];
            if (!own.splits || wire(side).start != Wire::Start::kKnown) continue;
            const Axis axis = axis_of(wire(side).state);
            if (!parallel(axis, own.axis)) continue;
            turn(fate.wires[1 - side], own.branches[dot(axis, own.axis) < 0.0 ? 1 : 0]);
            return;
        }
        for (std::size_t side = 0; side < 2; ++side) {
            const GateSide& own = gates_[k].sides[side];
            if (!own.splits || wire(side).start != Wire::Start::kMixed) continue;
            const bool minus = begin(fate.wires[side], own.axis);
            turn(fate.wires[1 - side], own.branches[minus ? 1 : 0]);
            return;
        }
        enter(fate.wires[0]);
        enter(fate.wires[1]);
        WireOp op;
        op.kind = WireOp::Kind::kGate;
        op.qubit = gates_[k].first;
        op.second = gates_[k].second;
        op.gate = k;
        plan_.ops.push_back(op);
    }

    // A mixed wire begins along the axis or, where true is returned, against it.
    bool begin(std::uint32_t number, const Axis& axis) {
        Wire& wire = wires_[number];
        const bool minus = wire_uniform(random_, shot_, number, false) >= 0.5;
        wire.state = spinor_along(minus ? against(axis) : axis);
        wire.start = Wire::Start::kKnown;
        return minus;
    }

    void enter(std::uint32_t number) {
        Wire& wire = wires_[number];
        if (wire.start == Wire::Start::kInside) return;
        if (wire.start == Wire::Start::kMixed) (void)begin(number, kZ);
        wire.start = Wire::Start::kInside;
        const Spinor& s = wire.state;
        if (std::norm(s[1]) < 1e-30) return;
        add_turn(wire.qubit, {s[0], -std::conj(s[1]), s[1], std::conj(s[0])});
    }

    void add_turn(int qubit, const Matrix2& matrix) {
        WireOp op;
        op.kind = WireOp::Kind::kTurn;
        op.qubit = qubit;
        op.matrices[0] = matrix;
        plan_.ops.push_back(op);
    }

    void turn(std::uint32_t number, const Matrix2& matrix) {
        Wire& wire = wires_[number];
        if (wire.start == Wire::Start::kKnown) wire.state = turned(matrix, wire.state);
        if (wire.start == Wire::Start::kInside) add_turn(wire.qubit, matrix);
    }

    // One of two matrices, by the outcome of another wire.
    void turn(std::uint32_t number, const std::array<Matrix2, 2>& matrices,
              std::uint32_t measured) {
        const int outcome = wires_[measured].outcome;
        if (outcome >= 0) return turn(number, matrices[static_cast<std::size_t>(outcome)]);
        if (wires_[number].start == Wire::Start::kMixed) return;
        enter(number);
        WireOp op;
        op.kind = WireOp::Kind::kSwitch;
        op.qubit = wires_[number].qubit;
        op.wire = measured;
        op.matrices = matrices;
        plan_.ops.push_back(op);
    }

    // Measures a wire along its axis.
    void finish(std::uint32_t number) {
        Wire& wire = wires_[number];
        if (wire.ended) return;
        wire.ended = true;
        if (wire.start != Wire::Start::kInside) {
            const bool known = wire.start == Wire::Start::kKnown;
            const double along = known ? 0.5 * (1.0 + dot(axis_of(wire.state), wire.axis)) : 0.5;
            wire.outcome = wire_uniform(random_, shot_, number, true) < along ? 0 : 1;
            return;
        }
        const Spinor plus = spinor_along(wire.axis);
        const Spinor minus = spinor_along(against(wire.axis));
        if (std::norm(plus[1]) > 1e-30) {
            add_turn(wire.qubit, {std::conj(plus[0]), std::conj(plus[1]), std::conj(minus[0]),
                                  std::conj(minus[1])});
        }
        WireOp op;
        op.kind = WireOp::Kind::kMeasure;
        op.qubit = wire.qubit;
        op.wire = number;
        plan_.ops.push_back(op);
    }

    // A wire is thrown away: nobody looks at the outcome.
    void leave(std::uint32_t number) {
        if (wires_[number].start == Wire::Start::kInside) finish(number);
    }

    std::span<const SiteGate> gates_;
    const Philox& random_;
    std::uint64_t shot_;
    std::uint32_t begin_;
    std::vector<Wire> wires_;
    std::vector<Gate> fates_;
    WirePlan plan_;
};

}  // namespace

double wire_uniform(const Philox& random, std::uint64_t shot, std::uint32_t wire, bool end) {
    const auto words = random.words(shot, wire, Purpose::kWire);
    return static_cast<double>(words[end ? 1 : 0] >> 11) * 0x1.0p-53;
}

WirePlan plan_wires(std::span<const SiteGate> gates, int qubits,
                    std::span<const std::uint32_t> erased, const Philox& random, std::uint64_t shot,
                    std::uint32_t begin) {
    WirePlan plan = Planner(gates, qubits, random, shot, begin).run(qubits, erased);
    order_wires(plan, qubits, begin > 0);
    return plan;
}

}  // namespace ionsim
