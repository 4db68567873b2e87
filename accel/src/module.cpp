// The Python face of the kernels. Shapes and types are checked in accel/kernels.py, once for all kernels; here only
// what would crash is refused. The GIL is released while a kernel runs.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "scan.h"

namespace nb = nanobind;
using namespace scrubjay;

namespace {

// Fastest first.
const Kernels* const kAll[] = {
#if defined(SCRUBJAY_X86)
    &kAvx512Vnni,
    &kAvx2,
#endif
    &kPortable,
};

template <class T> using Column = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T> using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T> using Result = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

const Kernels& kernels_named(const std::string& name) {
    for (const Kernels* kernels : kAll) {
        if (name == kernels->name && kernels->supported()) return *kernels;
    }
    throw nb::value_error("no such kernels on this computer");
}

Columns columns_of(const Table<int8_t>& codes, const Column<float>& scale, const Column<float>& importance,
                   const Column<int32_t>& last_use_s, const Column<uint32_t>& tags, const Column<uint32_t>& owner) {
    const size_t n = codes.shape(0), dim = codes.shape(1);
    if (dim % 16 || dim < 16 || dim > kMaxDim || n > 0x7fffffff - kBlockRows || scale.shape(0) != n ||
        importance.shape(0) != n || last_use_s.shape(0) != n || tags.shape(0) != n || owner.shape(0) != n) {
        throw nb::value_error("columns do not fit each other");
    }
    return {codes.data(), scale.data(), importance.data(), last_use_s.data(), tags.data(), owner.data(), n, dim};
}

Filter filter_of(uint32_t any_bits, uint32_t no_bits, int64_t owner, const std::optional<Column<uint8_t>>& mask,
                 size_t n_rows) {
    if (mask && mask->shape(0) != n_rows) throw nb::value_error("the mask does not fit the columns");
    return {any_bits, no_bits, owner, mask ? mask->data() : nullptr};
}

void scan(const std::string& name, Table<int8_t> codes, Column<float> scale, Column<float> importance,
          Column<int32_t> last_use_s, Column<uint32_t> tags, Column<uint32_t> owner, uint32_t any_bits,
          uint32_t no_bits, int64_t wanted_owner, std::optional<Column<uint8_t>> mask, float importance_weight,
          float recency_weight, int32_t now_s, Column<float> rates, Table<int8_t> queries, Column<float> query_scales,
          int k, Result<int32_t> rows, Result<float> scores) {
    const Columns columns = columns_of(codes, scale, importance, last_use_s, tags, owner);
    const Filter filter = filter_of(any_bits, no_bits, wanted_owner, mask, columns.n_rows);
    const size_t n = queries.shape(0), width = static_cast<size_t>(k);
    if (k < 1 || k > kMaxK || rates.shape(0) != kTiers || queries.shape(1) != columns.dim ||
        query_scales.shape(0) != n || rows.shape(0) != n || rows.shape(1) != width || scores.shape(0) != n ||
        scores.shape(1) != width) {
        throw nb::value_error("queries or results do not fit the columns");
    }
    Weights weights{importance_weight, recency_weight, now_s, {}};
    std::copy_n(rates.data(), kTiers, weights.rates);
    const Queries asked{queries.data(), query_scales.data(), n, k};
    const Kernels& kernels = kernels_named(name);
    int32_t* const found = rows.data();
    float* const values = scores.data();
    nb::gil_scoped_release released;
    kernels.scan(columns, filter, weights, asked, found, values);
}

struct Pair {
    int32_t first, second;
    float similarity;
};

struct Pairs {
    std::vector<Pair> found;
    size_t n_sorted = 0;
    size_t max_pairs = 0;
    bool out_of_memory = false;

    static void take(void* context, int32_t first, int32_t second, float similarity) {
        Pairs& self = *static_cast<Pairs*>(context);
        if (self.out_of_memory) return;
        try {
            self.found.push_back({first, second, similarity});
        } catch (const std::bad_alloc&) {
            self.out_of_memory = true; // must not pass through the kernel's frames unnoticed
        }
    }

    static bool end_band(void* context) {
        Pairs& self = *static_cast<Pairs*>(context);
        std::sort(self.found.begin() + static_cast<ptrdiff_t>(self.n_sorted), self.found.end(),
                  [](const Pair& a, const Pair& b) { return a.first != b.first ? a.first < b.first : a.second < b.second; });
        if (self.found.size() > self.max_pairs) self.found.resize(self.max_pairs);
        self.n_sorted = self.found.size();
        return !self.out_of_memory && self.n_sorted < self.max_pairs;
    }
};

// The pairs as bytes of int32 (first, second) and bytes of float32.
nb::tuple self_join(const std::string& name, Table<int8_t> codes, Column<float> scale, Column<float> importance,
                    Column<int32_t> last_use_s, Column<uint32_t> tags, Column<uint32_t> owner, uint32_t any_bits,
                    uint32_t no_bits, int64_t wanted_owner, std::optional<Column<uint8_t>> mask, float threshold,
                    size_t max_pairs) {
    const Columns columns = columns_of(codes, scale, importance, last_use_s, tags, owner);
    const Filter filter = filter_of(any_bits, no_bits, wanted_owner, mask, columns.n_rows);
    const Kernels& kernels = kernels_named(name);
    Pairs pairs;
    pairs.max_pairs = max_pairs;
    std::vector<int32_t> rows;
    std::vector<float> values;
    {
        nb::gil_scoped_release released;
        kernels.self_join(columns, filter, threshold, {&pairs, Pairs::take, Pairs::end_band});
        if (pairs.out_of_memory) throw std::bad_alloc();
        for (const Pair& pair : pairs.found) {
            rows.push_back(pair.first);
            rows.push_back(pair.second);
            values.push_back(pair.similarity);
        }
    }
    return nb::make_tuple(nb::bytes(rows.data(), rows.size() * sizeof(int32_t)),
                          nb::bytes(values.data(), values.size() * sizeof(float)));
}

nb::tuple backends() {
    nb::list names;
    for (const Kernels* kernels : kAll) {
        if (kernels->supported()) names.append(kernels->name);
    }
    return nb::tuple(names);
}

} // namespace

NB_MODULE(_native, m) {
    m.def("backends", &backends);
    m.def("scan", &scan, nb::arg("name"), nb::arg("codes"), nb::arg("scale"), nb::arg("importance"),
          nb::arg("last_use_s"), nb::arg("tags"), nb::arg("owner"), nb::arg("any_bits"), nb::arg("no_bits"),
          nb::arg("wanted_owner"), nb::arg("mask").none(), nb::arg("importance_weight"), nb::arg("recency_weight"),
          nb::arg("now_s"), nb::arg("rates"), nb::arg("queries"), nb::arg("query_scales"), nb::arg("k"),
          nb::arg("rows"), nb::arg("scores"));
    m.def("self_join", &self_join, nb::arg("name"), nb::arg("codes"), nb::arg("scale"), nb::arg("importance"),
          nb::arg("last_use_s"), nb::arg("tags"), nb::arg("owner"), nb::arg("any_bits"), nb::arg("no_bits"),
          nb::arg("wanted_owner"), nb::arg("mask").none(), nb::arg("threshold"), nb::arg("max_pairs"));
}
