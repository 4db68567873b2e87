// What the shared code of all kernels is made of: the filter, the weights, the k best, exact products.
//
// Included by each kernel file and compiled for its instruction set. Loops go over the 16 rows of a block or the 16
// lanes of a product, which the compiler turns into vector instructions; they must not be contracted to fused
// multiply-adds (the build passes -ffp-contract=off), or the last bit would differ from the reference.
#pragma once

#include <cstring>
#include <limits>

#include "scan.h"

// Before a loop over the rows of a block: leave it a loop. Unrolled first, as compilers like to do with sixteen turns,
// it is put together again as scalar instructions.
#if defined(__clang__)
#define SCRUBJAY_LANES _Pragma("clang loop unroll(disable)")
#elif defined(__GNUC__)
#define SCRUBJAY_LANES _Pragma("GCC unroll 1")
#else
#define SCRUBJAY_LANES
#endif

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
constexpr int kLanes = 16;         // of an exact product
constexpr int kMaxCode = 63;
constexpr float kSmallestMaximum = 1e-30f; // of a row that has a direction

// The k best so far, best first, in the caller's arrays. k is small: insertion into a sorted array beats a heap.
struct TopK {
    float* scores;
    int32_t* rows;
    int k;
    int n;

    float threshold() const { return n < k ? kNone : scores[k - 1]; }

    // Only for a score above the threshold. Returns its place.
    int push(float score, int32_t row) {
        int low = 0, high = n < k ? n++ : k - 1;
        const int last = high;
        while (low < high) { // behind its equals, which came before it
            const int middle = (low + high) / 2;
            if (scores[middle] >= score) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        std::memmove(scores + low + 1, scores + low, static_cast<size_t>(last - low) * sizeof *scores);
        std::memmove(rows + low + 1, rows + low, static_cast<size_t>(last - low) * sizeof *rows);
        scores[low] = score;
        rows[low] = row;
        return low;
    }

    void fill_up() {
        for (int i = n; i < k; ++i) {
            scores[i] = kNone;
            rows[i] = -1;
        }
    }
};

SCRUBJAY_INLINE uint32_t all_ones_if(bool condition) { return 0u - static_cast<uint32_t>(condition); }

// Sets pass[i] to all ones for the rows of the block that take part; returns 0 if none does.
SCRUBJAY_INLINE uint32_t passing(const Columns& c, const Filter& f, size_t base, int n, uint32_t* pass) {
    const uint32_t any_bits = f.any_bits == 0 ? ~0u : f.any_bits;
    const uint32_t no_condition = f.any_bits == 0 ? 1u : 0u;
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
        const uint32_t tags = c.tags[base + i];
        const uint32_t has_any = ((tags & any_bits) | no_condition) != 0;
        const uint32_t has_all = ((~tags & f.all_bits) | (tags & f.no_bits)) == 0;
        pass[i] = 0u - (has_any & has_all & (f.tiers >> (tags & (kTiers - 1))));
    }
    if (f.owner >= 0) {
        const uint32_t owner = static_cast<uint32_t>(f.owner);
        SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
            const uint32_t theirs = c.owner[base + i];
            pass[i] &= all_ones_if((theirs == 0) | (theirs == owner));
        }
    }
    if (c.created_s != nullptr) {
        SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
            const int32_t created_s = c.created_s[base + i];
            pass[i] &= all_ones_if((created_s >= f.created_from_s) & (created_s <= f.created_until_s));
        }
    }
    if (f.mask != nullptr) {
        SCRUBJAY_LANES for (int i = 0; i < n; ++i) pass[i] &= all_ones_if(f.mask[base + i] != 0);
    }
    uint32_t any = 0;
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) any |= pass[i];
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
    SCRUBJAY_LANES for (int i = 0; i < n; ++i) boost[i] = 0.0f;
    if (w.importance != 0.0f) {
        SCRUBJAY_LANES for (int i = 0; i < n; ++i) boost[i] += w.importance * c.importance[base + i];
    }
    if (w.recency != 0.0f) {
        SCRUBJAY_LANES for (int i = 0; i < n; ++i) {
            // Unsigned, because a difference beyond 32 bits wraps, here as in the reference.
            const int32_t age =
                static_cast<int32_t>(static_cast<uint32_t>(w.now_s) - static_cast<uint32_t>(c.last_use_s[base + i]));
            boost[i] += w.recency * decay(age > 0 ? age : 0, w.rates[c.tags[base + i] & (kTiers - 1)]);
        }
    }
}

// The product of two float32 vectors, added up in the order of the reference.
SCRUBJAY_INLINE float exact_dot(const float* a, const float* b, size_t dim) {
    float lanes[kLanes] = {};
    for (size_t at = 0; at < dim; at += kLanes) {
        for (int i = 0; i < kLanes; ++i) lanes[i] += a[at + i] * b[at + i];
    }
    for (int half = kLanes / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

void quantise_row(const float* x, size_t dim, int8_t* codes, float* scale) {
    uint32_t largest_bits = 0; // of magnitudes, in the order of their bits: NaN above infinity above all others
    for (size_t i = 0; i < dim; ++i) {
        uint32_t bits;
        std::memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7fffffffu;
        largest_bits = bits > largest_bits ? bits : largest_bits;
    }
    float largest;
    std::memcpy(&largest, &largest_bits, sizeof largest);
    if (largest_bits >= 0x7f800000u || !(largest > kSmallestMaximum)) {
        std::memset(codes, 0, dim);
        *scale = 0.0f;
        return;
    }
    const float factor = static_cast<float>(kMaxCode) / largest;
    const float to_integer = 12582912.0f; // 1.5 · 2^23: adding it rounds to the nearest integer, halves to even
    for (size_t i = 0; i < dim; ++i) {
        codes[i] = static_cast<int8_t>(static_cast<int32_t>((x[i] * factor + to_integer) - to_integer));
    }
    *scale = largest / static_cast<float>(kMaxCode);
}

void quantise_rows(const float* vectors, size_t n, size_t dim, int8_t* codes, float* scales) {
    for (size_t i = 0; i < n; ++i) quantise_row(vectors + i * dim, dim, codes + i * dim, scales + i);
}

} // namespace
} // namespace scrubjay
