// The scan for one query: the coarse plane of all rows, the fine plane of those that it does not rule out.
//
// A row is ruled out when its score could not pass the worst of the best k whatever its fine parts are; see planes.h.
// The others wait, in their order, until sixteen are together: by then their fine parts, which lie anywhere, have been
// fetched. Sums and products of float32 are monotone, so a bound that is above the product gives one above the score,
// and what is found is what a scan of whole codes finds, to the last bit.
//
// `Dots` provides
//   void nibbles<Next>(const uint8_t* const* rows, size_t width, const int8_t* query, int32_t* sums)
// the products of 16 rows of a plane with a query of 2 · width codes; Next says that the rows lie one behind the other
// and more of them follow, so that they may be fetched. No byte beyond a row is read.
#pragma once

#include "planes.h"

namespace scrubjay {
namespace {

// Added to the bound, in products of codes: more than float32 can round off numbers below 2^25.
constexpr float kSlack = 8.0f;

struct OneQuery {
    const int8_t* codes;
    float scale;
    int32_t offset; // what the products of both planes are short of: 64 · Σ codes
    float middle;   // the product with fine parts of 3.5, and the slack
    float norm;     // rounded up

    OneQuery(const int8_t* all, float its_scale, size_t dim) : codes(all), scale(its_scale) {
        int32_t sum = 0, square = 0;
        for (size_t i = 0; i < dim; ++i) {
            sum += codes[i];
            square += static_cast<int32_t>(codes[i]) * codes[i];
        }
        offset = kCodeOffset * sum;
        middle = 3.5f * static_cast<float>(sum) + kSlack;
        norm = static_cast<float>(root_above(square));
    }
};

// Rows whose fine parts decide. `n` of at most 16.
struct Waiting {
    int n;
    size_t rows[kBlockRows];
    int32_t coarse[kBlockRows]; // their product so far
    float boost[kBlockRows];
};

template <class Dots>
SCRUBJAY_INLINE void decide(const Columns& c, const OneQuery& query, Waiting& waiting, TopK& best) {
    const size_t width = c.dim / 2;
    const uint8_t* fine[kBlockRows];
    int32_t sums[kBlockRows];
    for (int i = 0; i < kBlockRows; ++i) { // beyond the end the last row again
        fine[i] = c.fine + waiting.rows[i < waiting.n ? i : waiting.n - 1] * width;
    }
    Dots::template nibbles<false>(fine, width, query.codes, sums);
    for (int i = 0; i < waiting.n; ++i) {
        const float scale = query.scale * c.scale[waiting.rows[i]];
        const float similarity = static_cast<float>(waiting.coarse[i] + sums[i]) * scale;
        const float total = similarity + waiting.boost[i];
        if (total > best.threshold()) best.push(total, static_cast<int32_t>(waiting.rows[i]));
    }
    waiting.n = 0;
}

// Sets keep[i] for the rows of a block that could be among the best; returns 0 if there is none.
SCRUBJAY_INLINE uint32_t within_reach(const Columns& c, const OneQuery& query, size_t base, int n,
                                      const int32_t* coarse, const float* boost, const uint32_t* pass,
                                      float threshold, uint32_t* keep) {
    uint32_t any = 0;
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
        const float above = query.middle + query.norm * static_cast<float>(c.reach[base + i]);
        const float product = static_cast<float>(coarse[i]) + above;
        const float total = product * (query.scale * c.scale[base + i]) + boost[i];
        keep[i] = total > threshold ? pass[i] : 0u; // false for NaN
        any |= keep[i];
    }
    return any;
}

template <class Dots>
SCRUBJAY_INLINE void coarse_products(const Columns& c, const OneQuery& query, size_t base, int n, int32_t* coarse) {
    const size_t width = c.dim / 2;
    const uint8_t* rows[kBlockRows];
    for (int i = 0; i < kBlockRows; ++i) {
        rows[i] = c.coarse + (base + static_cast<size_t>(i < n ? i : n - 1)) * width;
    }
    Dots::template nibbles<true>(rows, width, query.codes, coarse);
    SCRUBJAY_LANES for (int i = 0; i < kBlockRows; ++i) coarse[i] = coarse[i] * (1 << kFineBits) - query.offset;
}

template <class Dots>
SCRUBJAY_INLINE void scan_coarse(const Columns& c, const Filter& f, const Weights& w, const OneQuery& query,
                                 size_t base, int n, Waiting& waiting, TopK& best) {
    uint32_t pass[kBlockRows], keep[kBlockRows];
    float boost[kBlockRows];
    int32_t coarse[kBlockRows];
    if (!passing(c, f, base, n, pass)) return;
    boosts(c, w, base, n, boost);
    coarse_products<Dots>(c, query, base, n, coarse);
    if (!within_reach(c, query, base, n, coarse, boost, pass, best.threshold(), keep)) return;
    for (int i = 0; i < n; ++i) {
        if (!keep[i]) continue;
        const size_t row = base + static_cast<size_t>(i);
        for (size_t at = 0; at < c.dim / 2; at += 64) SCRUBJAY_PREFETCH(c.fine + row * (c.dim / 2) + at);
        waiting.rows[waiting.n] = row;
        waiting.coarse[waiting.n] = coarse[i];
        waiting.boost[waiting.n++] = boost[i];
        if (waiting.n == kBlockRows) decide<Dots>(c, query, waiting, best);
    }
}

template <class Dots>
void scan_one(const Columns& c, const Filter& f, const Weights& w, const Queries& q, int32_t* rows, float* scores) {
    const OneQuery query(q.codes, q.scales[0], c.dim);
    TopK best{scores, rows, q.k, 0};
    Waiting waiting;
    waiting.n = 0;
    size_t base = 0;
    for (; base + kBlockRows <= c.n_rows; base += kBlockRows) {
        scan_coarse<Dots>(c, f, w, query, base, kBlockRows, waiting, best);
    }
    if (base < c.n_rows) scan_coarse<Dots>(c, f, w, query, base, static_cast<int>(c.n_rows - base), waiting, best);
    if (waiting.n > 0) decide<Dots>(c, query, waiting, best);
    best.fill_up();
}

} // namespace
} // namespace scrubjay
