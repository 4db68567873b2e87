// Kernels for AVX-512 with VNNI: `dpbusd` multiplies 64 bytes and adds them in 32 bits, in one instruction.
//
// It wants one side unsigned: the row's codes are shifted by 128 (an exclusive or), and 128 · Σq, known per query, is
// taken off the sum. Sixteen rows are multiplied side by side and their accumulators reduced together, because adding
// up one register on its own costs as much as a third of the multiplication.
#include <immintrin.h>

#include "cpu.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

SCRUBJAY_INLINE __m512i add_pairs_32(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
}

SCRUBJAY_INLINE __m512i add_pairs_64(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

// Within each 128-bit lane the sums of four accumulators, in the order 0, 2, 1, 3 undone by the second step.
SCRUBJAY_INLINE __m512i four(const __m512i* a) {
    return add_pairs_64(add_pairs_32(a[0], a[1]), add_pairs_32(a[2], a[3]));
}

// Adds up the four lanes of each of four registers; lane i of the result is register i.
SCRUBJAY_INLINE __m512i add_lanes(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i ab = _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
    const __m512i cd = _mm512_add_epi32(_mm512_shuffle_i32x4(c, d, 0x88), _mm512_shuffle_i32x4(c, d, 0xdd));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(ab, cd, 0x88), _mm512_shuffle_i32x4(ab, cd, 0xdd));
}

struct Avx512VnniDots {
    struct Query {
        const int8_t* codes;
        int32_t offset; // 128 · Σ codes
    };

    static void prepare(Query& query, const int8_t* codes, size_t dim) {
        int32_t sum = 0;
        for (size_t i = 0; i < dim; ++i) sum += codes[i];
        query.codes = codes;
        query.offset = 128 * sum;
    }

    static SCRUBJAY_INLINE void block(const int8_t* rows, int n_rows, size_t dim, const Query& query, int32_t* dots) {
        const __m512i shift = _mm512_set1_epi8(-128);
        __m512i total[kBlockRows];
        for (int i = 0; i < kBlockRows; ++i) total[i] = _mm512_setzero_si512();
        for (size_t at = 0; at < dim; at += 64) {
            // Lanes beyond dim are read as zeros of the query, so whatever the row has there counts nothing.
            const __mmask64 lanes = dim - at >= 64 ? ~0ull : (1ull << (dim - at)) - 1;
            const __m512i q = _mm512_maskz_loadu_epi8(lanes, query.codes + at);
            for (int i = 0; i < n_rows; ++i) {
                const int8_t* row = rows + static_cast<size_t>(i) * dim + at;
                const __m512i codes = _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, row), shift);
                total[i] = _mm512_dpbusd_epi32(total[i], codes, q);
            }
        }
        const __m512i result = add_lanes(four(total), four(total + 4), four(total + 8), four(total + 12));
        const __mmask16 mask = static_cast<__mmask16>((1u << n_rows) - 1);
        _mm512_mask_storeu_epi32(dots, mask, _mm512_sub_epi32(result, _mm512_set1_epi32(query.offset)));
    }
};

} // namespace

const Kernels kAvx512Vnni = {"avx512vnni", cpu_has_avx512vnni, scan_rows<Avx512VnniDots>, join_rows<Avx512VnniDots>};

} // namespace scrubjay
