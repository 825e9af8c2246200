/*
 * late: asleep, until it is told "begin": then a thread named "late-comer" loads a library and uses
 * CPU in that.
 */
#include <dlfcn.h>
#include <string.h>

#include "victim.h"

static void *burn_in_library(void *unused)
{
	void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
	double (*function)(double) = NULL;
	volatile double sum = 0;

	(void)unused;
	if (library)
		*(void **)&function = dlsym(library, "cbrt");
	if (!function)
		fail("no cbrt() in libm.so.6: %s", dlerror());
	for (;;)
		sum += function(sum);
	return NULL;
}

int main(void)
{
	char line[16];

	victim_start();
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		if (strcmp(line, "begin") == 0)
			spawn("late-comer", burn_in_library, NULL);
	}
}
