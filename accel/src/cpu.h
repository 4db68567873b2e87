// What this processor, and the operating system that saves its registers, can do.
#pragma once

namespace scrubjay {

bool cpu_has_avx2();
bool cpu_has_avx512vnni(); // F, BW, VL and VNNI

} // namespace scrubjay
