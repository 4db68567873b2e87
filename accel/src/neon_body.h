// What both sets of kernels for 64-bit ARM share: the shape of the loop. `Steps` adds how 16 codes are multiplied.
#pragma once

#include <arm_neon.h>

#include "join_body.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

template <class Steps> struct NeonDots {
    static constexpr int kTile = Steps::kTile;
    static constexpr bool kReadsAhead = false;
    static constexpr int kAccumulators = 16;

    struct Query {
        const int8_t* codes;
    };

    static void prepare(Query& query, const int8_t* codes, size_t) { query.codes = codes; }

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
                    const int32x4_t* four = total + q * R + r;
                    const int32x4_t sums = vpaddq_s32(vpaddq_s32(four[0], four[1]), vpaddq_s32(four[2], four[3]));
                    vst1q_s32(dots[q] + first + r, sums);
                }
            }
        }
    }
};

} // namespace
} // namespace scrubjay
