// Sparse matrices on Pauli vectors without gaps, over the packs of one instruction set.

// The number with two zero bits put in at `position`.
inline std::uint64_t with_gap(std::uint64_t number, int position) {
    const std::uint64_t low = (std::uint64_t{1} << position) - 1;
    return ((number & ~low) << 2) | (number & low);
}

inline void transfer(double* vector, const TransferPlan& plan, std::uint64_t begin,
                     std::uint64_t end) {
    using Numbers = Pack<double>;
    const bool pair = plan.digits[1] >= 0;
    const int rows = pair ? 16 : 4;
    const int low = pair && plan.digits[1] < plan.digits[0] ? plan.digits[1] : plan.digits[0];
    const int high = pair ? plan.digits[0] + plan.digits[1] - low : low;
    std::uint64_t offset[16];
    for (int row = 0; row < rows; ++row) {
        const auto digits = static_cast<std::uint64_t>(row);
        offset[row] = (digits & 3) << (2 * plan.digits[0]);
        if (pair) offset[row] |= (digits >> 2) << (2 * plan.digits[1]);
    }
    for (std::uint64_t group = begin; group < end; ++group) {
        // Positions count from the vector, groups from its blocks of 16.
        std::uint64_t block = with_gap(group, 2 * low - 4);
        if (pair) block = with_gap(block, 2 * high - 4);
        double* base = vector + 16 * block;
        alignas(64) double in[16][16];
        for (int row = 0; row < rows; ++row) Numbers::load(base + offset[row]).store(in[row]);
        for (int row = 0; row < rows; ++row) {
            Numbers sum = mul(Numbers::load(in[plan.column[row][0]]),
                              Numbers::broadcast(plan.factor[row][0]));
            for (int k = 1; k < plan.count[row]; ++k) {
                sum = fma(Numbers::load(in[plan.column[row][k]]),
                          Numbers::broadcast(plan.factor[row][k]), sum);
            }
            sum.store(base + offset[row]);
        }
    }
}
