#pragma once

// The border between the code that plans and the code compiled once per instruction set. Only plain
// data and function pointers cross it, and nothing here has inline functions: whatever is compiled
// for a newer processor must stay inside its own file.

#include <cstdint>

namespace ionsim::kernels {

inline constexpr int kBlockLanes = 16;
inline constexpr int kBlockReals = 2 * kBlockLanes;  // 16 real parts, then 16 imaginary parts
inline constexpr int kMaxFixedBits = 16;
inline constexpr int kMaxDiagonalSelectors = 8;
inline constexpr int kMaxDenseQubits = 5;

// Blocks whose index has given values at some bit positions; the free bits are counted by a group
// number, 0 .. 2^(block bits - count) - 1.
struct BlockSelection {
    int count;
    std::uint8_t positions[kMaxFixedBits];  // ascending
    std::uint64_t value;                    // the fixed bits that are one
};

// What a factor is for all amplitudes, so that the kernels leave out products.
enum class Keep : std::uint8_t { kZero, kOne, kReal, kComplex };
enum class Swap : std::uint8_t { kReal, kImaginary, kComplex };

// new[i] = keep(i) old[i] + swap(i) old[i ^ flip]. The factors depend on the parities of i with two
// masks. The part of a mask above the lanes chooses one of four tables, the part inside the lanes
// is written out in the tables; so are controls on lane qubits, as keep = 1, swap = 0.
template <class T>
struct PairPlan {
    alignas(64) T keep_re[4][kBlockLanes];
    alignas(64) T keep_im[4][kBlockLanes];
    alignas(64) T swap_re[4][kBlockLanes];
    alignas(64) T swap_im[4][kBlockLanes];
    BlockSelection selection;  // the pivot (highest flipped block bit, fixed at 0) and the controls
    std::uint64_t block_flip;  // 0: the partner is in the same block
    int lane_flip;
    std::uint64_t selectors[2];  // block parts of the masks
    int partner_pattern;         // table number of the partner XOR that of the block
    bool uniform;                // one table serves every block, and one its partner
    int first_pattern;           // table of every block when uniform
    Keep keep;
    Swap swap;
};

// new[i] = factor(i) old[i].
template <class T>
struct DiagonalPlan {
    BlockSelection selection;
    int selector_count;
    std::uint64_t selectors[kMaxDiagonalSelectors];  // block parts of the masks
    const T* table;  // [2^selector_count][re, im][16 lanes], 64-byte aligned
    bool real;
};

// A matrix on `block_bits` block qubits and `lane_flips` - 1 XOR combinations of lane qubits:
// new[o] = sum over inputs j and lane flips p of factor[o][j][p] old[j] with lanes permuted by p.
template <class T>
struct DensePlan {
    BlockSelection selection;  // the targets (fixed at 0) and the controls
    int outputs;               // 2^(targets above the lanes)
    int lane_terms;            // 2^(targets inside the lanes)
    std::uint64_t block_offsets[1 << kMaxDenseQubits];
    int lane_flips[16];
    const T* table;  // [outputs][outputs * lane_terms][re, im][16 lanes], 64-byte aligned
};

// Blocks that a visit holds in registers: three index bits in single precision, two in double.
inline constexpr int kMaxRegisterBits = 3;
template <class T>
inline constexpr int kRegisterBits = sizeof(T) == 4 ? 3 : 2;

// How a register step forms new[i] from old[i] and old[i ^ flip]. kOne..., kReal..., kComplex... is
// the kind of the factor of old[i]; what follows is that of old[i ^ flip].
enum class Rule : std::uint8_t {
    kReal,     // no second term
    kComplex,  // no second term
    kOneReal,
    kOneImaginary,
    kOneComplex,
    kRealReal,
    kRealImaginary,
    kComplexComplex,
    kExchange,  // old[i ^ flip] where the factor is negative, else old[i]
};

// Numbers of T that a table entry of a rule has for each lane, in this order: real and imaginary
// part of the first factor, then of the second, as far as the rule has them.
constexpr int rule_components(Rule rule) {
    switch (rule) {
        case Rule::kComplex:
        case Rule::kOneComplex:
        case Rule::kRealReal:
        case Rule::kRealImaginary:
            return 2;
        case Rule::kComplexComplex:
            return 4;
        default:
            return 1;
    }
}

// A step on the blocks of one group. Register block j takes table entry number
// byte j of `entries` XOR the group's own number.
template <class T>
struct RegisterStep {
    Rule rule;
    std::uint8_t register_flip;
    std::uint8_t lane_flip;
    bool uniform;  // all blocks of a group take the same entry
    std::uint64_t entries;
    const T* table;                // [entries][components][16 lanes], 64-byte aligned
    const std::uint8_t* patterns;  // number of each group; kSkipped: the step does not act there
};
inline constexpr std::uint8_t kSkipped = 0x80;

// A walk over a tile: each group of 2^register_bits blocks is loaded, all steps are done on it, and
// it is stored. Source and target may be the same tile, or a tile and its place in a larger array.
template <class T>
struct VisitPlan {
    const RegisterStep<T>* steps;
    int count;
    std::uint32_t groups;
    const std::uint32_t* source_groups;  // first block of each group
    const std::uint32_t* target_groups;
    std::uint32_t source_blocks[1 << kMaxRegisterBits];  // added for each register block
    std::uint32_t target_blocks[1 << kMaxRegisterBits];
};

// out[i] += weight sign(i) in[i ^ flip], on the selected blocks; sign is the parity with a mask.
template <class T>
struct AccumulatePlan {
    alignas(64) T weight_re[kBlockLanes];  // sign inside the lanes and lane controls included
    alignas(64) T weight_im[kBlockLanes];
    BlockSelection selection;
    std::uint64_t block_flip;
    int lane_flip;
    std::uint64_t sign_blocks;
};

// Sum over blocks of sign(i) conj(a[i]) a[i ^ flip].
struct PauliSumPlan {
    alignas(64) double lane_sign[kBlockLanes];
    std::uint64_t block_flip;
    int lane_flip;
    std::uint64_t sign_blocks;
};

template <class T>
struct KernelTable {
    // Groups [begin, end) of the plan's selection. `offset` is XORed to every table number: the
    // parities of the index bits that lie outside this piece of the state.
    void (*pair)(T* state, const PairPlan<T>& plan, std::uint32_t offset, std::uint64_t begin,
                 std::uint64_t end);
    void (*diagonal)(T* state, const DiagonalPlan<T>& plan, std::uint32_t offset,
                     std::uint64_t begin, std::uint64_t end);
    void (*dense)(T* state, const DensePlan<T>& plan, std::uint64_t begin, std::uint64_t end);
    // outside[k]: what the bits outside the tile add (XOR) to the patterns of step k, or kSkipped.
    void (*visit)(const T* source, T* target, const VisitPlan<T>& plan,
                  const std::uint8_t* outside);
    void (*accumulate)(const T* in, T* out, const AccumulatePlan<T>& plan, std::uint64_t begin,
                       std::uint64_t end);
    // Blocks [begin, end). Sums run over the blocks in order, lane by lane, then over the lanes in
    // a fixed tree, in double: the same bits for every instruction set.
    double (*norm)(const T* state, std::uint64_t begin, std::uint64_t end);
    // Adds the same sums to `lanes`, one of each lane, 64-byte aligned.
    void (*add_norms)(const T* state, std::uint64_t begin, std::uint64_t end, double* lanes);
    // `out` needs no alignment: it is often somebody else's memory.
    void (*probabilities)(const T* state, std::uint64_t begin, std::uint64_t end, double* out);
    void (*pauli_sum)(const T* state, const PauliSumPlan& plan, std::uint64_t begin,
                      std::uint64_t end, double* re_im);
};

struct Isa {
    const char* name;
    bool (*runs_here)();  // processor and operating system support it
    const KernelTable<float>* single;
    const KernelTable<double>* twice;
};

// Instruction sets of this build, best first; the last one runs everywhere.
struct IsaList {
    const Isa* entries;
    int count;
};
IsaList compiled_isas();

// The best one that runs here, or the one named by the environment variable IONSIM_ISA, read once.
// Throws std::runtime_error when that one is unknown or does not run here.
const Isa& active_isa();

}  // namespace ionsim::kernels
