// Sixteen rows of sixteen numbers.

// Rows and columns change places, by four perfect shuffles of the rows.
template <class Row>
[[gnu::always_inline]] inline void transpose(Row (&rows)[16]) {
#pragma GCC unroll 4
    for (int round = 0; round < 4; ++round) {
        Row next[16];
#pragma GCC unroll 8
        for (int k = 0; k < 8; ++k) {
            next[2 * k] = zip_low(rows[k], rows[k + 8]);
            next[2 * k + 1] = zip_high(rows[k], rows[k + 8]);
        }
#pragma GCC unroll 16
        for (int k = 0; k < 16; ++k) rows[k] = next[k];
    }
}
