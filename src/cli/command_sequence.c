#include "cli/command_sequence.h"

#include <string.h>

#include "cli/lexer.h"
#include "cli/run.h"

/* What is done with each command, whether it is a line or words. */
struct action {
	struct error *(*line)(struct session *session, struct cursor line);
	struct error *(*words)(struct session *session, char *const *words, size_t count);
};

static struct error *each_line(
	struct session *session, const struct action *action, struct cursor text)
{
	struct error *error = NULL;
	struct cursor part;

	while (!error && !session->quit && line_take_part(&text, &part))
		error = action->line(session, part);
	return error;
}

static struct error *each(
	struct session *session, const struct action *action, char *const *words, size_t count)
{
	struct error *error = NULL;
	size_t begin = 0;

	if (count == 1)
		return each_line(session, action, cursor_over(words[0], strlen(words[0])));
	for (size_t i = 0; !error && !session->quit && i <= count; i++) {
		if (i < count && strcmp(words[i], ";") != 0)
			continue;
		if (i > begin)
			error = action->words(session, words + begin, i - begin);
		begin = i + 1;
	}
	return error;
}

struct error *command_sequence_run(struct session *session, char *const *words, size_t count)
{
	static const struct action action = {run_line, run_words};

	return each(session, &action, words, count);
}

struct error *command_sequence_check(struct session *session, char *const *words, size_t count)
{
	static const struct action action = {run_check_line, run_check_words};

	return each(session, &action, words, count);
}
