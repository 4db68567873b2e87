#include "kernels.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace scrubjay {

extern const Kernels kPortable;
#if defined(SCRUBJAY_X86)
extern const Kernels kAvx2;
extern const Kernels kAvx512Vnni;
#elif defined(SCRUBJAY_ARM)
extern const Kernels kNeon;
extern const Kernels kNeonDot;
#endif

const Kernels* const kAllKernels[] = {
#if defined(SCRUBJAY_X86)
    &kAvx512Vnni, &kAvx2,
#elif defined(SCRUBJAY_ARM)
    &kNeonDot, &kNeon,
#endif
    &kPortable,   nullptr,
};

const Kernels* find_kernels(const char* name) {
    for (const Kernels* const* kernels = kAllKernels; *kernels != nullptr; ++kernels) {
        if (std::strcmp(name, (*kernels)->name) == 0 && (*kernels)->supported()) return *kernels;
    }
    return nullptr;
}

namespace {

constexpr size_t kPart = 64; // queries whose candidates are kept at once

struct Scratch {
    std::unique_ptr<int8_t[]> codes;
    std::unique_ptr<float[]> scales, scores;
    std::unique_ptr<int32_t[]> rows;

    bool allocate(size_t n, size_t dim, size_t n_candidates) {
        codes.reset(new (std::nothrow) int8_t[n * dim]);
        scales.reset(new (std::nothrow) float[n]);
        scores.reset(new (std::nothrow) float[n * n_candidates]);
        rows.reset(new (std::nothrow) int32_t[n * n_candidates]);
        return codes && scales && scores && rows;
    }
};

} // namespace

bool search(const Kernels& kernels, const Columns& columns, const Filter& filter, const Weights& weights,
            const float* vectors, const float* queries, size_t n, const Hits& hits) {
    const size_t dim = columns.dim, width = static_cast<size_t>(hits.k) * kRescored;
    Scratch scratch;
    if (!scratch.allocate(std::min(n, kPart), dim, width)) return false;
    for (size_t first = 0; first < n; first += kPart) {
        const size_t part = std::min(kPart, n - first);
        kernels.quantise(queries + first * dim, part, dim, scratch.codes.get(), scratch.scales.get());
        const Queries asked{scratch.codes.get(), scratch.scales.get(), part, static_cast<int>(width)};
        kernels.scan(columns, filter, weights, asked, scratch.rows.get(), scratch.scores.get());
        for (size_t i = 0; i < part; ++i) {
            int32_t* const begin = scratch.rows.get() + i * width;
            int32_t* const end = std::find(begin, begin + width, -1);
            std::sort(begin, end); // the order of memory, and of rows with equal scores
            const Rescore again{vectors, queries + (first + i) * dim, scratch.scales[i], begin,
                                static_cast<int>(end - begin)};
            const size_t at = (first + i) * static_cast<size_t>(hits.k);
            kernels.rescore(columns, weights, again,
                            {hits.rows + at, hits.scores + at, hits.similarities + at, hits.k});
        }
    }
    return true;
}

} // namespace scrubjay
