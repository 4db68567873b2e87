// The self-join, written once: bands of rows as queries against all rows from the band on.
//
// A band stays in the second-level cache while blocks of 16 rows go by; both are put together from their planes, once
// for all the products that they take part in. Codes leave a pair in question when they come
// within a margin of the threshold; then the float32 vectors decide. See `scan_body.h` for `Dots`.
#pragma once

#include "planes.h"

namespace scrubjay {
namespace {

constexpr size_t kBandRows = 128;      // a multiple of 16
constexpr size_t kBandBytes = 64 << 10; // of its codes: fewer rows where they are long
constexpr float kJoinMargin = 1.5f;  // see accel/reference.py

struct Join {
    const Columns& columns;
    const Filter& filter;
    float threshold;
    const float* vectors; // or null
    const PairSink& sink;
};

// The rows of a band that take part, ascending.
template <class Dots> struct Band {
    typename Dots::Query queries[kBandRows];
    size_t rows[kBandRows];
    size_t n;
    int8_t codes[kBandBytes];
};

SCRUBJAY_INLINE void take_pair(const Join& join, size_t first, size_t second, float similar) {
    const Columns& c = join.columns;
    if (join.vectors != nullptr) {
        const bool directed = c.scale[first] != 0.0f && c.scale[second] != 0.0f;
        similar = directed ? exact_dot(join.vectors + first * c.dim, join.vectors + second * c.dim, c.dim) : 0.0f;
        if (!(similar >= join.threshold)) return;
    }
    join.sink.take(join.sink.context, static_cast<int32_t>(first), static_cast<int32_t>(second), similar);
}

// Pairs of one row of the band with the rows of one block.
SCRUBJAY_INLINE void join_block(const Join& join, size_t first, size_t base, int n, const uint32_t* pass,
                                const int32_t* dots) {
    const Columns& c = join.columns;
    const float scale = c.scale[first];
    float similar[kBlockRows], reach[kBlockRows];
    uint32_t near[kBlockRows], any = 0;
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
        reach[i] = similar[i] = static_cast<float>(dots[i]) * (scale * c.scale[base + i]);
    }
    if (join.vectors != nullptr) {
        SCRUBJAY_LANES for (int i = 0; i < n; ++i) reach[i] += kJoinMargin * (scale + c.scale[base + i]);
    }
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
        near[i] = reach[i] >= join.threshold ? pass[i] : 0u;
        any |= near[i];
    }
    if (!any) return;
    for (int i = 0; i < n; ++i) {
        if (near[i] && base + i > first) take_pair(join, first, base + i, similar[i]);
    }
}

template <class Dots, int Q>
SCRUBJAY_INLINE void join_queries(const Join& join, const Band<Dots>& band, size_t at, size_t base, int n,
                                  const int8_t* codes, const uint32_t* pass) {
    int32_t dots[Q][kBlockRows];
    Dots::template block<Q>(codes, n, join.columns.dim, band.queries + at, dots);
    for (int q = 0; q < Q; ++q) join_block(join, band.rows[at + q], base, n, pass, dots[q]);
}

template <class Dots> SCRUBJAY_INLINE void join_band(const Join& join, const Band<Dots>& band, size_t base, int n) {
    uint32_t pass[kBlockRows];
    if (!passing(join.columns, join.filter, base, n, pass)) return;
    int8_t codes[kBlockRows * kMaxDim];
    unpack_rows(join.columns, base, static_cast<size_t>(n), codes);
    size_t i = 0;
    for (; i + Dots::kTile <= band.n && band.rows[i] < base + n; i += Dots::kTile) {
        join_queries<Dots, Dots::kTile>(join, band, i, base, n, codes, pass);
    }
    for (; i < band.n && band.rows[i] < base + n; ++i) join_queries<Dots, 1>(join, band, i, base, n, codes, pass);
}

template <class Dots> void fill_band(const Join& join, size_t first, size_t last, Band<Dots>& band) {
    const Columns& c = join.columns;
    band.n = 0;
    for (size_t row = first; row < last; ++row) {
        uint32_t pass;
        if (!passing(c, join.filter, row, 1, &pass)) continue;
        int8_t* const codes = band.codes + band.n * c.dim;
        unpack_rows(c, row, 1, codes);
        Dots::prepare(band.queries[band.n], codes, c.dim);
        band.rows[band.n++] = row;
    }
}

template <class Dots>
void join_rows(const Columns& c, const Filter& f, float threshold, const float* vectors, const PairSink& sink) {
    const Join join{c, f, threshold, vectors, sink};
    Band<Dots> band;
    const size_t fitting = kBandBytes / c.dim / kBlockRows * kBlockRows, n = fitting < kBandRows ? fitting : kBandRows;
    for (size_t first = 0; first < c.n_rows; first += n) {
        fill_band(join, first, first + n < c.n_rows ? first + n : c.n_rows, band);
        size_t base = first;
        for (; base + kBlockRows <= c.n_rows; base += kBlockRows) join_band<Dots>(join, band, base, kBlockRows);
        if (base < c.n_rows) join_band<Dots>(join, band, base, static_cast<int>(c.n_rows - base));
        if (!sink.end_band(sink.context)) return;
    }
}

} // namespace
} // namespace scrubjay
