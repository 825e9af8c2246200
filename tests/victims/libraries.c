/*
 * libraries FOLDER COUNT: loads FOLDER/library-0.so, -1, ...; so many, each with a function
 * visit_0, visit_1, ... that calls that of the next library. The thread "burner" begins with each
 * of them in turn and burns CPU DEPTH libraries further; the threads "sleeper" wait there, one for
 * each DEPTH libraries.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "library.h"
#include "victim.h"

#define MOST  1000
#define DEPTH 8
#define STEPS 20000

static void (*functions[MOST])(const struct way *way, unsigned at, unsigned left);
static unsigned count;

KEEP static void burn(void)
{
	work(STEPS);
}

KEEP static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

KEEP static void *run_burner(void *unused)
{
	const struct way way = {functions, count, burn};

	for (unsigned at = 0;; at = (at + 1) % count)
		functions[at](&way, at, DEPTH);
	return unused;
}

KEEP static void *run_sleeper(void *at)
{
	const struct way way = {functions, count, sleep_for_ever};
	unsigned first = (unsigned)(size_t)at;

	functions[first](&way, first, DEPTH);
	return NULL;
}

static void load(const char *folder, unsigned number)
{
	char path[4096], name[32];
	void *library;

	snprintf(path, sizeof(path), "%s/library-%u.so", folder, number);
	snprintf(name, sizeof(name), "visit_%u", number);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		fail("%s", dlerror());
	*(void **)&functions[number] = dlsym(library, name);
	if (!functions[number])
		fail("%s", dlerror());
}

int main(int argument_count, char **arguments)
{
	victim_start();
	count = (unsigned)number_argument(argument_count, arguments, 2, 0);
	if (!count || count > MOST)
		fail("from 1 to %d libraries", MOST);
	for (unsigned i = 0; i < count; i++)
		load(arguments[1], i);
	for (unsigned at = 0; at < count; at += DEPTH)
		wait_until_asleep(spawn("sleeper", run_sleeper, (void *)(size_t)at));
	spawn("burner", run_burner, NULL);
	wait_for_end();
}
