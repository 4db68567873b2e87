#include "cpu.h"

#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace scrubjay {

bool cpu_has_neon_dot() {
#if defined(__APPLE__)
    return true; // every Mac with such a processor has it
#elif defined(__linux__)
    constexpr unsigned long kDotProducts = 1ul << 20; // HWCAP_ASIMDDP of the kernel's interface
    return (getauxval(AT_HWCAP) & kDotProducts) != 0;
#elif defined(_WIN32)
    return IsProcessorFeaturePresent(43) != 0; // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
#else
    return false;
#endif
}

} // namespace scrubjay
