#include <stdio.h>

#include "cli/completion.h"
#include "target/live.h"

static void add(void *context, pid_t pid, const char *name)
{
	struct completion *completion = context;
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	/* Names stand for what can be typed; numbers are offered once one is begun. */
	if (completion->text[0])
		completion_add(completion, number);
	completion_add(completion, name);
}

void complete_processes(struct completion *completion)
{
	if (completion->index == 0)
		error_destroy(live_target_visit_all(add, completion));
}
