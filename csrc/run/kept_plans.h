#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "compile/schedule.h"
#include "program/program.h"

namespace ionsim {

// What a plan depends on: the circuit, to the last bit of its numbers, and for an ideal run the
// precision and the passes.
struct PlanKey {
    enum class Use : std::uint8_t {
        kIdeal,
        kNoisy,       // the forms of a noisy circuit (see NoisyForms)
        kNoisyFrame,  // with that of the mode `frame`
    };
    GateSet set;
    std::int64_t qubits;
    const ProgramArrays* arrays;
    Use use;
    bool single_precision = false;
    Passes passes{};

    std::uint64_t hash() const;
    bool operator==(const PlanKey& other) const;
};

// What is kept of a circuit. It does not change.
struct KeptPlan {
    virtual ~KeptPlan() = default;
};

// The plans of circuits that may run again, those run last, up to a number of bytes. Ideal circuits
// that run for the first time are only noted by their hash: a batch of circuits that are all
// different must not pay for keeping them.
//
// Who finds the store busy goes on without it (see base/pool.h).
class KeptPlans {
  public:
    explicit KeptPlans(std::size_t most_bytes) : most_bytes_(most_bytes) {}
    KeptPlans(const KeptPlans&) = delete;
    KeptPlans& operator=(const KeptPlans&) = delete;

    struct Found {
        std::shared_ptr<const KeptPlan> plan;
        bool wanted = false;  // no plan, but it was asked for before
    };
    Found find(const PlanKey& key);
    void keep(const PlanKey& key, std::shared_ptr<const KeptPlan> plan, std::size_t bytes);

    std::size_t bytes() const;
    void clear();

  private:
    struct Entry {
        std::uint64_t hash;
        ProgramArrays arrays;  // what the key points to
        PlanKey key;
        std::shared_ptr<const KeptPlan> plan;
        std::size_t bytes;
    };

    std::unique_lock<std::mutex> enter() const;
    std::list<Entry>::iterator place_of(const PlanKey& key, std::uint64_t hash);

    std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::size_t bytes_ = 0;
    std::list<Entry> entries_;  // run last first
    std::array<std::uint64_t, 1024> noted_{};
};

// Those of this process.
KeptPlans& kept_plans();

}  // namespace ionsim
