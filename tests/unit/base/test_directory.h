#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/test_support.h"
#include "base/cleanup.h"

/* Every such test has an empty directory of its own and works in it. */
#define TEST_IN_DIRECTORY(function)                                                                \
	cmocka_unit_test_setup_teardown(function, enter_directory, leave_directory)

static inline int enter_directory(void **state)
{
	char *name = strdup(P_tmpdir "/limpet_test.XXXXXX");

	*state = name;
	return name && mkdtemp(name) && chdir(name) == 0 ? 0 : -1;
}

static inline int leave_directory(void **state)
{
	CLEANUP(cleanup_free) char *command = NULL;
	CLEANUP(cleanup_free) char *name = *state;

	if (chdir("/") < 0 || asprintf(&command, "rm -rf '%s'", name) < 0)
		return -1;
	return system(command);
}
