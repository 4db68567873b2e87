// What both sets of kernels for 64-bit ARM share: the shape of the loop. `Steps` adds how 16 codes are multiplied.
#pragma once

#include <arm_neon.h>

#include "join_body.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

template <class Steps> struct NeonDots {
    static constexpr int kTile = Steps::kTile;
    static constexpr int kAccumulators = 16;
    static constexpr size_t kBytesAhead = 12 << 10;

    struct Query {
        const int8_t* codes;
    };

    static void prepare(Query& query, const int8_t* codes, size_t) { query.codes = codes; }

    template <bool Next>
    static SCRUBJAY_INLINE void nibbles(const uint8_t* const* rows, size_t width, const int8_t* query, int32_t* out) {
        int32x4_t total[kAccumulators];
        for (int r = 0; r < kAccumulators; ++r) {
            total[r] = vdupq_n_s32(0);
            for (size_t at = 0; at < width; at += 16) {
                if (Next && at % 64 == 0) SCRUBJAY_PREFETCH(rows[r] + at + kBytesAhead);
                const uint8x16_t bytes = vld1q_u8(rows[r] + at);
                const int8x16_t low = vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(15)));
                const int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4));
                total[r] = Steps::add_products(total[r], low, vld1q_s8(query + at));
                total[r] = Steps::add_products(total[r], high, vld1q_s8(query + width + at));
            }
        }
        for (int r = 0; r < kAccumulators; r += 4) vst1q_s32(out + r, sums_of_four(total + r));
    }

    static SCRUBJAY_INLINE int32x4_t sums_of_four(const int32x4_t* four) {
        return vpaddq_s32(vpaddq_s32(four[0], four[1]), vpaddq_s32(four[2], four[3]));
    }

    template <int Q>
    static SCRUBJAY_INLINE void block(const int8_t* rows, int n_rows, size_t dim, const Query* queries,
                                      int32_t (*dots)[kBlockRows]) {
        constexpr int R = kAccumulators / Q;
        for (int first = 0; first < n_rows; first += R) {
            const int8_t* row[R];
            for (int r = 0; r < R; ++r) { // beyond the end the last row again
                row[r] = rows + static_cast<size_t>(first + r < n_rows ? first + r : n_rows - 1) * dim;
            }
            int32x4_t total[kAccumulators];
            for (int i = 0; i < kAccumulators; ++i) total[i] = vdupq_n_s32(0);
            for (size_t at = 0; at < dim; at += 16) {
                int8x16_t query[Q];
                for (int q = 0; q < Q; ++q) query[q] = vld1q_s8(queries[q].codes + at);
                for (int r = 0; r < R; ++r) {
                    const int8x16_t codes = vld1q_s8(row[r] + at);
                    for (int q = 0; q < Q; ++q) {
                        total[q * R + r] = Steps::add_products(total[q * R + r], codes, query[q]);
                    }
                }
            }
            for (int q = 0; q < Q; ++q) {
                for (int r = 0; r < R; r += 4) {
                    vst1q_s32(dots[q] + first + r, sums_of_four(total + q * R + r));
                }
            }
        }
    }
};

} // namespace
} // namespace scrubjay
