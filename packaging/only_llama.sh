#!/bin/sh
# Prints the lines of a requirements file that speak of llama-cpp-python, with its hashes.
awk '/^[^ #]/ { keep = ($0 ~ /^llama-cpp-python==/) } keep && !/^ *#/' "$1"
