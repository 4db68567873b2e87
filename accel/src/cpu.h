// What this processor, and the operating system that saves its registers, can do.
#pragma once

namespace scrubjay {

#if defined(SCRUBJAY_X86)
bool cpu_has_avx2();
bool cpu_has_avx512vnni(); // F, BW, VL and VNNI
#elif defined(SCRUBJAY_ARM)
bool cpu_has_neon_dot();
#endif

} // namespace scrubjay
