#!/bin/sh
# Prints a requirements file without llama-cpp-python and its hashes: everything else comes as wheels in
# seconds, and the application can start while llama.cpp is still being compiled.
awk '/^[^ #]/ { keep = ($0 !~ /^llama-cpp-python==/) } keep || /^#/' "$1"
