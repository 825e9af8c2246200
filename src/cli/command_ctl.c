#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/jemalloc_access.h"
#include "cli/report.h"

static struct error *print_value(
	struct session *session, const char *name, const struct mallctl_value *value)
{
	CLEANUP(cleanup_free) char *text = mallctl_value_format(value);

	if (!text)
		return &error_no_memory;
	fprintf(session->out, "%s = ", name);
	print_text(session->out, text);
	fputc('\n', session->out);
	return NULL;
}

static struct error *read_and_print(
	struct session *session, struct jemalloc *jemalloc, const char *name)
{
	struct mallctl_value value;
	struct error *error = mallctl_read(jemalloc, name, &value);

	if (error)
		return error;
	error = print_value(session, name, &value);
	mallctl_value_deinit(&value);
	return error;
}

static struct error *note_switch(struct session *session, const char *name,
	const struct mallctl_value *before, const struct mallctl_value *now)
{
	CLEANUP(cleanup_free) char *former = mallctl_value_format(before);
	CLEANUP(cleanup_free) char *present = mallctl_value_format(now);
	CLEANUP(cleanup_free) char *undo = NULL;

	if (!former || !present || asprintf(&undo, "ctl %s %s", name, former) < 0)
		return &error_no_memory;
	if (strcmp(former, present) != 0)
		report(session, "it stays so after limpet has let go; `%s` undoes it", undo);
	return ledger_note(&session->attachment->ledger, name, former, present, undo);
}

/* It is shown as it is afterwards: an order may have had no effect. */
static struct error *exchange_and_print(struct session *session, struct jemalloc *jemalloc,
	const char *name, const struct mallctl_value *value)
{
	CLEANUP(mallctl_value_deinit) struct mallctl_value before = {.type = MALLCTL_NONE};
	CLEANUP(mallctl_value_deinit) struct mallctl_value now = {.type = MALLCTL_NONE};
	struct error *error = mallctl_exchange(jemalloc, name, value, &before);

	if (!error)
		error = mallctl_read(jemalloc, name, &now);
	if (!error)
		error = print_value(session, name, &now);
	return error ? error : note_switch(session, name, &before, &now);
}

static struct error *parse_value(
	const char *name, enum mallctl_type type, const char *text, struct mallctl_value *ret)
{
	*ret = (struct mallctl_value){.type = MALLCTL_NONE};
	if (type == MALLCTL_NONE)
		return text ? error_create(ERROR_USAGE, "%s takes no value", name) : NULL;
	if (mallctl_value_parse(text, type, ret))
		return NULL;
	return error_set_hint(error_create(ERROR_USAGE, "'%s' is not what %s takes", text, name),
		"it takes %s", mallctl_type_text(type));
}

static struct error *write_and_print(struct session *session, struct jemalloc *jemalloc,
	const struct mallctl_name *entry, const char *name, const char *text)
{
	CLEANUP(mallctl_value_deinit) struct mallctl_value value = {.type = MALLCTL_NONE};
	struct error *error = parse_value(name, entry->type, text, &value);

	if (error)
		return error;
	return entry->access & MALLCTL_READ ? exchange_and_print(session, jemalloc, name, &value)
					    : mallctl_write(jemalloc, name, &value);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *name = arguments_word(arguments, 0), *text = arguments_word(arguments, 1);
	const struct mallctl_name *entry = mallctl_find_name(name);
	bool writes = text || (entry && entry->type == MALLCTL_NONE);
	struct attachment *attachment;
	struct jemalloc jemalloc;
	struct error *error = mallctl_check(name, writes ? MALLCTL_WRITE : MALLCTL_READ, &entry);

	if (!error)
		error = require_jemalloc(session, &attachment, &jemalloc);
	if (error)
		return error;
	error = writes ? write_and_print(session, &jemalloc, entry, name, text)
		       : read_and_print(session, &jemalloc, name);
	finish_jemalloc(session, &jemalloc);
	return error;
}

static void complete(struct completion *completion)
{
	size_t count;
	const struct mallctl_name *names = mallctl_names(&count);

	for (size_t i = 0; completion->index == 0 && i < count; i++)
		if (!names[i].refusal)
			completion_add(completion, names[i].pattern);
}

const struct command command_ctl = {
	.name = "ctl",
	.group = GROUP_HEAP,
	.usage = "NAME [VALUE]",
	.summary = "read or write one of jemalloc's control values",
	.description =
		"Calls mallctl in the process: the names are those of jemalloc(3), and limpet "
		"knows "
		"the type of each. What concerns stats. is read after a refresh. Orders such as "
		"arena.0.purge take no value; arena 4096 stands for all.\n\n"
		"The call is made on a thread that waits outside the allocator, borrowed for "
		"microseconds while all others run on. What frees live memory is refused.",
	.examples = (const char *const[]){"ctl stats.allocated", "ctl prof.active true",
		"ctl arena.4096.purge", NULL},
	.minimum = 1,
	.maximum = 2,
	.run = run,
	.complete = complete,
};
