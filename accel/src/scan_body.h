// The scan and the self-join, written once; an instruction set adds only how 16 rows are multiplied with a query.
//
// Rows go by in blocks of 16 that stay in the first-level cache while all queries of the call use them. The filter
// comes first: a block of which no row passes costs no dot product. Scores of a block are plain loops over 16 floats,
// which the compiler turns into vector instructions; they must not be contracted to fused multiply-adds (the build
// passes -ffp-contract=off), or the last bit would differ from the reference.
//
// `Dots` provides: struct Query (prepared once per query), `void prepare(Query&, const int8_t*, size_t dim)` and
// `void block(const int8_t* rows, int n_rows, size_t dim, const Query&, int32_t* dots)` for 1 to 16 rows.
#pragma once

#include <cstring>
#include <limits>

#include "scan.h"

#if defined(_MSC_VER)
#define SCRUBJAY_INLINE __forceinline
#define SCRUBJAY_PREFETCH(address) ((void)(address))
#else
#define SCRUBJAY_INLINE inline __attribute__((always_inline))
#define SCRUBJAY_PREFETCH(address) __builtin_prefetch(address)
#endif

namespace scrubjay {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();
constexpr float kOldest = -100.0f; // exponent of the smallest decay; see the reference
constexpr size_t kQueriesPerPass = 8;
constexpr size_t kBandRows = 128; // rows of one side of a self-join: a multiple of 16 that stays in the second-level cache

// The k best so far, best first. k is small: insertion into a sorted array beats a heap.
struct TopK {
    int k;
    int n;
    float scores[kMaxK];
    int32_t rows[kMaxK];

    float threshold() const { return n < k ? kNone : scores[k - 1]; }

    void push(float score, int32_t row) {
        int at = n < k ? n++ : k - 1;
        for (; at > 0 && scores[at - 1] < score; --at) {
            scores[at] = scores[at - 1];
            rows[at] = rows[at - 1];
        }
        scores[at] = score;
        rows[at] = row;
    }
};

// Sets pass[i] to all ones for the rows of the block that take part; returns 0 if none does.
SCRUBJAY_INLINE uint32_t passing(const Columns& c, const Filter& f, size_t base, int n, uint32_t* pass) {
    uint32_t any = 0;
    for (int i = 0; i < n; ++i) {
        const uint32_t tags = c.tags[base + i];
        const uint32_t wanted = (f.any_bits == 0) | ((tags & f.any_bits) != 0);
        const uint32_t unwanted = (tags & f.no_bits) != 0;
        pass[i] = 0u - (wanted & (unwanted ^ 1u));
        any |= pass[i];
    }
    if (f.owner >= 0) {
        const uint32_t owner = static_cast<uint32_t>(f.owner);
        any = 0;
        for (int i = 0; i < n; ++i) {
            const uint32_t theirs = c.owner[base + i];
            pass[i] &= 0u - static_cast<uint32_t>((theirs == 0) | (theirs == owner));
            any |= pass[i];
        }
    }
    if (f.mask != nullptr) {
        any = 0;
        for (int i = 0; i < n; ++i) {
            pass[i] &= 0u - static_cast<uint32_t>(f.mask[base + i] != 0);
            any |= pass[i];
        }
    }
    return any;
}

// 2^(−age · rate); the polynomial of accel/reference.py.
SCRUBJAY_INLINE float decay(int32_t age_s, float rate) {
    float y = -(static_cast<float>(age_s) * rate);
    y = y > kOldest ? y : kOldest;
    const int32_t whole = static_cast<int32_t>(y);
    const float fraction = y - static_cast<float>(whole);
    float power = 0.0009435108513571322f;
    power = power * fraction + 0.009202176705002785f;
    power = power * fraction + 0.05529404059052467f;
    power = power * fraction + 0.2401788979768753f;
    power = power * fraction + 0.6931435465812683f;
    power = power * fraction + 1.0f;
    const int32_t bits = (whole + 127) << 23;
    float scale;
    std::memcpy(&scale, &bits, sizeof scale);
    return power * scale;
}

SCRUBJAY_INLINE void boosts(const Columns& c, const Weights& w, size_t base, int n, float* boost) {
    for (int i = 0; i < n; ++i) boost[i] = 0.0f;
    if (w.importance != 0.0f) {
        for (int i = 0; i < n; ++i) boost[i] += w.importance * c.importance[base + i];
    }
    if (w.recency != 0.0f) {
        for (int i = 0; i < n; ++i) {
            // Unsigned, because a difference beyond 32 bits wraps, here as in the reference.
            const int32_t age = static_cast<int32_t>(static_cast<uint32_t>(w.now_s) -
                                                     static_cast<uint32_t>(c.last_use_s[base + i]));
            boost[i] += w.recency * decay(age > 0 ? age : 0, w.rates[c.tags[base + i] & (kTiers - 1)]);
        }
    }
}

// Scores of a block; a row that does not pass gets −infinity. Returns whether any may enter the top-k.
SCRUBJAY_INLINE bool score(const Columns& c, size_t base, int n, const int32_t* dots, float query_scale,
                           const float* boost, const uint32_t* pass, float threshold, float* scores) {
    uint32_t better = 0;
    for (int i = 0; i < n; ++i) {
        const float similarity = static_cast<float>(dots[i]) * (query_scale * c.scale[base + i]);
        const float total = similarity + boost[i];
        scores[i] = pass[i] ? total : kNone;
        better |= scores[i] > threshold ? 1u : 0u; // false for NaN
    }
    return better != 0;
}

template <class Dots>
SCRUBJAY_INLINE void scan_block(const Columns& c, const Filter& f, const Weights& w, const Queries& q,
                                const typename Dots::Query* prepared, size_t base, int n, TopK* best) {
    uint32_t pass[kBlockRows];
    float boost[kBlockRows], scores[kBlockRows];
    int32_t dots[kBlockRows];
    if (!passing(c, f, base, n, pass)) return;
    boosts(c, w, base, n, boost);
    // Rows are read sixteen at a time side by side, which the processor does not recognise as one stream.
    const int8_t* ahead = c.codes + (base + 2 * kBlockRows) * c.dim;
    for (size_t at = 0; at < kBlockRows * c.dim; at += 64) SCRUBJAY_PREFETCH(ahead + at);
    for (size_t i = 0; i < q.n; ++i) {
        Dots::block(c.codes + base * c.dim, n, c.dim, prepared[i], dots);
        if (!score(c, base, n, dots, q.scales[i], boost, pass, best[i].threshold(), scores)) continue;
        for (int j = 0; j < n; ++j) {
            if (scores[j] > best[i].threshold()) best[i].push(scores[j], static_cast<int32_t>(base + j));
        }
    }
}

template <class Dots>
void scan_pass(const Columns& c, const Filter& f, const Weights& w, const Queries& q, int32_t* rows, float* scores) {
    typename Dots::Query prepared[kQueriesPerPass];
    TopK best[kQueriesPerPass];
    for (size_t i = 0; i < q.n; ++i) {
        Dots::prepare(prepared[i], q.codes + i * c.dim, c.dim);
        best[i].k = q.k;
        best[i].n = 0;
    }
    size_t base = 0;
    for (; base + kBlockRows <= c.n_rows; base += kBlockRows) {
        scan_block<Dots>(c, f, w, q, prepared, base, kBlockRows, best);
    }
    if (base < c.n_rows) scan_block<Dots>(c, f, w, q, prepared, base, static_cast<int>(c.n_rows - base), best);
    for (size_t i = 0; i < q.n; ++i) {
        for (int j = 0; j < q.k; ++j) {
            rows[i * q.k + j] = j < best[i].n ? best[i].rows[j] : -1;
            scores[i * q.k + j] = j < best[i].n ? best[i].scores[j] : kNone;
        }
    }
}

template <class Dots>
void scan_rows(const Columns& c, const Filter& f, const Weights& w, const Queries& q, int32_t* rows, float* scores) {
    for (size_t first = 0; first < q.n; first += kQueriesPerPass) {
        const size_t n = q.n - first < kQueriesPerPass ? q.n - first : kQueriesPerPass;
        const Queries part{q.codes + first * c.dim, q.scales + first, n, q.k};
        scan_pass<Dots>(c, f, w, part, rows + first * q.k, scores + first * q.k);
    }
}

// Pairs (first, second) for one row `first` against the rows of one block.
template <class Dots>
SCRUBJAY_INLINE void join_block(const Columns& c, size_t first, float threshold, const typename Dots::Query& query,
                                size_t base, int n, const uint32_t* pass, const PairSink& sink) {
    int32_t dots[kBlockRows];
    float similar[kBlockRows];
    uint32_t any = 0;
    Dots::block(c.codes + base * c.dim, n, c.dim, query, dots);
    for (int i = 0; i < n; ++i) {
        similar[i] = static_cast<float>(dots[i]) * (c.scale[first] * c.scale[base + i]);
        any |= similar[i] >= threshold ? pass[i] : 0u;
    }
    if (!any) return;
    for (int i = 0; i < n; ++i) {
        if (!pass[i] || base + i <= first || !(similar[i] >= threshold)) continue;
        sink.take(sink.context, static_cast<int32_t>(first), static_cast<int32_t>(base + i), similar[i]);
    }
}

// One band: the rows [first, last) as queries against all rows from the band on.
template <class Dots>
void join_band(const Columns& c, const Filter& f, float threshold, size_t first, size_t last, const PairSink& sink) {
    typename Dots::Query prepared[kBandRows];
    uint32_t takes_part[kBandRows];
    for (size_t i = first; i < last; ++i) {
        Dots::prepare(prepared[i - first], c.codes + i * c.dim, c.dim);
        passing(c, f, i, 1, takes_part + (i - first));
    }
    for (size_t base = first; base < c.n_rows; base += kBlockRows) {
        uint32_t pass[kBlockRows];
        const int n = static_cast<int>(c.n_rows - base < kBlockRows ? c.n_rows - base : kBlockRows);
        if (!passing(c, f, base, n, pass)) continue;
        for (size_t i = first; i < last && i < base + n; ++i) {
            if (takes_part[i - first]) join_block<Dots>(c, i, threshold, prepared[i - first], base, n, pass, sink);
        }
    }
}

template <class Dots>
void join_rows(const Columns& c, const Filter& f, float threshold, const PairSink& sink) {
    for (size_t first = 0; first < c.n_rows; first += kBandRows) {
        const size_t last = first + kBandRows < c.n_rows ? first + kBandRows : c.n_rows;
        join_band<Dots>(c, f, threshold, first, last, sink);
        if (!sink.end_band(sink.context)) return;
    }
}

} // namespace
} // namespace scrubjay
