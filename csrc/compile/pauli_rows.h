#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace ionsim {

// Pauli strings over any number of qubits: row r is (-1)^sign times a letter a qubit, bits x and z
// of a qubit being both set for Y.
class PauliRows {
  public:
    PauliRows(std::size_t rows, std::size_t qubits)
        : words_((qubits + 63) / 64), bits_(2 * words_ * rows), signs_(rows) {}

    std::size_t words() const { return words_; }
    std::size_t size() const { return signs_.size(); }
    std::span<std::uint64_t> x(std::size_t row) { return {&bits_[2 * words_ * row], words_}; }
    std::span<std::uint64_t> z(std::size_t row) { return {&bits_[(2 * row + 1) * words_], words_}; }
    std::span<const std::uint64_t> x(std::size_t row) const {
        return {&bits_[2 * words_ * row], words_};
    }
    std::span<const std::uint64_t> z(std::size_t row) const {
        return {&bits_[(2 * row + 1) * words_], words_};
    }
    bool sign(std::size_t row) const { return signs_[row] != 0; }
    void set_sign(std::size_t row, bool minus) { signs_[row] = minus; }
    void flip_sign(std::size_t row, bool minus) { signs_[row] ^= minus; }

    bool has_x(std::size_t row, std::size_t qubit) const { return get(x(row), qubit); }
    bool has_z(std::size_t row, std::size_t qubit) const { return get(z(row), qubit); }

    static bool get(std::span<const std::uint64_t> bits, std::size_t position) {
        return (bits[position / 64] >> (position % 64)) & 1;
    }
    static void toggle(std::span<std::uint64_t> bits, std::size_t position) {
        bits[position / 64] ^= std::uint64_t{1} << (position % 64);
    }

    bool anticommute(std::size_t a, const PauliRows& other, std::size_t b) const {
        std::uint64_t odd = 0;
        for (std::size_t w = 0; w < words_; ++w) {
            odd ^= (x(a)[w] & other.z(b)[w]) ^ (z(a)[w] & other.x(b)[w]);
        }
        return std::popcount(odd) & 1;
    }

    void copy(std::size_t to, const PauliRows& other, std::size_t from) {
        for (std::size_t w = 0; w < words_; ++w) {
            x(to)[w] = other.x(from)[w];
            z(to)[w] = other.z(from)[w];
        }
        signs_[to] = other.signs_[from];
    }

    // The letters of row `a` become those of the product a * b. Returns e, 0..3: the product is i^e
    // times the new letters; the sign of row `a` is left for the caller to set.
    int multiply(std::size_t a, const PauliRows& other, std::size_t b) {
        int exponent = 2 * (signs_[a] + other.signs_[b]);
        for (std::size_t w = 0; w < words_; ++w) {
            const std::uint64_t xa = x(a)[w], za = z(a)[w], xb = other.x(b)[w], zb = other.z(b)[w];
            // A letter is i^(x z) X^x Z^z, and Z X = -X Z.
            exponent += std::popcount(xa & za) + std::popcount(xb & zb) +
                        2 * std::popcount(za & xb) - std::popcount((xa ^ xb) & (za ^ zb));
            x(a)[w] = xa ^ xb;
            z(a)[w] = za ^ zb;
        }
        return exponent & 3;
    }

  private:
    std::size_t words_;
    std::vector<std::uint64_t> bits_;
    std::vector<std::uint8_t> signs_;
};

}  // namespace ionsim
