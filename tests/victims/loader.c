/* loader: threads that load and unload a library, and go through the list of those loaded. */
#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define LIBRARY "libutil.so.1"
#define STEPS   100

static unsigned long loads, visits;

KEEP static void load(void *unused)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	(void)unused;
	if (!library || dlclose(library))
		complain("BAD dlopen: %s", dlerror());
	loads++;
}

static int count_module(struct dl_phdr_info *info, size_t size, void *count)
{
	(void)size;
	*(unsigned long *)count += info->dlpi_phnum > 0;
	return 0;
}

KEEP static void visit(void *unused)
{
	(void)unused;
	for (int i = 0; i < STEPS; i++) {
		unsigned long modules = 0;

		dl_iterate_phdr(count_module, &modules);
		if (modules < 3)
			complain("BAD dl_iterate_phdr: %lu", modules);
	}
	visits++;
}

static void append_counts(char *line, size_t size)
{
	append(line, size, " loads=%lu visits=%lu", loads, visits);
}

int main(void)
{
	victim_start();
	spawn_worker("loader", load, NULL);
	spawn_worker("visitor", visit, NULL);
	answer_commands(append_counts, NULL);
}
