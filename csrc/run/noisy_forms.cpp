#include "run/noisy_forms.h"

#include <utility>

namespace ionsim {
namespace {

std::shared_ptr<const FrameJob> frame_job(const std::shared_ptr<const RotationCircuit>& circuit,
                                          RunControl& control) {
    auto plan = plan_frame(draw_out_cliffords(*circuit, control), control);
    if (!plan) return nullptr;
    FlipTable flips(*circuit, plan->rotation_bits, plan->outcome_bits, plan->flip_bits, control);
    LaneProgram lanes(*plan);
    return std::make_shared<const FrameJob>(
        FrameJob{circuit, std::move(*plan), std::move(flips), std::move(lanes)});
}

}  // namespace

std::shared_ptr<const NoisyForms> noisy_forms(const Program& program, bool with_frame,
                                              RunControl& control) {
    const auto before = std::dynamic_pointer_cast<const NoisyForms>(program.attachment());
    if (before && (before->with_frame || !with_frame)) return before;
    auto forms = before ? std::make_shared<NoisyForms>(*before) : std::make_shared<NoisyForms>();
    if (!before) {
        if (auto circuit = rotation_circuit(program, control)) {
            forms->circuit = std::make_shared<const RotationCircuit>(std::move(*circuit));
            if (forms->circuit->qubits <= kMaxExactQubits) {
                forms->vector = std::make_shared<const VectorJob>(*forms->circuit);
            }
        }
    }
    forms->with_frame = with_frame;
    if (with_frame && forms->circuit) forms->frame = frame_job(forms->circuit, control);
    // What is large is made anew rather than kept as long as the program.
    constexpr double kKept = 64e6;
    if (!forms->frame || FlipTable::bytes(*forms->circuit, forms->frame->plan.flip_bits) < kKept) {
        program.attach(forms);
    }
    return forms;
}

}  // namespace ionsim
