// Runs the cases that kernel_cases.py wrote through every kernel of this computer and compares with the reference, bit by bit.
//
// Arrays are allocated one by one at their exact length, so that a sanitizer sees any byte read beside them.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "kernels.h"

namespace {

using scrubjay::Kernels;

template <class T> std::vector<T> read(std::istream& in, size_t n) {
    std::vector<T> values(n);
    values.shrink_to_fit();
    in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(n * sizeof(T)));
    if (!in) throw std::string("the file of cases ends too early");
    return values;
}

struct Hits {
    std::vector<int32_t> rows;
    std::vector<float> scores;
};

struct Numbers {
    int64_t n, dim, n_queries, k, any_bits, no_bits, owner, has_mask, all_bits, tiers, created_from_s, created_until_s;
    int64_t by_time, now_s, max_pairs, n_pairs, n_exact_pairs;
};

struct Floats {
    float importance_weight, recency_weight, threshold, rates[scrubjay::kTiers];
};

struct Case {
    Numbers number;
    Floats real;
    std::vector<uint8_t> coarse, fine, reach;
    std::vector<float> scale, importance;
    std::vector<int32_t> last_use_s;
    std::vector<uint32_t> tags, owner;
    std::vector<int32_t> created_s;
    std::vector<uint8_t> mask;
    std::vector<float> vectors, queries;
    // What the reference found.
    std::vector<uint8_t> vector_coarse, vector_fine, vector_reach;
    std::vector<int8_t> query_codes;
    std::vector<float> query_scales, vector_scales;
    Hits scanned, found;
    std::vector<float> similarities;
    Hits pairs, exact_pairs;

    explicit Case(std::istream& in) {
        number = read<Numbers>(in, 1)[0];
        real = read<Floats>(in, 1)[0];
        const size_t n = size(number.n), dim = size(number.dim), q = size(number.n_queries), k = size(number.k);
        coarse = read<uint8_t>(in, n * dim / 2);
        fine = read<uint8_t>(in, n * dim / 2);
        reach = read<uint8_t>(in, n);
        scale = read<float>(in, n);
        importance = read<float>(in, n);
        last_use_s = read<int32_t>(in, n);
        tags = read<uint32_t>(in, n);
        owner = read<uint32_t>(in, n);
        created_s = read<int32_t>(in, n);
        mask = read<uint8_t>(in, number.has_mask ? n : 0);
        vectors = read<float>(in, n * dim);
        queries = read<float>(in, q * dim);
        vector_coarse = read<uint8_t>(in, n * dim / 2);
        vector_fine = read<uint8_t>(in, n * dim / 2);
        vector_reach = read<uint8_t>(in, n);
        vector_scales = read<float>(in, n);
        query_codes = read<int8_t>(in, q * dim);
        query_scales = read<float>(in, q);
        scanned = {read<int32_t>(in, q * k), read<float>(in, q * k)};
        found = {read<int32_t>(in, q * k), read<float>(in, q * k)};
        similarities = read<float>(in, q * k);
        pairs = {read<int32_t>(in, 2 * size(number.n_pairs)), read<float>(in, size(number.n_pairs))};
        exact_pairs = {read<int32_t>(in, 2 * size(number.n_exact_pairs)), read<float>(in, size(number.n_exact_pairs))};
    }

    static size_t size(int64_t value) { return static_cast<size_t>(value); }

    scrubjay::Columns columns() const {
        return {coarse.data(), fine.data(), reach.data(), scale.data(), importance.data(), last_use_s.data(), tags.data(), owner.data(),
                number.by_time ? created_s.data() : nullptr, size(number.n), size(number.dim)};
    }

    scrubjay::Filter filter() const {
        return {static_cast<uint32_t>(number.any_bits), static_cast<uint32_t>(number.no_bits), number.owner,
                number.has_mask ? mask.data() : nullptr, static_cast<uint32_t>(number.all_bits),
                static_cast<uint32_t>(number.tiers), static_cast<int32_t>(number.created_from_s),
                static_cast<int32_t>(number.created_until_s)};
    }

    scrubjay::Weights weights() const {
        scrubjay::Weights weights{real.importance_weight, real.recency_weight, static_cast<int32_t>(number.now_s), {}};
        std::copy_n(real.rates, scrubjay::kTiers, weights.rates);
        return weights;
    }
};

template <class T> void expect(const std::vector<T>& got, const std::vector<T>& expected, const char* what) {
    if (got.size() != expected.size()) {
        throw std::string(what) + ": " + std::to_string(got.size()) + " instead of " + std::to_string(expected.size());
    }
    for (size_t i = 0; i < got.size(); ++i) {
        if (std::memcmp(&got[i], &expected[i], sizeof(T)) != 0) {
            throw std::string(what) + ": number " + std::to_string(i) + " is " + std::to_string(got[i]) +
                " instead of " + std::to_string(expected[i]);
        }
    }
}

void run_quantise(const Kernels& kernels, const Case& c) {
    std::vector<int8_t> codes(c.query_codes.size());
    std::vector<float> scales(c.query_scales.size());
    kernels.quantise(c.queries.data(), scales.size(), Case::size(c.number.dim), codes.data(), scales.data());
    expect(codes, c.query_codes, "codes");
    expect(scales, c.query_scales, "scales");
}

void run_encode(const Kernels& kernels, const Case& c) {
    std::vector<uint8_t> coarse(c.vector_coarse.size()), fine(c.vector_fine.size()), reach(c.vector_reach.size());
    std::vector<float> scales(c.vector_scales.size());
    kernels.encode(c.vectors.data(), scales.size(), Case::size(c.number.dim), coarse.data(), fine.data(), reach.data(),
                   scales.data());
    expect(coarse, c.vector_coarse, "coarse parts");
    expect(fine, c.vector_fine, "fine parts");
    expect(reach, c.vector_reach, "reach");
    expect(scales, c.vector_scales, "scales of vectors");
}

void run_scan(const Kernels& kernels, const Case& c) {
    Hits got{std::vector<int32_t>(c.scanned.rows.size()), std::vector<float>(c.scanned.rows.size())};
    const scrubjay::Queries queries{c.query_codes.data(), c.query_scales.data(), Case::size(c.number.n_queries),
                                    static_cast<int>(c.number.k)};
    kernels.scan(c.columns(), c.filter(), c.weights(), queries, got.rows.data(), got.scores.data());
    expect(got.rows, c.scanned.rows, "rows of the scan");
    expect(got.scores, c.scanned.scores, "scores of the scan");
}

void run_search(const Kernels& kernels, const Case& c) {
    Hits got{std::vector<int32_t>(c.found.rows.size()), std::vector<float>(c.found.rows.size())};
    std::vector<float> similarities(c.similarities.size());
    if (!scrubjay::search(kernels, c.columns(), c.filter(), c.weights(), c.vectors.data(), c.queries.data(),
                          Case::size(c.number.n_queries),
                          {got.rows.data(), got.scores.data(), similarities.data(), static_cast<int>(c.number.k)})) {
        throw std::string("no memory");
    }
    expect(got.rows, c.found.rows, "rows of the search");
    expect(got.scores, c.found.scores, "scores of the search");
    expect(similarities, c.similarities, "similarities of the search");
}

struct Pair {
    int32_t first, second;
    float similarity;
};

void run_self_join(const Kernels& kernels, const Case& c, const float* vectors, const Hits& expected) {
    std::vector<Pair> pairs;
    const scrubjay::PairSink sink{
        &pairs,
        [](void* all, int32_t first, int32_t second, float similarity) {
            static_cast<std::vector<Pair>*>(all)->push_back({first, second, similarity});
        },
        [](void*) { return true; }};
    kernels.self_join(c.columns(), c.filter(), c.real.threshold, vectors, sink);
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
        return a.first != b.first ? a.first < b.first : a.second < b.second;
    });
    pairs.resize(std::min(pairs.size(), Case::size(c.number.max_pairs)));
    Hits got;
    for (const Pair& pair : pairs) {
        got.rows.push_back(pair.first);
        got.rows.push_back(pair.second);
        got.scores.push_back(pair.similarity);
    }
    expect(got.rows, expected.rows, "pairs");
    expect(got.scores, expected.scores, "similarities of pairs");
}

void run(const Kernels& kernels, const Case& c) {
    run_quantise(kernels, c);
    run_encode(kernels, c);
    run_scan(kernels, c);
    run_search(kernels, c);
    run_self_join(kernels, c, nullptr, c.pairs);
    run_self_join(kernels, c, c.vectors.data(), c.exact_pairs);
}

} // namespace

int main(int n_arguments, char** arguments) {
    if (n_arguments != 2) {
        std::cerr << "usage: run_cases FILE\n";
        return 2;
    }
    std::ifstream in(arguments[1], std::ios::binary);
    int n_cases = 0;
    while (in.peek() != std::ifstream::traits_type::eof()) {
        const Case c(in);
        for (const Kernels* const* kernels = scrubjay::kAllKernels; *kernels != nullptr; ++kernels) {
            if (!(*kernels)->supported()) continue;
            try {
                run(**kernels, c);
            } catch (const std::string& difference) {
                std::cerr << (*kernels)->name << ", case " << n_cases << " (" << c.number.n << " rows, dim "
                          << c.number.dim << "): " << difference << "\n";
                return 1;
            }
        }
        ++n_cases;
    }
    std::cout << n_cases;
    for (const Kernels* const* kernels = scrubjay::kAllKernels; *kernels != nullptr; ++kernels) {
        if ((*kernels)->supported()) std::cout << " " << (*kernels)->name;
    }
    std::cout << "\n";
    return n_cases > 0 ? 0 : 1;
}
