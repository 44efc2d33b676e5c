#include "check.h"
#include "run/kept_plans.h"

using namespace ionsim;

namespace {

struct Number final : KeptPlan {
    explicit Number(int given) : value(given) {}
    int value;
};

Program rotation(double angle, std::int32_t qubit = 0) {
    ProgramArrays arrays;
    arrays.gates = {gate_code(*find_gate(GateSet::kQis, "rx"))};
    arrays.control_counts = {0};
    arrays.qubit_starts = {0, 1};
    arrays.qubits = {qubit};
    arrays.parameter_starts = {0, 1};
    arrays.parameters = {angle};
    arrays.letter_starts = {0, 0};
    return Program(GateSet::kQis, 4, std::move(arrays));
}

PlanKey key_of(const Program& program, bool single = true, const Passes& passes = {}) {
    return {program.gate_set(),   program.qubits(), &program.arrays(),
            PlanKey::Use::kIdeal, single,           passes};
}

int value_of(const KeptPlans::Found& found) {
    return found.plan ? dynamic_cast<const Number&>(*found.plan).value : -1;
}

}  // namespace

TEST(a_plan_is_wanted_from_the_second_time_on) {
    KeptPlans plans(1 << 20);
    const Program program = rotation(0.5);
    CHECK(!plans.find(key_of(program)).wanted);
    CHECK(plans.find(key_of(program)).wanted);
    plans.keep(key_of(program), std::make_shared<Number>(7), 100);
    CHECK_EQUAL(value_of(plans.find(key_of(rotation(0.5)))), 7);
    CHECK(plans.bytes() > 100);
    plans.clear();
    CHECK_EQUAL(plans.bytes(), std::size_t{0});
    CHECK(!plans.find(key_of(program)).wanted);
}

TEST(everything_that_a_plan_depends_on_is_in_its_key) {
    KeptPlans plans(1 << 20);
    const Program program = rotation(0.0);
    plans.keep(key_of(program), std::make_shared<Number>(1), 100);
    CHECK_EQUAL(value_of(plans.find(key_of(rotation(-0.0)))), -1);
    CHECK_EQUAL(value_of(plans.find(key_of(rotation(0.0, 1)))), -1);
    CHECK_EQUAL(value_of(plans.find(key_of(program, false))), -1);
    Passes passes;
    passes.growth = false;
    CHECK_EQUAL(value_of(plans.find(key_of(program, true, passes))), -1);
    for (const auto use : {PlanKey::Use::kNoisy, PlanKey::Use::kNoisyFrame}) {
        const PlanKey noisy{program.gate_set(), program.qubits(), &program.arrays(), use, true};
        CHECK_EQUAL(value_of(plans.find(noisy)), -1);
    }
    CHECK_EQUAL(value_of(plans.find(key_of(program))), 1);
}

TEST(the_plans_run_last_stay) {
    KeptPlans plans(10000);
    for (int k = 0; k < 5; ++k) {
        plans.keep(key_of(rotation(k)), std::make_shared<Number>(k), 2300);
        // The first one is used again and again.
        CHECK_EQUAL(value_of(plans.find(key_of(rotation(0)))), 0);
    }
    CHECK(plans.bytes() <= 10000);
    CHECK_EQUAL(value_of(plans.find(key_of(rotation(4)))), 4);
    CHECK_EQUAL(value_of(plans.find(key_of(rotation(1)))), -1);
    // One that would drive all others out is not kept.
    plans.keep(key_of(rotation(9)), std::make_shared<Number>(9), 9000);
    CHECK_EQUAL(value_of(plans.find(key_of(rotation(9)))), -1);
}

CHECK_MAIN()
