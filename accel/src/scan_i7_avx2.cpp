// Kernels for AVX2, which nearly every x86 computer since 2015 has.
//
// `maddubs` multiplies unsigned with signed bytes and adds pairs in 16 bits. |q| · (c with the sign of q) is q · c, so
// no offset has to be taken back; with seven-bit codes a pair is at most 2 · 63² = 7,938, and four of them can be added
// before they are widened. Eight accumulators are in flight, 8 rows × 1 query or 4 rows × 2 queries: what fits the
// sixteen registers beside the queries and what is being multiplied.
#include <immintrin.h>

#include "cpu.h"
#include "join_body.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

constexpr int kAccumulators = 8;
constexpr size_t kBytesAhead = 12 << 10;

SCRUBJAY_INLINE __m256i load32(const int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

SCRUBJAY_INLINE __m256i load16(const int8_t* p) {
    return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

SCRUBJAY_INLINE __m256i products(__m256i row, __m256i query, __m256i magnitude) {
    return _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(row, query));
}

// Sums of eight accumulators as eight numbers in their order.
SCRUBJAY_INLINE __m256i sums(const __m256i* a) {
    const __m256i ab = _mm256_hadd_epi32(_mm256_hadd_epi32(a[0], a[1]), _mm256_hadd_epi32(a[2], a[3]));
    const __m256i cd = _mm256_hadd_epi32(_mm256_hadd_epi32(a[4], a[5]), _mm256_hadd_epi32(a[6], a[7]));
    return _mm256_add_epi32(_mm256_permute2x128_si256(ab, cd, 0x20), _mm256_permute2x128_si256(ab, cd, 0x31));
}

struct Avx2Dots {
    static constexpr int kTile = 2;

    struct Query {
        const int8_t* codes;
    };

    static void prepare(Query& query, const int8_t* codes, size_t) { query.codes = codes; }

    // Two halves of a byte with their codes are at most 2 · 15 · 63 = 1,890 per lane each: eight steps fit 16 bits.
    static constexpr size_t kBytesPerSum = 8 * 32;

    template <bool Next>
    static SCRUBJAY_INLINE __m256i row_nibbles(const uint8_t* row, size_t width, const int8_t* query) {
        const __m256i half = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
        __m256i total = _mm256_setzero_si256();
        for (size_t from = 0; from < width; from += kBytesPerSum) {
            const size_t until = from + kBytesPerSum < width ? from + kBytesPerSum : width;
            __m256i pairs = _mm256_setzero_si256();
            for (size_t at = from; at + 32 <= until; at += 32) {
                if (Next && at % 64 == 0) SCRUBJAY_PREFETCH(row + at + kBytesAhead);
                const __m256i bytes = load32(reinterpret_cast<const int8_t*>(row + at));
                const __m256i low = _mm256_and_si256(bytes, half);
                const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
                pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(low, load32(query + at)));
                pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(high, load32(query + width + at)));
            }
            if (until % 32 != 0) {
                const size_t at = until - 16;
                const __m256i bytes = load16(reinterpret_cast<const int8_t*>(row + at));
                const __m256i low = _mm256_and_si256(bytes, half);
                const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
                pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(low, load16(query + at)));
                pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(high, load16(query + width + at)));
            }
            total = _mm256_add_epi32(total, _mm256_madd_epi16(pairs, ones));
        }
        return total;
    }

    template <bool Next>
    static SCRUBJAY_INLINE void nibbles(const uint8_t* const* rows, size_t width, const int8_t* query, int32_t* out) {
        for (int first = 0; first < kBlockRows; first += kAccumulators) {
            __m256i total[kAccumulators];
            for (int r = 0; r < kAccumulators; ++r) total[r] = row_nibbles<Next>(rows[first + r], width, query);
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + first), sums(total));
        }
    }

    // 64 codes of R rows with Q queries.
    template <int Q>
    static SCRUBJAY_INLINE void step64(const int8_t* const* rows, const Query* queries, size_t at, __m256i* total) {
        constexpr int R = kAccumulators / Q;
        const __m256i ones = _mm256_set1_epi16(1);
        for (int q = 0; q < Q; ++q) {
            const __m256i q0 = load32(queries[q].codes + at), q1 = load32(queries[q].codes + at + 32);
            const __m256i m0 = _mm256_abs_epi8(q0), m1 = _mm256_abs_epi8(q1);
            for (int r = 0; r < R; ++r) {
                const __m256i pair = _mm256_add_epi16(products(load32(rows[r] + at), q0, m0),
                                                      products(load32(rows[r] + at + 32), q1, m1));
                total[q * R + r] = _mm256_add_epi32(total[q * R + r], _mm256_madd_epi16(pair, ones));
            }
        }
    }

    template <int Q>
    static SCRUBJAY_INLINE void step16(const int8_t* const* rows, const Query* queries, size_t at, __m256i* total) {
        constexpr int R = kAccumulators / Q;
        const __m256i ones = _mm256_set1_epi16(1);
        for (int q = 0; q < Q; ++q) {
            const __m256i query = load16(queries[q].codes + at), magnitude = _mm256_abs_epi8(query);
            for (int r = 0; r < R; ++r) {
                const __m256i pair = products(load16(rows[r] + at), query, magnitude);
                total[q * R + r] = _mm256_add_epi32(total[q * R + r], _mm256_madd_epi16(pair, ones));
            }
        }
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
            __m256i total[kAccumulators];
            for (int i = 0; i < kAccumulators; ++i) total[i] = _mm256_setzero_si256();
            size_t at = 0;
            for (; at + 64 <= dim; at += 64) step64<Q>(row, queries, at, total);
            for (; at < dim; at += 16) step16<Q>(row, queries, at, total);
            alignas(32) int32_t result[kAccumulators];
            _mm256_store_si256(reinterpret_cast<__m256i*>(result), sums(total));
            for (int q = 0; q < Q; ++q) {
                for (int r = 0; r < R; ++r) dots[q][first + r] = result[q * R + r];
            }
        }
    }
};

} // namespace

extern const Kernels kAvx2;
const Kernels kAvx2 = {"avx2",              cpu_has_avx2, quantise_rows,      encode_rows,
                       scan_rows<Avx2Dots>, rescore_rows, join_rows<Avx2Dots>};

} // namespace scrubjay
