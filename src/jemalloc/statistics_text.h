#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/array.h"
#include "base/error.h"
#include "jemalloc/mallctl.h"

/*
 * What malloc_stats_print(3) of jemalloc prints, as text or JSON, without touching the process's
 * stderr. Only on limpet's own thread: ERROR_UNSUPPORTED where that cannot be had.
 */
struct error *statistics_print(
	struct jemalloc *jemalloc, pid_t process, bool json, struct u8_array *ret) MUST_CHECK;
