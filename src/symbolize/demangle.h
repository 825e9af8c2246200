#pragma once

/*
 * The readable form of a symbol: Rust (legacy and v0, without the hash), C++ (Itanium, with
 * parameters) and D (with parameters). A part of a function that the compiler split off or copied
 * is marked as c++filt does: "f(int) [clone .cold]"; ThinLTO's ".llvm.123" is dropped. Text to be
 * freed; NULL if the symbol is not mangled, its readable form is unreasonably long, or memory ran
 * out.
 */
char *demangle(const char *symbol);
