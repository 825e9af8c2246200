#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/string_builder.h"
#include "cli/pager.h"
#include "cli/text_columns.h"
#include "export/utf8.h"

#define INTERVAL      (NANOSECONDS_PER_SECOND / 4)
#define USUAL_COLUMNS 80

struct progress progress_begin(const struct session *session)
{
	const char *terminal = getenv("TERM");

	return (struct progress){
		.visible = !session->quiet && isatty(STDERR_FILENO) && terminal &&
			   strcmp(terminal, "dumb") != 0,
	};
}

bool progress_is_due(struct progress *progress)
{
	uint64_t now;

	if (!progress->visible)
		return false;
	now = clock_monotonic();
	if (now < progress->next)
		return false;
	progress->next = now + INTERVAL;
	return true;
}

/* A line that fills its row would go on in the next one, which is not cleared. */
static size_t columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U
									       : USUAL_COLUMNS - 1;
}

void progress_show(struct progress *progress, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	STRING_BUILDER(line);
	va_list arguments;

	if (!progress->visible)
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text)
		utf8_append_printable(&line, text, strlen(text));
	if (!line.text)
		return;
	pager_settle();
	fprintf(stderr, "\r%.*s\033[K", (int)text_head(line.text, line.length, columns()),
		line.text);
	fflush(stderr);
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
