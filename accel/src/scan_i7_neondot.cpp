// Kernels for NEON with the dot product instruction (ARMv8.2 and later: Apple silicon, Snapdragon, Graviton 2):
// `sdot` multiplies 16 bytes and adds them in 32 bits.
#include "cpu.h"
#include "neon_body.h"

namespace scrubjay {
namespace {

struct NeonDotSteps {
    static constexpr int kTile = 4;

    static SCRUBJAY_INLINE int32x4_t add_products(int32x4_t total, int8x16_t a, int8x16_t b) {
        return vdotq_s32(total, a, b);
    }
};

} // namespace

extern const Kernels kNeonDot;
const Kernels kNeonDot = {"neondot",     cpu_has_neon_dot,
                          quantise_rows, encode_rows,
                          scan_rows<NeonDots<NeonDotSteps>>, rescore_rows,
                          join_rows<NeonDots<NeonDotSteps>>};

} // namespace scrubjay
