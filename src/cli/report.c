#include "cli/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/color.h"
#include "cli/json.h"
#include "cli/pager.h"
#include "export/utf8.h"

void print_text(FILE *stream, const char *text)
{
	STRING_BUILDER(printable);

	utf8_append_printable(&printable, text, strlen(text));
	if (printable.text)
		fputs(printable.text, stream);
}

/* The lines of a message are limpet's own; what is in them comes from anywhere. */
static void print_lines(FILE *stream, const char *text)
{
	struct cursor rest = cursor_over(text, strlen(text)), line;

	for (bool first = true; cursor_take_line(&rest, &line); first = false) {
		CLEANUP(cleanup_free) char *copy = strndup(line.at, cursor_left(&line));

		fputs(first ? "" : "\n", stream);
		print_text(stream, copy ? copy : "out of memory");
	}
}

enum exit_status exit_status_of(const struct session *session, const struct error *error)
{
	if (!error)
		return EXIT_DONE;
	switch (error->kind) {
	case ERROR_INTERRUPTED:
		return EXIT_INTERRUPTED;
	case ERROR_GONE:
	case ERROR_DENIED:
		return EXIT_TARGET;
	default:
		break;
	}
	if (session->error_position)
		return EXIT_SCRIPT_FAILED;
	return error->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_COMMAND_FAILED;
}

static bool may_be_the_surroundings(const struct error *error)
{
	return error->kind == ERROR_DENIED || error->kind == ERROR_UNSUPPORTED;
}

struct error *report_point_at_doctor(const struct session *session, struct error *error)
{
	const char *pid = session->target_text;

	if (error->hint || !may_be_the_surroundings(error))
		return error;
	if (!session->one_command || !pid)
		return error_set_hint(error, "`doctor` says what works here, and what would help");
	return error_set_hint(error,
		"`limpet -p %.*s doctor` says what works here, and what "
		"would help",
		(int)strcspn(pid, " "), pid);
}

enum exit_status report_error(struct session *session, struct error *error)
{
	if (!error)
		return EXIT_DONE;

	pager_settle();
	error = report_point_at_doctor(session, error);
	bool color = session_wants_color(session, stderr);
	enum exit_status status = exit_status_of(session, error);

	fputs(color_begin(color, COLOR_ERROR), stderr);
	print_text(stderr, session->error_position ? session->error_position : "limpet");
	fprintf(stderr, ":%s ", color_begin(color, COLOR_NONE));
	print_lines(stderr, error->message);
	putc('\n', stderr);
	if (error->hint) {
		fputs("  ", stderr);
		print_text(stderr, error->hint);
		putc('\n', stderr);
	}
	free(TAKE_POINTER(session->error_position));
	error_destroy(error);
	return status;
}

void report(const struct session *session, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	va_list arguments;

	if (session->quiet)
		return;
	pager_settle();
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	print_text(stderr, text ? text : "out of memory");
	putc('\n', stderr);
}

void report_kept(struct session *session, const struct session_profile *kept, const char *output,
	const char *done)
{
	if (session->json) {
		answer_put(session, "profile", json_integer(kept->number));
		answer_put_saved(session, output);
	}
	/* Of the file of all the front tells. */
	if (session->joint_path)
		output = NULL;
	report(session, "%s%skept as @%u%s%s", done ? done : "", done ? "; " : "", kept->number,
		output ? ", saved in " : "", output ? output : "");
}
