#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/ctl_list.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "jemalloc/mallctl_pattern.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "list", .letter = 'l', .help = "all values whose names begin so"},
	{.name = "type", .argument = "TYPE", .help = "of a value that limpet does not know"},
	INSTANCE_OPTION,
	{0},
};

/* What is to be done with one value. */
struct ctl {
	struct session *session;
	const struct arguments *arguments;
	const char *name, *text; /* text: NULL, or to be written */
	enum mallctl_type type;
	enum mallctl_access access; /* that it has, as far as known */
	bool type_is_given;
	struct jemalloc jemalloc;
};

static struct error *print_value(const struct ctl *ctl, const struct mallctl_value *value)
{
	FILE *out = ctl->session->out;

	if (ctl->session->json)
		return answer_put_all(
			ctl->session, json_pack("{s:o}", ctl->name, json_mallctl_value(value)));
	CLEANUP(cleanup_free) char *text = mallctl_value_format(value);
	if (!text)
		return &error_no_memory;
	fprintf(out, "%s = ", ctl->name);
	print_text(out, text);
	fputc('\n', out);
	return NULL;
}

static struct error *read_value(struct ctl *ctl, struct mallctl_value *ret)
{
	return ctl->type_is_given ? mallctl_read_as(&ctl->jemalloc, ctl->name, ctl->type, ret)
				  : mallctl_read(&ctl->jemalloc, ctl->name, ret);
}

static struct error *read_and_print(struct ctl *ctl)
{
	CLEANUP(mallctl_value_deinit) struct mallctl_value value = {.type = MALLCTL_NONE};
	struct error *error = read_value(ctl, &value);

	return error ? error : print_value(ctl, &value);
}

/* With --type the type stands in the command that undoes it, too. */
static struct error *note_switch(
	struct ctl *ctl, const struct mallctl_value *before, const struct mallctl_value *now)
{
	CLEANUP(cleanup_free) char *former = mallctl_value_format(before);
	CLEANUP(cleanup_free) char *present = mallctl_value_format(now);
	CLEANUP(cleanup_free) char *plain = NULL;
	CLEANUP(cleanup_free) char *undo = NULL;
	struct error *error;

	if (!former || !present ||
		(ctl->type_is_given ? asprintf(&plain, "ctl --type %s %s %s",
					      mallctl_type_word(ctl->type), ctl->name, former)
				    : asprintf(&plain, "ctl %s %s", ctl->name, former)) < 0)
		return &error_no_memory;
	error = note_switched(
		ctl->session, ctl->arguments, ctl->name, former, present, plain, &undo);
	if (!error && strcmp(former, present) != 0)
		report(ctl->session, "it stays so after limpet has let go; `%s` undoes it", undo);
	return error;
}

/* It is shown as it is afterwards: an order may have had no effect. */
static struct error *exchange_and_print(struct ctl *ctl, const struct mallctl_value *value)
{
	CLEANUP(mallctl_value_deinit) struct mallctl_value before = {.type = MALLCTL_NONE};
	CLEANUP(mallctl_value_deinit) struct mallctl_value now = {.type = MALLCTL_NONE};
	struct error *error = mallctl_exchange(&ctl->jemalloc, ctl->name, value, &before);

	if (!error)
		error = read_value(ctl, &now);
	if (!error)
		error = print_value(ctl, &now);
	return error ? error : note_switch(ctl, &before, &now);
}

static struct error *parse_value(const struct ctl *ctl, struct mallctl_value *ret)
{
	*ret = (struct mallctl_value){.type = MALLCTL_NONE};
	if (ctl->type == MALLCTL_NONE)
		return ctl->text ? error_create(ERROR_USAGE, "%s takes no value", ctl->name) : NULL;
	if (mallctl_value_parse(ctl->text, ctl->type, ret))
		return NULL;
	return error_set_hint(
		error_create(ERROR_USAGE, "'%s' is not what %s takes", ctl->text, ctl->name),
		"it takes %s", mallctl_type_text(ctl->type));
}

static struct error *write_and_print(struct ctl *ctl)
{
	CLEANUP(mallctl_value_deinit) struct mallctl_value value = {.type = MALLCTL_NONE};
	struct error *error = parse_value(ctl, &value);

	if (error)
		return error;
	return ctl->access & MALLCTL_READ ? exchange_and_print(ctl, &value)
					  : mallctl_write(&ctl->jemalloc, ctl->name, &value);
}

/* What limpet knows of the name. */
static struct error *look_up(struct ctl *ctl)
{
	const struct mallctl_name *entry = mallctl_find_name(ctl->name);
	bool writes = ctl->text || (entry && entry->type == MALLCTL_NONE);
	struct error *error =
		mallctl_check(ctl->name, writes ? MALLCTL_WRITE : MALLCTL_READ, &entry);

	if (error)
		return error;
	ctl->type = entry->type;
	ctl->access = writes ? entry->access : MALLCTL_READ;
	return NULL;
}

static struct error *take_type(struct ctl *ctl, const char *word)
{
	STRING_BUILDER(all);

	ctl->type = mallctl_type_find(word);
	ctl->type_is_given = true;
	ctl->access = ctl->type == MALLCTL_NONE ? MALLCTL_WRITE
		      : ctl->text               ? MALLCTL_READ_WRITE
						: MALLCTL_READ;
	if (ctl->type < MALLCTL_TYPE_COUNT)
		return mallctl_check_harmless(ctl->name);
	for (enum mallctl_type type = 0; type < MALLCTL_TYPE_COUNT; type++)
		string_append_format(&all, "%s%s", type ? ", " : "", mallctl_type_word(type));
	return error_set_hint(error_create(ERROR_USAGE, "'%s' is no type of a value", word),
		"it is one of %s", all.text ? all.text : "");
}

static struct error *run_one(struct ctl *ctl)
{
	struct attachment *attachment;
	struct error *error =
		require_jemalloc(ctl->session, ctl->arguments, &attachment, &ctl->jemalloc);

	if (error)
		return error;
	error = ctl->access & MALLCTL_WRITE ? write_and_print(ctl) : read_and_print(ctl);
	finish_jemalloc(ctl->session, &ctl->jemalloc);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *type = arguments_value(arguments, "type");
	struct ctl ctl = {
		.session = session,
		.arguments = arguments,
		.name = arguments_word(arguments, 0),
		.text = arguments_word(arguments, 1),
	};
	struct error *error;

	if (arguments_has(arguments, "list"))
		return ctl_list(session, arguments);
	if (!ctl.name)
		return arguments_error(arguments, "the name of a value is missing");
	error = type ? take_type(&ctl, type) : look_up(&ctl);
	return error ? error : run_one(&ctl);
}

/* A part at a time: there are too many names to be shown at once. */
static void complete_part(void *context, const char *expanded)
{
	struct completion *completion = context;
	size_t begun = strlen(completion->text);
	char name[MALLCTL_NAME_SIZE], *end;

	if (!mallctl_pattern_fill(expanded, completion->text, name))
		return;
	end = strchr(name + begun, '.');
	if (end)
		end[1] = '\0';
	end = strchr(name, '#');
	if (end)
		*end = '0';
	completion_add(completion, name);
}

static void complete(struct completion *completion)
{
	size_t count;
	const struct mallctl_name *names = mallctl_names(&count);

	for (size_t i = 0; completion->index == 0 && i < count; i++)
		if (!names[i].refusal)
			mallctl_pattern_expand(names[i].pattern, complete_part, completion);
}

const struct command command_ctl = {
	.name = "ctl",
	.group = GROUP_HEAP,
	.usage = "NAME [VALUE] | --list [BEGINNING]",
	.summary = "read or write one of jemalloc's control values",
	.description =
		"Calls mallctl in the process: the names are those of jemalloc(3), and limpet "
		"knows the type of each, from jemalloc 4.0 on. What begins with stats. is read "
		"after a refresh. Orders such as arena.0.purge take no value; arena 4096 stands "
		"for all. What frees live memory is refused.\n\n"
		"A name that limpet does not know needs --type: bool, unsigned, size, ssize, "
		"uint64, string, or order for what takes no value.\n\n"
		"--list shows all that this jemalloc has, with what they are now. Names with a "
		"number in them are shown once, as in stats.arenas.#.mapped; --list "
		"stats.arenas.0 shows all of that arena.",
	.examples = (const char *const[]){"ctl stats.allocated", "ctl prof.active true",
		"ctl arena.4096.purge", "ctl --list opt.", "ctl --type size stats.new_figure",
		NULL},
	.options = options,
	.maximum = 2,
	.prints_json = true,
	.run = run,
	.complete = complete,
};
