#include "http/routes.h"

#include <string.h>

#include "base/array.h"

#define PARAMETER(name) (1U << HTTP_##name)
#define FORMAT(name)    (1U << HTTP_##name)
#define OF_FORMATS      (PARAMETER(DEBUG) | PARAMETER(FORMAT))
#define OF_CPU          (PARAMETER(SECONDS) | PARAMETER(RATE) | OF_FORMATS)
#define OF_HEAP         (PARAMETER(SECONDS) | PARAMETER(GC) | OF_FORMATS)
#define ANY_VIEW        (FORMAT(PPROF) | FORMAT(SVG) | FORMAT(TEXT))

/*
 * Go's names (net/http/pprof), gperftools' below /pprof (remote servers, as jeprof asks), and those
 * of the Rust programs that serve their jemalloc: heap/flamegraph (rust-jemalloc-pprof),
 * heap_activate (TiKV).
 */
const struct http_route http_routes[] = {
	{.path = "/",
		.methods = HTTP_GET,
		.subject = HTTP_INDEX,
		.format = HTTP_HTML,
		.of_all = true},
	{.path = "/debug/pprof/",
		.methods = HTTP_GET,
		.subject = HTTP_INDEX,
		.format = HTTP_HTML,
		.description = "this page"},
	{.path = "/metrics",
		.methods = HTTP_GET,
		.subject = HTTP_METRICS,
		.format = HTTP_OPEN_METRICS,
		.of_all = true,
		.description = "figures of all processes, for Prometheus"},
	{.path = "/debug/pprof/profile",
		.methods = HTTP_GET,
		.subject = HTTP_PROFILE,
		.format = HTTP_PPROF,
		.formats = ANY_VIEW,
		.parameters = OF_CPU | PARAMETER(WALL),
		.description = "where CPU time goes: seconds=30, hz=, debug=1 for text, "
			       "format=svg|text|pprof, wall=1"},
	{.path = "/debug/pprof/profile.svg",
		.methods = HTTP_GET,
		.subject = HTTP_PROFILE,
		.format = HTTP_SVG,
		.parameters = PARAMETER(SECONDS) | PARAMETER(RATE) | PARAMETER(WALL)},
	{.path = "/debug/pprof/wall",
		.methods = HTTP_GET,
		.subject = HTTP_PROFILE,
		.format = HTTP_PPROF,
		.formats = ANY_VIEW,
		.parameters = OF_CPU,
		.wall = true,
		.description = "where threads spend their time, waiting too: as profile?wall=1"},
	{.path = "/debug/pprof/wall.svg",
		.methods = HTTP_GET,
		.subject = HTTP_PROFILE,
		.format = HTTP_SVG,
		.parameters = PARAMETER(SECONDS) | PARAMETER(RATE),
		.wall = true},
	{.path = "/debug/pprof/heap",
		.methods = HTTP_GET,
		.subject = HTTP_HEAP,
		.format = HTTP_PPROF,
		.formats = ANY_VIEW,
		.parameters = OF_HEAP,
		.description = "what holds memory, by jemalloc's samples: seconds= for what comes "
			       "and goes meanwhile"},
	{.path = "/debug/pprof/heap.svg",
		.methods = HTTP_GET,
		.subject = HTTP_HEAP,
		.format = HTTP_SVG,
		.parameters = PARAMETER(SECONDS)},
	{.path = "/debug/pprof/heap/flamegraph",
		.methods = HTTP_GET,
		.subject = HTTP_HEAP,
		.format = HTTP_SVG,
		.parameters = PARAMETER(SECONDS)},
	{.path = "/debug/pprof/allocs",
		.methods = HTTP_GET,
		.subject = HTTP_ALLOCATIONS,
		.format = HTTP_PPROF,
		.formats = ANY_VIEW,
		.parameters = OF_HEAP,
		.description = "the same, allocated space first"},
	{.path = "/debug/pprof/allocs.svg",
		.methods = HTTP_GET,
		.subject = HTTP_ALLOCATIONS,
		.format = HTTP_SVG,
		.parameters = PARAMETER(SECONDS)},
	{.path = "/debug/pprof/allocs/flamegraph",
		.methods = HTTP_GET,
		.subject = HTTP_ALLOCATIONS,
		.format = HTTP_SVG,
		.parameters = PARAMETER(SECONDS)},
	{.path = "/debug/pprof/threads",
		.methods = HTTP_GET,
		.subject = HTTP_STACKS,
		.format = HTTP_TEXT,
		.formats = FORMAT(TEXT),
		.parameters = PARAMETER(DEBUG),
		.description = "every thread's stack now"},
	{.path = "/debug/pprof/cmdline",
		.methods = HTTP_GET,
		.subject = HTTP_COMMAND_LINE,
		.format = HTTP_TEXT,
		.description = "the command line, NUL between its words"},
	{.path = "/debug/pprof/symbol",
		.methods = HTTP_GET | HTTP_POST,
		.subject = HTTP_SYMBOL,
		.format = HTTP_TEXT,
		.description = "names of the addresses 0x12+0x34, as the query or by POST"},
	{.path = "/debug/pprof/heap/activate",
		.methods = HTTP_POST,
		.subject = HTTP_ACTIVATE,
		.format = HTTP_TEXT,
		.description = "POST: lets jemalloc sample"},
	{.path = "/debug/pprof/heap/deactivate",
		.methods = HTTP_POST,
		.subject = HTTP_DEACTIVATE,
		.format = HTTP_TEXT,
		.description = "POST: and not any more"},
	{.path = "/debug/pprof/heap_activate",
		.methods = HTTP_POST,
		.subject = HTTP_ACTIVATE,
		.format = HTTP_TEXT},
	{.path = "/debug/pprof/heap_deactivate",
		.methods = HTTP_POST,
		.subject = HTTP_DEACTIVATE,
		.format = HTTP_TEXT},
	{.path = "/pprof/profile",
		.methods = HTTP_GET,
		.subject = HTTP_PROFILE,
		.format = HTTP_PPROF,
		.parameters = PARAMETER(SECONDS) | PARAMETER(RATE)},
	{.path = "/pprof/heap",
		.methods = HTTP_GET,
		.subject = HTTP_HEAP,
		.format = HTTP_RAW_HEAP,
		.description = "jemalloc's own text, for jeprof"},
	{.path = "/pprof/symbol",
		.methods = HTTP_GET | HTTP_POST,
		.subject = HTTP_SYMBOL,
		.format = HTTP_TEXT},
	{.path = "/pprof/cmdline",
		.methods = HTTP_GET,
		.subject = HTTP_COMMAND_LINE,
		.format = HTTP_TEXT},
};
const size_t http_route_count = ARRAY_SIZE(http_routes);

static bool is_path(const char *path, size_t length, const char *expected)
{
	return strlen(expected) == length && memcmp(path, expected, length) == 0;
}

const struct http_route *http_route_find(const char *path, size_t length)
{
	for (size_t i = 0; i < http_route_count; i++)
		if (is_path(path, length, http_routes[i].path))
			return &http_routes[i];
	return NULL;
}

const char *http_route_why_not(const char *path, size_t length)
{
	static const struct {
		const char *path, *reason;
	} reasons[] = {
		{"/debug/pprof/goroutine",
			"goroutines are Go's own: the threads' stacks are at /debug/pprof/threads"},
		{"/debug/pprof/threadcreate",
			"what made a thread is not recorded: the threads' stacks are at "
			"/debug/pprof/threads"},
		{"/debug/pprof/block",
			"blocking is recorded by Go's runtime only: where threads wait is at "
			"/debug/pprof/wall"},
		{"/debug/pprof/mutex",
			"contention is recorded by Go's runtime only: where threads wait is at "
			"/debug/pprof/wall"},
		{"/debug/pprof/trace", "traces are recorded by Go's runtime only"},
		{"/pprof/growth", "there is no growth profile: see /debug/pprof/heap?seconds=10"},
		{"/pprof/contention", "there is no contention profile: where threads wait is at "
				      "/debug/pprof/wall"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (is_path(path, length, reasons[i].path))
			return reasons[i].reason;
	return NULL;
}
