// Kernels for AVX2, which nearly every x86 computer since 2015 has.
//
// `maddubs` multiplies unsigned with signed bytes and adds pairs in 16 bits. |q| · (c with the sign of q) is q · c, so
// no offset has to be taken back; with seven-bit codes a pair is at most 2 · 63² = 7,938, and two of them can be added
// before they are widened (four would fit as well).
#include <immintrin.h>

#include "cpu.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

constexpr int kGroupRows = 8; // accumulators that fit the sixteen registers beside query and temporaries

SCRUBJAY_INLINE __m256i load32(const int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

SCRUBJAY_INLINE __m256i load16(const int8_t* p) {
    return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

SCRUBJAY_INLINE __m256i products(__m256i row, __m256i query, __m256i magnitude) {
    return _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(row, query));
}

// Sums of eight accumulators as eight numbers in row order.
SCRUBJAY_INLINE __m256i sums(const __m256i* a) {
    const __m256i ab = _mm256_hadd_epi32(_mm256_hadd_epi32(a[0], a[1]), _mm256_hadd_epi32(a[2], a[3]));
    const __m256i cd = _mm256_hadd_epi32(_mm256_hadd_epi32(a[4], a[5]), _mm256_hadd_epi32(a[6], a[7]));
    return _mm256_add_epi32(_mm256_permute2x128_si256(ab, cd, 0x20), _mm256_permute2x128_si256(ab, cd, 0x31));
}

// Dot products of n ≤ 8 rows; n is a constant where it matters.
SCRUBJAY_INLINE void group(const int8_t* rows, int n, size_t dim, const int8_t* query, int32_t* dots) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i total[kGroupRows];
    for (int i = 0; i < kGroupRows; ++i) total[i] = _mm256_setzero_si256();
    size_t at = 0;
    for (; at + 64 <= dim; at += 64) {
        const __m256i q0 = load32(query + at), q1 = load32(query + at + 32);
        const __m256i m0 = _mm256_abs_epi8(q0), m1 = _mm256_abs_epi8(q1);
        for (int i = 0; i < n; ++i) {
            const int8_t* row = rows + static_cast<size_t>(i) * dim + at;
            const __m256i pair = _mm256_add_epi16(products(load32(row), q0, m0), products(load32(row + 32), q1, m1));
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(pair, ones));
        }
    }
    for (; at < dim; at += 16) {
        const __m256i q = load16(query + at), m = _mm256_abs_epi8(q);
        for (int i = 0; i < n; ++i) {
            const __m256i pair = products(load16(rows + static_cast<size_t>(i) * dim + at), q, m);
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(pair, ones));
        }
    }
    alignas(32) int32_t result[kGroupRows];
    _mm256_store_si256(reinterpret_cast<__m256i*>(result), sums(total));
    for (int i = 0; i < n; ++i) dots[i] = result[i];
}

struct Avx2Dots {
    struct Query {
        const int8_t* codes;
    };

    static void prepare(Query& query, const int8_t* codes, size_t) { query.codes = codes; }

    static SCRUBJAY_INLINE void block(const int8_t* rows, int n_rows, size_t dim, const Query& query, int32_t* dots) {
        for (; n_rows >= kGroupRows; n_rows -= kGroupRows, rows += kGroupRows * dim, dots += kGroupRows) {
            group(rows, kGroupRows, dim, query.codes, dots);
        }
        if (n_rows > 0) group(rows, n_rows, dim, query.codes, dots);
    }
};

} // namespace

const Kernels kAvx2 = {"avx2", cpu_has_avx2, scan_rows<Avx2Dots>, join_rows<Avx2Dots>};

} // namespace scrubjay
