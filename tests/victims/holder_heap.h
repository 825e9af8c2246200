#pragma once

#include <stddef.h>

/*
 * What a heap of the victim holder can do; its functions are hold_NAME() and so on, so that a
 * profile tells of which jemalloc it is.
 */
#define HEAP_FUNCTION_2(what, name) what##_##name
#define HEAP_FUNCTION_1(what, name) HEAP_FUNCTION_2(what, name)

#define HEAP_BLOCK  8192 /* a size class of every jemalloc */
#define HEAP_BLOCKS 2048

/* Allocates so many blocks beside those that are held, and returns the bytes of them all. */
typedef size_t heap_hold(void);
/* Frees all. */
typedef void heap_release(void);
/* "version allocated active metadata resident mapped", in a text of its own, as mallctl has them
 * now. */
typedef const char *heap_figures(void);
