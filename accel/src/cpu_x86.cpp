#include "cpu.h"

#include <cstdint>

#if defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif

namespace scrubjay {
namespace {

struct Leaf {
    uint32_t a, b, c, d;
};

Leaf cpuid(uint32_t leaf) {
    Leaf found{};
#if defined(_MSC_VER)
    int registers[4];
    __cpuidex(registers, static_cast<int>(leaf), 0);
    found = {static_cast<uint32_t>(registers[0]), static_cast<uint32_t>(registers[1]),
             static_cast<uint32_t>(registers[2]), static_cast<uint32_t>(registers[3])};
#else
    __get_cpuid_count(leaf, 0, &found.a, &found.b, &found.c, &found.d);
#endif
    return found;
}

// Which registers the operating system saves: bits 1, 2 the AVX ones, 5 to 7 the AVX-512 ones.
uint64_t saved_registers() {
    if (!(cpuid(1).c & (1u << 27))) return 0; // no xgetbv
#if defined(_MSC_VER)
    return _xgetbv(0);
#else
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

bool saves(uint64_t mask) { return (saved_registers() & mask) == mask; }

bool has_extended_leaf() { return cpuid(0).a >= 7; }

} // namespace

// Asked once: in a virtual machine the question takes as long as a scan of a thousand rows.
bool cpu_has_avx2() {
    static const bool has = has_extended_leaf() && saves(0x6) && (cpuid(7).b & (1u << 5)) != 0;
    return has;
}

bool cpu_has_avx512vnni() {
    static const bool has = [] {
        const uint32_t wanted = (1u << 16) | (1u << 30) | (1u << 31); // F, BW, VL
        return has_extended_leaf() && saves(0xe6) && (cpuid(7).b & wanted) == wanted &&
               (cpuid(7).c & (1u << 11)) != 0;
    }();
    return has;
}

} // namespace scrubjay
