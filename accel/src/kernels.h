// The sets of kernels that were compiled, and what is built from them.
#pragma once

#include "scan.h"

namespace scrubjay {

// Fastest first, ended by a null pointer; some may not be supported by this computer.
extern const Kernels* const kAllKernels[];

// Those of this name that this computer supports, or null.
const Kernels* find_kernels(const char* name);

// The k best rows for each of n queries: scan, then score the best 4 k again with their vectors.
// queries: n × dim; hits: n × k. Returns false where there is no memory for the candidates (6 kB per query).
bool search(const Kernels& kernels, const Columns& columns, const Filter& filter, const Weights& weights,
            const float* vectors, const float* queries, size_t n, const Hits& hits);

} // namespace scrubjay
