// What all kernels share: the columns as raw pointers, and the operations that an instruction set provides.
//
// No Python here. Every kernel file is compiled with its own instruction set and must therefore not instantiate
// anything that another file could also instantiate (a template or inline function of the standard library compiled
// with AVX-512 may be the copy that the linker keeps for all): the shared code of scan_body.h lives in an anonymous
// namespace and uses plain arrays, and what needs the library is behind `PairSink`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace scrubjay {

constexpr int kTiers = 16;     // the low four bits of a row's tags
constexpr int kMaxK = 64;      // hits kept per query
constexpr int kBlockRows = 16; // rows whose sums are reduced together
constexpr int kMaxDim = 4096;

struct Columns {
    const int8_t* codes; // n_rows × dim, −63…63
    const float* scale;
    const float* importance;
    const int32_t* last_use_s;
    const uint32_t* tags;
    const uint32_t* owner;
    size_t n_rows;
    size_t dim; // a multiple of 16, at most kMaxDim
};

struct Filter {
    uint32_t any_bits; // 0: no condition
    uint32_t no_bits;
    int64_t owner;       // −1: no condition
    const uint8_t* mask; // null: no condition
};

struct Weights {
    float importance;
    float recency;
    int32_t now_s;
    float rates[kTiers]; // 1 / half-life in seconds, 0 for no decay
};

struct Queries {
    const int8_t* codes; // n × dim
    const float* scales;
    size_t n;
    int k; // 1…kMaxK
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
    // rows, scores: n_queries × k; −1 and −infinity where there are fewer.
    void (*scan)(const Columns&, const Filter&, const Weights&, const Queries&, int32_t* rows, float* scores);
    void (*self_join)(const Columns&, const Filter&, float threshold, const PairSink&);
};

extern const Kernels kPortable;
#if defined(SCRUBJAY_X86)
extern const Kernels kAvx2;
extern const Kernels kAvx512Vnni;
#endif

} // namespace scrubjay
