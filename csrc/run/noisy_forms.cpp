#include "run/noisy_forms.h"

#include <utility>

namespace ionsim {
namespace {

using Forms = std::shared_ptr<const NoisyForms>;

std::shared_ptr<const FrameJob> frame_job(const std::shared_ptr<const RotationCircuit>& circuit,
                                          RunControl& control) {
    auto plan = plan_frame(draw_out_cliffords(*circuit, control), control);
    if (!plan) return nullptr;
    FlipTable flips(*circuit, plan->rotation_bits, plan->outcome_bits, plan->flip_bits, control);
    LaneProgram lanes(*plan);
    return std::make_shared<const FrameJob>(
        FrameJob{circuit, std::move(*plan), std::move(flips), std::move(lanes)});
}

PlanKey key_of(const Program& program, bool with_frame) {
    return {program.gate_set(), program.qubits(), &program.arrays(),
            with_frame ? PlanKey::Use::kNoisyFrame : PlanKey::Use::kNoisy};
}

Forms kept_forms(const Program& program, bool with_frame) {
    return std::static_pointer_cast<const NoisyForms>(
        kept_plans().find(key_of(program, with_frame)).plan);
}

}  // namespace

std::size_t NoisyForms::bytes() const {
    std::size_t sum = sizeof(*this);
    if (circuit) {
        sum += circuit->rotations.size() * sizeof(PauliRotation) +
               circuit->sites.size() * sizeof(NoiseSite);
    }
    if (vector) {
        const VectorPlan& plan = vector->plan;
        for (const StringVisit& visit : vector->circuit.visits) {
            sum += sizeof(visit) + visit.turns.size() * sizeof(StringTurn);
        }
        sum += plan.steps.size() * sizeof(VectorStep);
        for (const VectorStage& stage : plan.stages) {
            sum += sizeof(stage) + stage.outer.size() * sizeof(int);
        }
    }
    if (frame) {
        const FramePlan& plan = frame->plan;
        const std::size_t bits = plan.rotation_bits.size() + plan.outcome_bits.size();
        sum += plan.ops.size() * (sizeof(FrameOp) + sizeof(kernels::LaneStep)) +
               plan.visits.size() * (sizeof(FrameVisit) + sizeof(kernels::LaneVisit)) +
               bits * sizeof(int) + plan.flip_ops.size() * sizeof(std::size_t) +
               plan.outcome_rows.size() * sizeof(std::uint64_t) +
               static_cast<std::size_t>(FlipTable::bytes(*circuit, plan.flip_bits));
    }
    return sum;
}

Forms noisy_forms(const Program& program, bool with_frame, bool reuse, RunControl& control,
                  const Forms& before) {
    if (before && (before->with_frame || !with_frame)) return before;
    if (reuse) {
        if (auto kept = kept_forms(program, true)) return kept;
    }
    Forms known = before;
    if (reuse && !known) known = kept_forms(program, false);
    if (known && !with_frame) return known;
    auto forms = known ? std::make_shared<NoisyForms>(*known) : std::make_shared<NoisyForms>();
    if (!known) {
        if (auto circuit = rotation_circuit(program, control)) {
            forms->circuit = std::make_shared<const RotationCircuit>(std::move(*circuit));
            if (forms->circuit->qubits <= kMaxExactQubits) {
                forms->vector = std::make_shared<const VectorJob>(*forms->circuit);
            }
        }
    }
    forms->with_frame = with_frame;
    if (with_frame && forms->circuit) forms->frame = frame_job(forms->circuit, control);
    if (reuse) kept_plans().keep(key_of(program, with_frame), forms, forms->bytes());
    return forms;
}

}  // namespace ionsim
