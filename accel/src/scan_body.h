// The scan, written once; an instruction set adds only how 16 rows are multiplied with a few queries.
//
// Rows go by in blocks of 16. The filter comes first: a block of which no row passes costs no dot product. One query is
// as fast as memory: it goes over the coarse plane alone (see scan_one.h). Several are as fast as the multiplier: the
// codes of a block are put together once and stay in the first-level cache while all queries of the call use them.
//
// `Dots` provides, besides `kTile`, the number of queries that it multiplies side by side:
//   struct Query                                                      prepared once per query
//   void prepare(Query&, const int8_t* codes, size_t dim)
//   void block<Q>(const int8_t* rows, int n_rows, size_t dim, const Query* queries, int32_t (*dots)[kBlockRows])
// for Q = 1 and Q = kTile and 1 to 16 rows. Products of rows beyond n_rows may hold anything; no byte there is read.
#pragma once

#include "scan_one.h"

namespace scrubjay {
namespace {

constexpr size_t kQueriesPerPass = 64;

// Scores of a block; a row that does not pass gets −infinity. Returns whether any may enter the top-k.
SCRUBJAY_INLINE bool score(const Columns& c, size_t base, int n, const int32_t* dots, float query_scale,
                           const float* boost, const uint32_t* pass, float threshold, float* scores) {
    uint32_t better = 0;
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
        const float similarity = static_cast<float>(dots[i]) * (query_scale * c.scale[base + i]);
        const float total = similarity + boost[i];
        scores[i] = pass[i] ? total : kNone;
        better |= scores[i] > threshold ? 1u : 0u; // false for NaN
    }
    return better != 0;
}

// The rows of a block that take part and what is added to their similarity: the same for all queries.
struct Block {
    size_t base;
    int n;
    uint32_t pass[kBlockRows];
    float boost[kBlockRows];
    int8_t codes[kBlockRows * kMaxDim];
};

template <class Dots, int Q>
SCRUBJAY_INLINE void scan_queries(const Columns& c, const Block& block, const typename Dots::Query* queries,
                                  const float* query_scales, TopK* best) {
    int32_t dots[Q][kBlockRows];
    float scores[kBlockRows];
    Dots::template block<Q>(block.codes, block.n, c.dim, queries, dots);
    for (int q = 0; q < Q; ++q) {
        if (!score(c, block.base, block.n, dots[q], query_scales[q], block.boost, block.pass, best[q].threshold(),
                   scores)) {
            continue;
        }
        for (int i = 0; i < block.n; ++i) {
            if (scores[i] > best[q].threshold()) best[q].push(scores[i], static_cast<int32_t>(block.base + i));
        }
    }
}

template <class Dots>
SCRUBJAY_INLINE void scan_block(const Columns& c, const Filter& f, const Weights& w, const Queries& q,
                                const typename Dots::Query* prepared, size_t base, int n, TopK* best) {
    Block block;
    block.base = base;
    block.n = n;
    if (!passing(c, f, base, n, block.pass)) return;
    boosts(c, w, base, n, block.boost);
    unpack_rows(c, base, static_cast<size_t>(n), block.codes);
    size_t i = 0;
    for (; i + Dots::kTile <= q.n; i += Dots::kTile) {
        scan_queries<Dots, Dots::kTile>(c, block, prepared + i, q.scales + i, best + i);
    }
    for (; i < q.n; ++i) scan_queries<Dots, 1>(c, block, prepared + i, q.scales + i, best + i);
}

template <class Dots>
void scan_pass(const Columns& c, const Filter& f, const Weights& w, const Queries& q, int32_t* rows, float* scores) {
    typename Dots::Query prepared[kQueriesPerPass];
    TopK best[kQueriesPerPass];
    for (size_t i = 0; i < q.n; ++i) {
        Dots::prepare(prepared[i], q.codes + i * c.dim, c.dim);
        best[i] = {scores + i * static_cast<size_t>(q.k), rows + i * static_cast<size_t>(q.k), q.k, 0};
    }
    size_t base = 0;
    for (; base + kBlockRows <= c.n_rows; base += kBlockRows) {
        scan_block<Dots>(c, f, w, q, prepared, base, kBlockRows, best);
    }
    if (base < c.n_rows) scan_block<Dots>(c, f, w, q, prepared, base, static_cast<int>(c.n_rows - base), best);
    for (size_t i = 0; i < q.n; ++i) best[i].fill_up();
}

template <class Dots>
void scan_rows(const Columns& c, const Filter& f, const Weights& w, const Queries& q, int32_t* rows, float* scores) {
    if (q.n == 1) return scan_one<Dots>(c, f, w, q, rows, scores);
    for (size_t first = 0; first < q.n; first += kQueriesPerPass) {
        const size_t n = q.n - first < kQueriesPerPass ? q.n - first : kQueriesPerPass;
        const Queries part{q.codes + first * c.dim, q.scales + first, n, q.k};
        const size_t at = first * static_cast<size_t>(q.k);
        scan_pass<Dots>(c, f, w, part, rows + at, scores + at);
    }
}

// The second look: few rows, each somewhere else in a large file, so the next ones are fetched while one is added up.
void rescore_rows(const Columns& c, const Weights& w, const Rescore& again, const Hits& hits) {
    constexpr int kAhead = 4;
    TopK best{hits.scores, hits.rows, hits.k, 0};
    for (int i = 0; i < again.n_rows; ++i) {
        if (i + kAhead < again.n_rows) {
            const float* next = again.vectors + static_cast<size_t>(again.rows[i + kAhead]) * c.dim;
            for (size_t at = 0; at < c.dim; at += 16) SCRUBJAY_PREFETCH(next + at);
        }
        const size_t row = static_cast<size_t>(again.rows[i]);
        const bool directed = c.scale[row] != 0.0f && again.query_scale != 0.0f;
        const float similarity = directed ? exact_dot(again.vectors + row * c.dim, again.query, c.dim) : 0.0f;
        float boost;
        boosts(c, w, row, 1, &boost);
        const float total = similarity + boost;
        if (!(total > best.threshold())) continue;
        const int before = best.n, place = best.push(total, again.rows[i]);
        const int moved = (before < hits.k ? before : hits.k - 1) - place;
        std::memmove(hits.similarities + place + 1, hits.similarities + place,
                     static_cast<size_t>(moved) * sizeof *hits.similarities);
        hits.similarities[place] = similarity;
    }
    for (int i = best.n; i < hits.k; ++i) hits.similarities[i] = 0.0f;
    best.fill_up();
}

} // namespace
} // namespace scrubjay
