// Kernels in plain C++: for processors that none of the others fits. The compiler vectorises what it can.
#include "join_body.h"
#include "scan_body.h"

namespace scrubjay {
namespace {

struct PortableDots {
    static constexpr int kTile = 1;

    struct Query {
        const int8_t* codes;
    };

    static void prepare(Query& query, const int8_t* codes, size_t) { query.codes = codes; }

    template <bool Next>
    static void nibbles(const uint8_t* const* rows, size_t width, const int8_t* query, int32_t* out) {
        for (int r = 0; r < kBlockRows; ++r) {
            int32_t sum = 0;
            for (size_t i = 0; i < width; ++i) {
                sum += (rows[r][i] & 15) * query[i] + (rows[r][i] >> 4) * query[width + i];
            }
            out[r] = sum;
        }
    }

    template <int Q>
    static void block(const int8_t* rows, int n_rows, size_t dim, const Query* queries, int32_t (*dots)[kBlockRows]) {
        for (int i = 0; i < n_rows; ++i) {
            const int8_t* row = rows + static_cast<size_t>(i) * dim;
            int32_t sum = 0;
            for (size_t j = 0; j < dim; ++j) sum += static_cast<int32_t>(row[j]) * queries->codes[j];
            dots[0][i] = sum;
        }
    }
};

bool supported() { return true; }

} // namespace

extern const Kernels kPortable;
const Kernels kPortable = {"portable",    supported, quantise_rows, encode_rows, scan_rows<PortableDots>,
                           rescore_rows, join_rows<PortableDots>};

} // namespace scrubjay
