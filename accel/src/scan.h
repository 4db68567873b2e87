// What all kernels share: the columns as raw pointers, and the operations that an instruction set provides.
//
// No Python here. Every kernel file is compiled with its own instruction set and must therefore not instantiate
// anything that another file could also instantiate (a template or inline function of the standard library compiled
// with AVX-512 may be the copy that the linker keeps for all): the shared code of *_body.h lives in an anonymous
// namespace and uses plain arrays, and what needs the library is behind `PairSink` or in search.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace scrubjay {

constexpr int kTiers = 16;     // the low four bits of a row's tags
constexpr int kMaxK = 64;      // hits per query of a search
constexpr int kRescored = 4;   // rows scored again per hit
constexpr int kBlockRows = 16; // rows whose sums are reduced together
constexpr int kMaxDim = 4096;

struct Columns {
    const uint8_t* coarse; // n_rows × dim / 2, see planes.h
    const uint8_t* fine;   // likewise
    const uint8_t* reach;
    const float* scale; // not negative
    const float* importance;
    const int32_t* last_use_s;
    const uint32_t* tags;
    const uint32_t* owner;
    const int32_t* created_s; // null unless the filter is by time
    size_t n_rows;
    size_t dim; // a multiple of 32, at most kMaxDim
};

struct Filter {
    uint32_t any_bits; // 0: no condition
    uint32_t no_bits;
    int64_t owner;       // −1: no condition
    const uint8_t* mask; // null: no condition
    uint32_t all_bits;
    uint32_t tiers; // bit t for tier t
    int32_t created_from_s, created_until_s;
};

struct Weights {
    float importance;
    float recency;
    int32_t now_s;
    float rates[kTiers]; // 1 / half-life in seconds, 0 for no decay
};

struct Queries {
    const int8_t* codes;  // n × dim, −63…63
    const float* scales;  // not negative
    size_t n;
    int k; // 1…kMaxK · kRescored
};

// Hits of one query; `n` of at most `k` are taken.
struct Hits {
    int32_t* rows;
    float* scores;
    float* similarities;
    int k;
};

// One query of a second look at rows that a scan found.
struct Rescore {
    const float* vectors; // n_rows × dim, of the columns
    const float* query;   // dim
    float query_scale;    // 0: the query has no direction
    const int32_t* rows;  // ascending
    int n_rows;
};

// Takes the pairs of a self-join. They come in bands of rows, unordered within a band; `end_band` returns false when
// no more bands are wanted.
struct PairSink {
    void* context;
    void (*take)(void* context, int32_t first, int32_t second, float similarity);
    bool (*end_band)(void* context);
};

// One set of kernels. Results are those of accel/reference.py, to the last bit.
struct Kernels {
    const char* name;
    bool (*supported)(); // by this processor and operating system
    // vectors: n × dim; codes likewise, scales: n.
    void (*quantise)(const float* vectors, size_t n, size_t dim, int8_t* codes, float* scales);
    // coarse, fine: n × dim / 2; reach, scales: n.
    void (*encode)(const float* vectors, size_t n, size_t dim, uint8_t* coarse, uint8_t* fine, uint8_t* reach,
                   float* scales);
    // rows, scores: n_queries × k; −1 and −infinity where there are fewer.
    void (*scan)(const Columns&, const Filter&, const Weights&, const Queries&, int32_t* rows, float* scores);
    void (*rescore)(const Columns&, const Weights&, const Rescore&, const Hits&);
    // vectors: n_rows × dim, or null to go by the codes alone.
    void (*self_join)(const Columns&, const Filter&, float threshold, const float* vectors, const PairSink&);
};

} // namespace scrubjay
