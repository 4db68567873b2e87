// Kernels for AVX-512 with VNNI: `dpbusd` multiplies 64 bytes and adds them in 32 bits, in one instruction.
//
// It wants one side unsigned. Halves of bytes are; whole codes are shifted by 128 (an exclusive or), and 128 · Σq, known
// per query, is taken off the sum. Sixteen sums are reduced together, because adding up one register on its own costs as
// much as a third of the multiplication. One query is as fast as memory: it takes row after row, in the order in which
// the processor reads ahead, and asks for what comes 64 rows later (half or double that is no faster). Several queries are as fast as the multiplier: four
// by four rows and queries, so that a byte is read once for four products.
#include <immintrin.h>

#include "cpu.h"
#include "join_body.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

constexpr int kAccumulators = 16;
constexpr size_t kBytesAhead = 12 << 10;

SCRUBJAY_INLINE __m512i add_pairs_32(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
}

SCRUBJAY_INLINE __m512i add_pairs_64(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

// Within each 128-bit lane the sums of four accumulators, in their order.
SCRUBJAY_INLINE __m512i four(const __m512i* a) {
    return add_pairs_64(add_pairs_32(a[0], a[1]), add_pairs_32(a[2], a[3]));
}

// Adds up the four lanes of each of four registers; lane i of the result is register i.
SCRUBJAY_INLINE __m512i add_lanes(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i ab = _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
    const __m512i cd = _mm512_add_epi32(_mm512_shuffle_i32x4(c, d, 0x88), _mm512_shuffle_i32x4(c, d, 0xdd));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(ab, cd, 0x88), _mm512_shuffle_i32x4(ab, cd, 0xdd));
}

SCRUBJAY_INLINE __m512i sums(const __m512i* a) { return add_lanes(four(a), four(a + 4), four(a + 8), four(a + 12)); }

struct Avx512VnniDots {
    static constexpr int kTile = 4;

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

    // Accumulator q · R + r is row r with query q. Lanes outside the mask are zeros of the query and count nothing.
    template <int Q>
    static SCRUBJAY_INLINE void step(const int8_t* const* rows, const Query* queries, size_t at, __mmask64 lanes,
                                     __m512i* total) {
        constexpr int R = kAccumulators / Q;
        const __m512i shift = _mm512_set1_epi8(-128);
        __m512i query[Q];
        for (int q = 0; q < Q; ++q) query[q] = _mm512_maskz_loadu_epi8(lanes, queries[q].codes + at);
        for (int r = 0; r < R; ++r) {
            const __m512i row = _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, rows[r] + at), shift);
            for (int q = 0; q < Q; ++q) total[q * R + r] = _mm512_dpbusd_epi32(total[q * R + r], row, query[q]);
        }
    }

    static SCRUBJAY_INLINE __m512i add_nibbles(__m512i total, __m512i row, __m512i low, __m512i high) {
        const __m512i half = _mm512_set1_epi8(15);
        total = _mm512_dpbusd_epi32(total, _mm512_and_si512(row, half), low);
        return _mm512_dpbusd_epi32(total, _mm512_and_si512(_mm512_srli_epi16(row, 4), half), high);
    }

    template <bool Next>
    static SCRUBJAY_INLINE void nibbles(const uint8_t* const* rows, size_t width, const int8_t* query, int32_t* out) {
        const size_t whole = width / 64 * 64;
        const __mmask64 rest = (1ull << (width - whole)) - 1;
        const int8_t* const high = query + width;
        __m512i total[kAccumulators];
        for (int r = 0; r < kAccumulators; ++r) {
            __m512i sum = _mm512_setzero_si512();
            for (size_t at = 0; at < whole; at += 64) {
                if (Next) SCRUBJAY_PREFETCH(rows[r] + at + kBytesAhead);
                sum = add_nibbles(sum, _mm512_loadu_si512(rows[r] + at), _mm512_loadu_si512(query + at),
                                  _mm512_loadu_si512(high + at));
            }
            if (rest != 0) {
                sum = add_nibbles(sum, _mm512_maskz_loadu_epi8(rest, rows[r] + whole),
                                  _mm512_maskz_loadu_epi8(rest, query + whole),
                                  _mm512_maskz_loadu_epi8(rest, high + whole));
            }
            total[r] = sum;
        }
        _mm512_storeu_si512(out, sums(total));
    }

    template <int Q>
    static SCRUBJAY_INLINE __m512i products(const int8_t* const* rows, size_t dim, const Query* queries) {
        __m512i total[kAccumulators];
        for (int i = 0; i < kAccumulators; ++i) total[i] = _mm512_setzero_si512();
        size_t at = 0;
        for (; at + 64 <= dim; at += 64) step<Q>(rows, queries, at, ~0ull, total);
        if (at < dim) step<Q>(rows, queries, at, (1ull << (dim - at)) - 1, total);
        return sums(total);
    }

    // Sums as `products` orders them: one query of 16 rows, or in each lane of four a query of four rows.
    template <int Q>
    static SCRUBJAY_INLINE void store(__m512i sums, const Query* queries, int first, int32_t (*dots)[kBlockRows]) {
        if constexpr (Q == 1) {
            _mm512_storeu_si512(dots[0], _mm512_sub_epi32(sums, _mm512_set1_epi32(queries->offset)));
        } else {
            static_assert(Q == 4, "an index of a lane is a constant of the instruction");
            store_four(_mm512_extracti32x4_epi32(sums, 0), queries[0], dots[0] + first);
            store_four(_mm512_extracti32x4_epi32(sums, 1), queries[1], dots[1] + first);
            store_four(_mm512_extracti32x4_epi32(sums, 2), queries[2], dots[2] + first);
            store_four(_mm512_extracti32x4_epi32(sums, 3), queries[3], dots[3] + first);
        }
    }

    static SCRUBJAY_INLINE void store_four(__m128i sums, const Query& query, int32_t* dots) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(dots), _mm_sub_epi32(sums, _mm_set1_epi32(query.offset)));
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
            store<Q>(products<Q>(row, dim, queries), queries, first, dots);
        }
    }
};

} // namespace

extern const Kernels kAvx512Vnni;
const Kernels kAvx512Vnni = {"avx512vnni", cpu_has_avx512vnni, quantise_rows, encode_rows,
                             scan_rows<Avx512VnniDots>, rescore_rows, join_rows<Avx512VnniDots>};

} // namespace scrubjay
