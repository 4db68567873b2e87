// Kernels for NEON as every 64-bit ARM processor has it.
//
// `mull` multiplies eight bytes into 16 bits; two products of seven-bit codes are at most 7,938, far from the limit.
#include "neon_body.h"

namespace scrubjay {
namespace {

struct NeonSteps {
    static constexpr int kTile = 4;

    static SCRUBJAY_INLINE int32x4_t add_products(int32x4_t total, int8x16_t a, int8x16_t b) {
        const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
        return vpadalq_s16(total, vmlal_high_s8(low, a, b));
    }
};

bool supported() { return true; }

} // namespace

extern const Kernels kNeon;
const Kernels kNeon = {"neon",       supported,
                       quantise_rows, encode_rows,
                       scan_rows<NeonDots<NeonSteps>>, rescore_rows,
                       join_rows<NeonDots<NeonSteps>>};

} // namespace scrubjay
