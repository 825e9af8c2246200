#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "elf/debug_internal.h"

/*
 * libdebuginfod of elfutils does it, and keeps the cache, both as its environment says
 * (debuginfod_find_debuginfo(3)). It is loaded when it is needed: with it come libcurl and what
 * that needs.
 */
#define LIBRARY "libdebuginfod.so.1"

/* A server that has not begun to answer by then would hold up every module. */
#define SILENCE_MAX (30 * NANOSECONDS_PER_SECOND)

struct debug_fetcher {
	struct debuginfod_client *client;
	const char *given_up; /* why nothing is fetched any more; NULL: it is */
};

/* Loaded once, and never unloaded: what its libraries have begun cannot be ended. */
static struct library {
	const char *problem; /* why it cannot be used; NULL: it can, or was not tried */
	bool tried;
	struct debuginfod_client *(*begin)(void);
	void (*end)(struct debuginfod_client *client);
	int (*find)(struct debuginfod_client *client, const unsigned char *build_id, int length,
		char **path);
	void (*set_progress)(struct debuginfod_client *client,
		int (*progress)(struct debuginfod_client *client, long done, long total));
	void (*set_user_data)(struct debuginfod_client *client, void *data);
	void *(*get_user_data)(struct debuginfod_client *client);
} library;

/* One file that is being fetched. */
struct fetch {
	const struct debug_search *search;
	const char *path;
	uint64_t start; /* ns */
	const char *given_up;
};

void debug_fetcher_destroy(struct debug_fetcher *fetcher)
{
	if (fetcher && fetcher->client)
		library.end(fetcher->client);
	free(fetcher);
}

void debug_fetcher_resume(struct debug_fetcher *fetcher)
{
	if (fetcher && fetcher->client)
		fetcher->given_up = NULL;
}

static uint64_t no_less(long number)
{
	return number > 0 ? (uint64_t)number : 0;
}

/* Called by the library. */
static int go_on(struct debuginfod_client *client, long done, long total)
{
	struct fetch *fetch = library.get_user_data(client);
	const struct debug_progress *progress = &fetch->search->progress;

	/* Until the size is known, it counts its looks at the network. */
	if (total <= 0)
		done = 0;
	if (!progress->go_on(progress->context, fetch->path, no_less(done), no_less(total)))
		fetch->given_up = "interrupted";
	else if (total <= 0 && clock_monotonic() - fetch->start > SILENCE_MAX)
		fetch->given_up = "no answer in 30 seconds";
	return fetch->given_up != NULL;
}

static bool find_functions(void *handle)
{
	const struct {
		const char *name;
		void *function;
	} wanted[] = {
		{"debuginfod_begin", &library.begin},
		{"debuginfod_end", &library.end},
		{"debuginfod_find_debuginfo", &library.find},
		{"debuginfod_set_progressfn", &library.set_progress},
		{"debuginfod_set_user_data", &library.set_user_data},
		{"debuginfod_get_user_data", &library.get_user_data},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		void *symbol = dlsym(handle, wanted[i].name);

		if (!symbol)
			return false;
		memcpy(wanted[i].function, &symbol, sizeof(symbol));
	}
	return true;
}

static void load(void)
{
	void *handle = library.tried ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (library.tried)
		return;
	library.tried = true;
	if (!handle)
		library.problem = LIBRARY " is not installed";
	else if (!find_functions(handle))
		library.problem = LIBRARY " is too old";
}

static struct error *fetcher_of(struct debug_search *search, struct debug_fetcher **ret)
{
	struct debug_fetcher *fetcher = search->fetcher;

	if (!fetcher) {
		fetcher = search->fetcher = calloc(1, sizeof(*fetcher));
		if (!fetcher)
			return &error_no_memory;
		load();
		fetcher->given_up = library.problem;
		fetcher->client = library.problem ? NULL : library.begin();
		if (fetcher->client)
			library.set_progress(fetcher->client, go_on);
		else if (!library.problem)
			fetcher->given_up = LIBRARY " cannot be used";
	}
	*ret = fetcher;
	return NULL;
}

static struct error *fetch_file(
	struct debug_look *look, struct debug_search *search, struct debug_fetcher *fetcher)
{
	struct fetch fetch = {
		.search = search, .path = look->image->label, .start = clock_monotonic()};
	CLEANUP(cleanup_free) char *path = NULL;
	size_t length;
	const uint8_t *id = elf_image_build_id(look->image, &length);

	library.set_user_data(fetcher->client, &fetch);
	int fd = library.find(fetcher->client, id, (int)length, &path);
	search->progress.go_on(search->progress.context, NULL, 0, 0);
	if (fd >= 0)
		return debug_look_consider(look, fd, NULL, path ? path : "debuginfod", NULL);
	fetcher->given_up = fetch.given_up;
	look->given_up = fetch.given_up != NULL;
	debug_look_note(look, NULL, "debuginfod",
		fetch.given_up  ? fetch.given_up
		: fd == -ENOENT ? "no such file"
				: strerror(-fd));
	return NULL;
}

struct error *debug_fetch(struct debug_look *look, struct debug_search *search)
{
	const char *servers = getenv("DEBUGINFOD_URLS");
	struct debug_fetcher *fetcher;

	if (!search->progress.go_on)
		return NULL;
	if (!servers || !servers[strspn(servers, " ")]) {
		debug_look_note(look, NULL, "debuginfod", "DEBUGINFOD_URLS is not set");
		return NULL;
	}
	if (!look->image->build_id.count)
		return NULL;
	struct error *error = fetcher_of(search, &fetcher);
	if (error)
		return error;
	if (!fetcher->given_up)
		return fetch_file(look, search, fetcher);
	look->given_up = fetcher->client != NULL;
	if (!look->given_up || !look->found->reach)
		debug_look_note(look, NULL, "debuginfod", fetcher->given_up);
	return NULL;
}
