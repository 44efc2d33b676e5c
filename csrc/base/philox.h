#pragma once

#include <array>
#include <cstdint>

namespace ionsim {

// What a random number is for. The purpose is part of the counter, so the streams never overlap.
enum class Purpose : std::uint32_t {
    kPauliError = 1,
    kSample = 2,
    kReadout = 3,
    kMeasure = 4,
    kOutcome = 5,
    kKraus = 6,
    kErasure = 7,
    kWire = 8,
};

// Shots are below 2^56; the purpose takes the byte above them.
constexpr std::uint64_t tagged(std::uint64_t shot, Purpose purpose) {
    return shot | (static_cast<std::uint64_t>(purpose) << 56);
}

// Philox4x32-10, a counter-based generator (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC11). The numbers depend on (seed, shot, index, purpose) only: not on the order in
// which they are asked for, the number of threads, or how the shots were split.
class Philox {
  public:
    explicit Philox(std::uint64_t seed) : seed_(seed) {}

    // Four 32-bit words.
    std::array<std::uint32_t, 4> block(std::uint64_t shot, std::uint32_t index,
                                       Purpose purpose) const {
        std::uint32_t key0 = static_cast<std::uint32_t>(seed_);
        std::uint32_t key1 = static_cast<std::uint32_t>(seed_ >> 32);
        const std::uint64_t counter = tagged(shot, purpose);
        std::array<std::uint32_t, 4> c{static_cast<std::uint32_t>(counter),
                                       static_cast<std::uint32_t>(counter >> 32), index, 0};
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t product0 = std::uint64_t{0xD2511F53} * c[0];
            const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * c[2];
            c = {static_cast<std::uint32_t>(product1 >> 32) ^ c[1] ^ key0,
                 static_cast<std::uint32_t>(product1),
                 static_cast<std::uint32_t>(product0 >> 32) ^ c[3] ^ key1,
                 static_cast<std::uint32_t>(product0)};
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
        return c;
    }

    // Two 64-bit words.
    std::array<std::uint64_t, 2> words(std::uint64_t shot, std::uint32_t index,
                                       Purpose purpose) const {
        const auto c = block(shot, index, purpose);
        return {c[0] | (std::uint64_t{c[1]} << 32), c[2] | (std::uint64_t{c[3]} << 32)};
    }

    // Uniform in [0, 1), a multiple of 2^-53.
    double uniform(std::uint64_t shot, std::uint32_t index, Purpose purpose) const {
        return static_cast<double>(words(shot, index, purpose)[0] >> 11) * 0x1.0p-53;
    }

  private:
    std::uint64_t seed_;
};

}  // namespace ionsim
