#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/completion.h"
#include "target/live.h"

/* Those of the user come first. */
static unsigned rank_of(pid_t pid)
{
	char path[32];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &status) == 0 && status.st_uid == geteuid() ? 0 : 1;
}

static void add_name(void *context, pid_t pid, const char *name)
{
	struct completion *completion = context;

	(void)pid;
	if (!strpbrk(name, " \t'\"\\"))
		completion_add(completion, name);
}

/* A name is offered once it is begun: without a word, each process stands in the list once. */
static void add_process(void *context, pid_t pid, const char *name)
{
	struct completion *completion = context;
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	if (strncmp(number, completion->text, strlen(completion->text)) == 0)
		completion_add_note(completion, number, name, rank_of(pid));
	if (completion->text[0])
		add_name(context, pid, name);
}

void complete_processes(struct completion *completion)
{
	error_destroy(live_target_visit_all(add_process, completion));
}

void complete_process_names(struct completion *completion)
{
	error_destroy(live_target_visit_all(add_name, completion));
}
