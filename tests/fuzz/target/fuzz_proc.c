#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "target/proc.h"

/* The texts of /proc: each parser gets each input. */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_stat(struct cursor text)
{
	struct proc_stat stat = {.id = -7};

	if (!proc_parse_stat(text, &stat)) {
		if (stat.id != -7)
			abort();
		return;
	}
	if (stat.id < 0 || stat.processor < 0 || strnlen(stat.name, 16) == 16)
		abort();
}

static void check_status(struct cursor text)
{
	struct proc_status status = {.process = -7};

	if (proc_parse_status(text, &status) ? status.process <= 0 || status.parent < 0
					     : status.process != -7)
		abort();
}

static void check_system_call(struct cursor text)
{
	struct proc_system_call call = {.number = -7};

	if (proc_parse_system_call(text, &call) ? call.number < -1 || call.number > INT_MAX
						: call.number != -7)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cursor text = cursor_over(bytes, length);
	struct target_memory memory;
	uint64_t time;

	check_stat(text);
	check_status(text);
	check_system_call(text);
	(void)proc_parse_schedstat(text, &time);
	(void)proc_parse_waited(text, &time);
	(void)proc_parse_arrivals(text, &time);
	(void)proc_parse_last_run(text, &time);
	(void)proc_parse_switches(text, &time);
	(void)proc_parse_sleeps(text, &time);
	(void)proc_parse_memory(text, &memory);
	(void)proc_parse_kib(text, &time);
	return 0;
}
