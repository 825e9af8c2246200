#include "cli/ctl_list.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/report.h"
#include "jemalloc/mallctl_list.h"

static struct error *print_listed(FILE *out, const struct mallctl_listed *listed)
{
	fputs(listed->name, out);
	if (listed->entry->type == MALLCTL_NONE) {
		fputs("  (an order)\n", out);
		return NULL;
	}
	if (!(listed->entry->access & MALLCTL_READ)) {
		fprintf(out, "  (takes %s)\n", mallctl_type_text(listed->entry->type));
		return NULL;
	}
	if (listed->is_open) {
		fputc('\n', out);
		return NULL;
	}
	if (listed->result) {
		fprintf(out, "  (cannot be read: %s)\n", strerrordesc_np(listed->result));
		return NULL;
	}
	CLEANUP(cleanup_free) char *text = mallctl_value_format(&listed->value);
	if (!text)
		return &error_no_memory;
	fputs(" = ", out);
	print_text(out, text);
	fputc('\n', out);
	return NULL;
}

static struct error *answer(struct session *session, const struct mallctl_list *list)
{
	json_t *object = json_object();

	ARRAY_FOR_EACH (listed, list) {
		if (!listed->is_open && !listed->result && listed->entry->access & MALLCTL_READ)
			json_put(&object, listed->name, json_mallctl_value(&listed->value));
	}
	return answer_put_all(session, object);
}

static struct error *print_list(
	struct session *session, const struct arguments *arguments, const struct mallctl_list *list)
{
	struct error *error = NULL;

	if (!list->count)
		return error_set_hint(error_create(ERROR_NOT_FOUND,
					      "no name that this jemalloc knows begins with '%s'",
					      arguments_word(arguments, 0)),
			"`ctl --list` shows all; numbers stand for indexes, as in stats.arenas.0");
	if (session->json)
		return answer(session, list);
	ARRAY_FOR_EACH (listed, list) {
		error = print_listed(session->out, listed);
		if (error)
			break;
	}
	return error;
}

struct error *ctl_list(struct session *session, const struct arguments *arguments)
{
	const char *begun = arguments_word(arguments, 0);
	CLEANUP(mallctl_list_free) struct mallctl_list list = {0};
	struct attachment *attachment;
	struct jemalloc jemalloc;
	struct error *error;

	if (arguments_word(arguments, 1) || arguments_value(arguments, "type"))
		return arguments_error(arguments, "--list takes nothing but a name's beginning");
	error = require_jemalloc(session, arguments, &attachment, &jemalloc);
	if (error)
		return error;
	error = mallctl_list_read(&jemalloc, begun ? begun : "", &list);
	finish_jemalloc(session, &jemalloc);
	return error ? error : print_list(session, arguments, &list);
}
