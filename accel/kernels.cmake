# The kernels as lists, for the module (CMakeLists.txt) and for the program of the tests (tests/accel/program).
#
# One file per instruction set, compiled for it alone; which one runs is chosen when the module is loaded.

set(src "${CMAKE_CURRENT_LIST_DIR}/src")
set(kernel_sources ${src}/kernels.cpp ${src}/scan_i7_portable.cpp)

# The contract is bit for bit: no fused multiply-add where the reference has a product and a sum. That nobody reads the
# floating-point exception flags changes no result and is what lets the loops over scores become vector instructions.
if(MSVC)
  set(kernel_options /fp:precise)
else()
  set(kernel_options -O3 -ffp-contract=off -fno-trapping-math -fno-math-errno)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # This pass of GCC copies every accumulator of the inner loop in each turn: a batch takes half as long again.
    list(APPEND kernel_options -fno-tree-pre)
  endif()
endif()

if(CMAKE_OSX_ARCHITECTURES)
  string(TOLOWER "${CMAKE_OSX_ARCHITECTURES}" processor)
else()
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
endif()

# A Mac binary for both processors at once compiles each file for both and gets the portable kernels only.
if(processor MATCHES "^(x86_64|amd64)$")
  set(kernel_definitions SCRUBJAY_X86)
  list(APPEND kernel_sources ${src}/cpu_x86.cpp ${src}/scan_i7_avx2.cpp ${src}/scan_i7_avx512vnni.cpp)
  if(MSVC)
    set(avx2 /arch:AVX2)
    set(avx512vnni /arch:AVX512)
  else()
    set(avx2 -mavx2)
    set(avx512vnni -mavx512f -mavx512bw -mavx512vl -mavx512vnni -mprefer-vector-width=512)
  endif()
  set_source_files_properties(${src}/scan_i7_avx2.cpp PROPERTIES COMPILE_OPTIONS "${avx2}")
  set_source_files_properties(${src}/scan_i7_avx512vnni.cpp PROPERTIES COMPILE_OPTIONS "${avx512vnni}")
elseif(processor MATCHES "^(aarch64|arm64)$")
  set(kernel_definitions SCRUBJAY_ARM)
  list(APPEND kernel_sources ${src}/cpu_arm.cpp ${src}/scan_i7_neon.cpp ${src}/scan_i7_neondot.cpp)
  if(NOT MSVC)
    set_source_files_properties(${src}/scan_i7_neondot.cpp PROPERTIES COMPILE_OPTIONS "-march=armv8.2-a+dotprod")
  endif()
endif()
