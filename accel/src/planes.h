// Rows as they lie in memory: two planes of half a byte per code, and how far the second can move a product.
//
// A code c of −63…63 is 8 · coarse + fine − 64 with coarse in 0…15 and fine in 0…7. A row of a plane is dim / 2 bytes;
// byte i holds the part of code i in its low half and that of code dim / 2 + i in its high half. A scan for one query
// reads the coarse plane alone, half the bytes, and of the fine plane only the rows that could still be among the best:
// with f the fine parts, c · q = (8 · coarse − 64 + 3.5) · q + (f − 3.5) · q, and the last is at most |f − 3.5| · |q|
// (Cauchy and Schwarz). `reach` is the first factor, rounded up; so nothing that belongs to the result is left out.
#pragma once

#include "body.h"

namespace scrubjay {
namespace {

constexpr int kCodeOffset = 64; // added to a code to make it positive
constexpr int kFineBits = 3;

SCRUBJAY_INLINE int fine_part(int8_t code) { return (code + kCodeOffset) & ((1 << kFineBits) - 1); }

SCRUBJAY_INLINE uint8_t packed(int low, int high) { return static_cast<uint8_t>(low | high << 4); }

// The smallest integer whose square is at least this.
inline int32_t root_above(int32_t square) {
    int32_t root = 0;
    for (int32_t step = 1 << 13; step > 0; step /= 2) { // root · root < square throughout
        if ((root + step) * (root + step) < square) root += step;
    }
    return square > 0 ? root + 1 : 0;
}

inline void pack_row(const int8_t* codes, size_t dim, uint8_t* coarse, uint8_t* fine, uint8_t* reach) {
    const size_t width = dim / 2;
    int32_t square = 0; // of twice the distance, which is an integer
    for (size_t i = 0; i < width; ++i) {
        const int8_t low = codes[i], high = codes[width + i];
        const int low_fine = fine_part(low), high_fine = fine_part(high);
        coarse[i] = packed((low + kCodeOffset) >> kFineBits, (high + kCodeOffset) >> kFineBits);
        fine[i] = packed(low_fine, high_fine);
        square += (2 * low_fine - 7) * (2 * low_fine - 7) + (2 * high_fine - 7) * (2 * high_fine - 7);
    }
    *reach = static_cast<uint8_t>(root_above((square + 3) / 4)); // at most 224
}

inline void encode_rows(const float* vectors, size_t n, size_t dim, uint8_t* coarse, uint8_t* fine, uint8_t* reach,
                        float* scales) {
    const size_t width = dim / 2;
    int8_t codes[kMaxDim];
    for (size_t i = 0; i < n; ++i) {
        quantise_row(vectors + i * dim, dim, codes, scales + i);
        pack_row(codes, dim, coarse + i * width, fine + i * width, reach + i);
    }
}

// The codes of n rows from the first on, n × dim.
SCRUBJAY_INLINE void unpack_rows(const Columns& c, size_t first, size_t n, int8_t* codes) {
    const size_t width = c.dim / 2;
    for (size_t row = 0; row < n; ++row) {
        const uint8_t* coarse = c.coarse + (first + row) * width;
        const uint8_t* fine = c.fine + (first + row) * width;
        int8_t* low = codes + row * c.dim;
        int8_t* high = low + width;
        for (size_t i = 0; i < width; ++i) {
            const uint8_t a = coarse[i], b = fine[i];
            low[i] = static_cast<int8_t>(static_cast<uint8_t>((a & 15) << kFineBits) + (b & 15) - kCodeOffset);
            high[i] = static_cast<int8_t>(static_cast<uint8_t>((a >> 4) << kFineBits) + (b >> 4) - kCodeOffset);
        }
    }
}

} // namespace
} // namespace scrubjay
