// The Python face of the kernels. What is wrong with shapes and types is said in words by accel/kernels.py, once for
// all kernels; here only what would crash is refused. The GIL is released while a kernel runs.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "kernels.h"

namespace nb = nanobind;

namespace {

using scrubjay::Kernels;

template <class T> using Column = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T> using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T> using Result = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void refuse_if(bool wrong, const char* what) {
    if (wrong) throw nb::value_error(what);
}

template <class T> bool has_shape(const T& table, size_t n, size_t width) {
    return table.shape(0) == n && table.shape(1) == width;
}

const Kernels& kernels_named(const std::string& name) {
    const Kernels* kernels = scrubjay::find_kernels(name.c_str());
    refuse_if(kernels == nullptr, "no such kernels on this computer");
    return *kernels;
}

// Arrays that stay alive as long as what points into them.
struct Columns {
    Table<uint8_t> coarse, fine;
    Column<uint8_t> reach;
    Column<float> scale, importance;
    Column<int32_t> last_use_s;
    Column<uint32_t> tags, owner;
    std::optional<Column<int32_t>> created_s;

    size_t n() const { return coarse.shape(0); }
    size_t dim() const { return 2 * coarse.shape(1); }

    void check() const {
        refuse_if(dim() % 32 != 0 || dim() < 32 || dim() > scrubjay::kMaxDim, "dim is out of range");
        refuse_if(n() > 0x7fffffff - scrubjay::kBlockRows, "too many rows");
        refuse_if(!has_shape(fine, n(), dim() / 2) || reach.shape(0) != n() || scale.shape(0) != n() ||
                      importance.shape(0) != n() || last_use_s.shape(0) != n() || tags.shape(0) != n() ||
                      owner.shape(0) != n() || (created_s && created_s->shape(0) != n()),
                  "columns do not fit each other");
    }

    scrubjay::Columns view(bool with_time) const {
        return {coarse.data(), fine.data(), reach.data(), scale.data(), importance.data(), last_use_s.data(),
                tags.data(), owner.data(), with_time && created_s ? created_s->data() : nullptr, n(), dim()};
    }
};

struct Filter {
    scrubjay::Filter view;
    std::optional<Column<uint8_t>> mask;
    bool by_time;

    void check(const Columns& columns) const {
        refuse_if(mask && mask->shape(0) != columns.n(), "the mask does not fit the columns");
        refuse_if(by_time && !columns.created_s, "the columns have no time");
    }
};

void init_columns(Columns* self, Table<uint8_t> coarse, Table<uint8_t> fine, Column<uint8_t> reach,
                  Column<float> scale, Column<float> importance,
                  Column<int32_t> last_use_s, Column<uint32_t> tags, Column<uint32_t> owner,
                  std::optional<Column<int32_t>> created_s) {
    new (self) Columns{coarse, fine, reach, scale, importance, last_use_s, tags, owner, created_s};
    self->check();
}

void init_filter(Filter* self, uint32_t any_bits, uint32_t no_bits, int64_t owner,
                 std::optional<Column<uint8_t>> mask, uint32_t all_bits, uint32_t tiers, int32_t created_from_s,
                 int32_t created_until_s, bool by_time) {
    const uint8_t* bytes = mask ? mask->data() : nullptr;
    const scrubjay::Filter view{any_bits, no_bits, owner, bytes, all_bits, tiers, created_from_s, created_until_s};
    new (self) Filter{view, mask, by_time};
}

void init_weights(scrubjay::Weights* self, float importance, float recency, int32_t now_s, Column<float> rates) {
    refuse_if(rates.shape(0) != scrubjay::kTiers, "there must be 16 rates");
    new (self) scrubjay::Weights{importance, recency, now_s, {}};
    std::copy_n(rates.data(), scrubjay::kTiers, self->rates);
}

void quantise(const std::string& name, Table<float> vectors, Result<int8_t> codes, Result<float> scales) {
    const size_t n = vectors.shape(0), dim = vectors.shape(1);
    refuse_if(!has_shape(codes, n, dim) || !has_shape(scales, n, 1), "results do not fit the vectors");
    const Kernels& kernels = kernels_named(name);
    nb::gil_scoped_release released;
    kernels.quantise(vectors.data(), n, dim, codes.data(), scales.data());
}

void encode(const std::string& name, Table<float> vectors, Result<uint8_t> coarse, Result<uint8_t> fine,
            Result<uint8_t> reach, Result<float> scales) {
    const size_t n = vectors.shape(0), dim = vectors.shape(1);
    refuse_if(dim % 2 != 0 || dim > scrubjay::kMaxDim, "dim is out of range");
    refuse_if(!has_shape(coarse, n, dim / 2) || !has_shape(fine, n, dim / 2) || !has_shape(reach, n, 1) ||
                  !has_shape(scales, n, 1),
              "results do not fit the vectors");
    const Kernels& kernels = kernels_named(name);
    nb::gil_scoped_release released;
    kernels.encode(vectors.data(), n, dim, coarse.data(), fine.data(), reach.data(), scales.data());
}

void scan(const std::string& name, const Columns& columns, const Filter& filter, const scrubjay::Weights& weights,
          Table<int8_t> queries, Column<float> query_scales, Result<int32_t> rows, Result<float> scores) {
    const size_t n = queries.shape(0), k = rows.shape(1);
    filter.check(columns);
    refuse_if(k < 1 || k > scrubjay::kMaxK, "k is out of range");
    refuse_if(queries.shape(1) != columns.dim() || query_scales.shape(0) != n || !has_shape(rows, n, k) ||
                  !has_shape(scores, n, k),
              "queries or results do not fit the columns");
    const Kernels& kernels = kernels_named(name);
    nb::gil_scoped_release released;
    kernels.scan(columns.view(filter.by_time), filter.view, weights,
                 {queries.data(), query_scales.data(), n, static_cast<int>(k)}, rows.data(), scores.data());
}

void search(const std::string& name, const Columns& columns, const Filter& filter, const scrubjay::Weights& weights,
            Table<float> vectors, Table<float> queries, Result<int32_t> rows, Result<float> scores,
            Result<float> similarities) {
    const size_t n = queries.shape(0), k = rows.shape(1);
    filter.check(columns);
    refuse_if(k < 1 || k > scrubjay::kMaxK, "k is out of range");
    refuse_if(!has_shape(vectors, columns.n(), columns.dim()) || queries.shape(1) != columns.dim() ||
                  !has_shape(rows, n, k) || !has_shape(scores, n, k) || !has_shape(similarities, n, k),
              "vectors, queries or results do not fit the columns");
    const Kernels& kernels = kernels_named(name);
    bool enough_memory;
    {
        nb::gil_scoped_release released;
        enough_memory = scrubjay::search(kernels, columns.view(filter.by_time), filter.view, weights, vectors.data(),
                                         queries.data(), n,
                                         {rows.data(), scores.data(), similarities.data(), static_cast<int>(k)});
    }
    if (!enough_memory) throw std::bad_alloc();
}

struct Pair {
    int32_t first, second;
    float similarity;

    bool operator<(const Pair& other) const {
        return first != other.first ? first < other.first : second < other.second;
    }
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
        std::sort(self.found.begin() + static_cast<ptrdiff_t>(self.n_sorted), self.found.end());
        if (self.found.size() > self.max_pairs) self.found.resize(self.max_pairs);
        self.n_sorted = self.found.size();
        return !self.out_of_memory && self.n_sorted < self.max_pairs;
    }
};

// The pairs as bytes of int32 (first, second) and bytes of float32.
nb::tuple self_join(const std::string& name, const Columns& columns, const Filter& filter,
                    std::optional<Table<float>> vectors, float threshold, size_t max_pairs) {
    filter.check(columns);
    refuse_if(vectors && !has_shape(*vectors, columns.n(), columns.dim()), "the vectors do not fit the columns");
    const Kernels& kernels = kernels_named(name);
    Pairs pairs;
    pairs.max_pairs = max_pairs;
    std::vector<int32_t> rows;
    std::vector<float> values;
    {
        nb::gil_scoped_release released;
        kernels.self_join(columns.view(filter.by_time), filter.view, threshold, vectors ? vectors->data() : nullptr,
                          {&pairs, Pairs::take, Pairs::end_band});
        if (pairs.out_of_memory) throw std::bad_alloc();
        rows.reserve(2 * pairs.found.size());
        values.reserve(pairs.found.size());
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
    for (const Kernels* const* kernels = scrubjay::kAllKernels; *kernels != nullptr; ++kernels) {
        if ((*kernels)->supported()) names.append((*kernels)->name);
    }
    return nb::tuple(names);
}

} // namespace

NB_MODULE(_native, m) {
    using nb::arg;
    m.attr("CONTRACT") = 3; // changes with what the functions take; accel/dispatch.py asks for it
    nb::class_<Columns>(m, "Columns")
        .def("__init__", &init_columns, arg("coarse"), arg("fine"), arg("reach"), arg("scale"), arg("importance"),
             arg("last_use_s"), arg("tags"), arg("owner"), arg("created_s").none());
    nb::class_<Filter>(m, "Filter")
        .def("__init__", &init_filter, arg("any_bits"), arg("no_bits"), arg("owner"), arg("mask").none(),
             arg("all_bits"), arg("tiers"), arg("created_from_s"), arg("created_until_s"), arg("by_time"));
    nb::class_<scrubjay::Weights>(m, "Weights")
        .def("__init__", &init_weights, arg("importance"), arg("recency"), arg("now_s"), arg("rates"));
    m.def("backends", &backends);
    m.def("quantise", &quantise, arg("name"), arg("vectors"), arg("codes").noconvert(), arg("scales").noconvert());
    m.def("encode", &encode, arg("name"), arg("vectors"), arg("coarse").noconvert(), arg("fine").noconvert(),
          arg("reach").noconvert(), arg("scales").noconvert());
    m.def("scan", &scan, arg("name"), arg("columns"), arg("wanted"), arg("weights"), arg("queries"),
          arg("query_scales"), arg("rows").noconvert(), arg("scores").noconvert());
    m.def("search", &search, arg("name"), arg("columns"), arg("wanted"), arg("weights"), arg("vectors"),
          arg("queries"), arg("rows").noconvert(), arg("scores").noconvert(), arg("similarities").noconvert());
    m.def("self_join", &self_join, arg("name"), arg("columns"), arg("wanted"), arg("vectors").none(),
          arg("threshold"), arg("max_pairs"));
}
