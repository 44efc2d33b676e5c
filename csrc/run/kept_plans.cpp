#include "run/kept_plans.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace ionsim {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

class Hash {
  public:
    void add(std::uint64_t word) {
        // Each word goes through a multiplication, from whose upper half the lower one gets bits.
        value_ = (value_ ^ word) * 0x9E3779B97F4A7C15;
        value_ ^= value_ >> 32;
    }
    template <class T>
    void add(const std::vector<T>& values) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
        std::size_t left = values.size() * sizeof(T);
        add(left);
        for (; left > 0; bytes += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            const std::size_t part = std::min(left, sizeof(word));
            std::memcpy(&word, bytes, part);
            add(word);
            left -= part;
        }
    }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0;
};

// Numbers are compared as bits: 0 and -0 may end in different bits of the result.
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
std::size_t size_of(const std::vector<T>& values) {
    return values.size() * sizeof(T);
}

std::size_t size_of(const ProgramArrays& a) {
    return size_of(a.gates) + size_of(a.control_counts) + size_of(a.qubit_starts) +
           size_of(a.qubits) + size_of(a.parameter_starts) + size_of(a.parameters) +
           size_of(a.letter_starts) + size_of(a.letters);
}

}  // namespace

std::uint64_t PlanKey::hash() const {
    Hash hash;
    hash.add(static_cast<std::uint64_t>(qubits));
    hash.add(static_cast<std::uint64_t>(set) << 8 | static_cast<std::uint64_t>(use) << 1 |
             std::uint64_t{single_precision});
    hash.add(arrays->gates);
    hash.add(arrays->control_counts);
    hash.add(arrays->qubits);
    hash.add(arrays->parameters);
    hash.add(arrays->letters);
    return hash.value();
}

bool PlanKey::operator==(const PlanKey& other) const {
    const ProgramArrays &a = *arrays, &b = *other.arrays;
    return set == other.set && qubits == other.qubits && use == other.use &&
           single_precision == other.single_precision && passes == other.passes &&
           same(a.gates, b.gates) && same(a.control_counts, b.control_counts) &&
           same(a.qubit_starts, b.qubit_starts) && same(a.qubits, b.qubits) &&
           same(a.parameter_starts, b.parameter_starts) && same(a.parameters, b.parameters) &&
           same(a.letter_starts, b.letter_starts) && same(a.letters, b.letters);
}

// Owns the mutex, or does not when the store is busy for longer than a look takes.
std::unique_lock<std::mutex> KeptPlans::enter() const {
    constexpr int kTries = 1000;
    std::unique_lock lock(mutex_, std::try_to_lock);
    for (int tries = 1; !lock.owns_lock() && tries < kTries; ++tries) (void)lock.try_lock();
    return lock;
}

std::list<KeptPlans::Entry>::iterator KeptPlans::place_of(const PlanKey& key, std::uint64_t hash) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.hash == hash && entry.key == key; });
}

KeptPlans::Found KeptPlans::find(const PlanKey& key) {
    const std::uint64_t hash = key.hash();
    const auto lock = enter();
    if (!lock.owns_lock()) return {};
    const auto entry = place_of(key, hash);
    if (entry != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, entry);
        return {entry->plan, false};
    }
    return {nullptr, std::exchange(noted_[hash % noted_.size()], hash) == hash};
}

void KeptPlans::keep(const PlanKey& key, std::shared_ptr<const KeptPlan> plan, std::size_t bytes) {
    const std::uint64_t hash = key.hash();
    // What no one holds any more is destroyed after the store has been left.
    std::list<Entry> made, leaving;
    made.push_back({hash, *key.arrays, key, std::move(plan), bytes + size_of(*key.arrays)});
    made.front().key.arrays = &made.front().arrays;
    const auto lock = enter();
    if (!lock.owns_lock() || made.front().bytes > most_bytes_ / 2) return;
    if (place_of(key, hash) != entries_.end()) return;  // another thread was faster
    bytes_ += made.front().bytes;
    entries_.splice(entries_.begin(), made);
    while (bytes_ > most_bytes_) {
        bytes_ -= entries_.back().bytes;
        leaving.splice(leaving.begin(), entries_, std::prev(entries_.end()));
    }
}

std::size_t KeptPlans::bytes() const {
    const auto lock = enter();
    return lock.owns_lock() ? bytes_ : 0;
}

void KeptPlans::clear() {
    std::list<Entry> leaving;
    const auto lock = enter();
    if (!lock.owns_lock()) return;
    leaving.swap(entries_);
    bytes_ = 0;
    noted_.fill(0);
}

KeptPlans& kept_plans() {
    // Never destroyed: runs may outlive everything else.
    static KeptPlans* const plans = new KeptPlans(kMostBytes);
    return *plans;
}

}  // namespace ionsim
