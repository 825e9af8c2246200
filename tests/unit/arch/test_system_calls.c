#include "../base/test_support.h"

#include <stdio.h>
#include <sys/syscall.h>

#include "arch/system_calls.h"

/* The kernel's own list, as its headers have it; other folders on other distributions. */
static FILE *open_list(void)
{
	FILE *list = fopen("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "r");

	return list ? list : fopen("/usr/include/asm/unistd_64.h", "r");
}

static void names_are_those_of_the_kernel(void **state)
{
	FILE *list = open_list();
	char line[256], name[128];
	size_t compared = 0;
	long number;

	(void)state;
	if (!list)
		skip();
	while (fgets(line, sizeof(line), list)) {
		if (sscanf(line, "#define __NR_%127s %ld", name, &number) != 2)
			continue;
		const char *known = system_call_name(number);
		/* A newer kernel may have more. */
		if (known || number < SYS_futex)
			assert_string_equal(known, name);
		compared += known != NULL;
	}
	fclose(list);
	assert_true(compared > 300);
}

static void what_is_no_call_has_no_name(void **state)
{
	(void)state;
	assert_null(system_call_name(-1));
	assert_null(system_call_name(400)); /* a gap */
	assert_null(system_call_name(1 << 20));
	assert_null(system_call_name(INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_kernel),
		cmocka_unit_test(what_is_no_call_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
