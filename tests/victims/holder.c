/*
 * holder [LIBRARY]...: holds memory of jemallocs that are linked with it, or with libraries that it
 * loads, in each way that there is; linked by tests/matrix. A heap is called after the prefix of
 * its jemalloc. Commands: "hold HEAP", answered by "held BYTES", what it holds now, allocated by a
 * thread that is started for it; "release HEAP", by "released"; "figures HEAP", by what the
 * jemalloc says of itself. The main thread is otherwise in read(0).
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "holder_heap.h"
#include "victim.h"

/* Those that are not linked are NULL. */
#define DECLARE(name)                                                                              \
	heap_hold hold_##name __attribute__((weak));                                               \
	heap_release release_##name __attribute__((weak));                                         \
	heap_figures figures_##name __attribute__((weak));
DECLARE(none)
DECLARE(je_)
DECLARE(je)
DECLARE(_rjem_)

struct heap {
	const char *name;
	heap_hold *hold;
	heap_release *release;
	heap_figures *figures;
};

#define ENTRY(name)                                                                                \
	{                                                                                          \
#name, hold_##name, release_##name, figures_##name                                 \
	}
static struct heap heaps[] = {ENTRY(none), ENTRY(je_), ENTRY(je), ENTRY(_rjem_)};
#define HEAP_COUNT (sizeof(heaps) / sizeof(heaps[0]))

static void *find(void *library, const char *what, const char *name)
{
	char symbol[32];

	snprintf(symbol, sizeof(symbol), "%s_%s", what, name);
	return dlsym(library, symbol);
}

static void load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		fail("%s", dlerror());
	for (size_t i = 0; i < HEAP_COUNT; i++) {
		struct heap *heap = &heaps[i];

		if (heap->hold)
			continue;
		heap->hold = (heap_hold *)(intptr_t)find(library, "hold", heap->name);
		heap->release = (heap_release *)(intptr_t)find(library, "release", heap->name);
		heap->figures = (heap_figures *)(intptr_t)find(library, "figures", heap->name);
	}
}

static void *run_hold(void *argument)
{
	const struct heap *heap = argument;

	return (void *)heap->hold();
}

static void hold(struct heap *heap)
{
	pthread_t thread;
	void *bytes;

	if (pthread_create(&thread, NULL, run_hold, heap) || pthread_join(thread, &bytes))
		fail("no thread");
	say("held %zu", (size_t)bytes);
}

static void release(struct heap *heap)
{
	heap->release();
	say("released");
}

static void tell_figures(struct heap *heap)
{
	say("%s", heap->figures());
}

static const struct {
	const char *name;
	void (*run)(struct heap *heap);
} commands[] = {
	{"hold", hold},
	{"release", release},
	{"figures", tell_figures},
};

static struct heap *find_heap(const char *name)
{
	for (size_t i = 0; i < HEAP_COUNT; i++)
		if (heaps[i].hold && strcmp(heaps[i].name, name) == 0)
			return &heaps[i];
	fail("no heap '%s'", name);
}

static void run_command(char *line)
{
	char *name = strchr(line, ' ');

	if (!name)
		fail("no heap in '%s'", line);
	*name++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(line, commands[i].name) == 0) {
			commands[i].run(find_heap(name));
			return;
		}
	fail("no command '%s'", line);
}

int main(int count, char **arguments)
{
	char line[64];

	victim_start();
	/* As Rust's programs do. It brings the code of sigaction() into one that is linked with
	 * musl statically, without which there is no return from a signal for limpet to use. */
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < count; i++)
		load(arguments[i]);
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		run_command(line);
	}
}
