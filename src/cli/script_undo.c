#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/front.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/script.h"
#include "session/attachment.h"
#include "session/interrupt.h"

struct error *switched_before_init(struct switched_before *known, const struct session *session)
{
	struct switched_before before = {0};
	struct error *error = NULL;

	*known = before;
	if (!session->attachment)
		return NULL;
	ARRAY_FOR_EACH (entry, &session->attachment->ledger.entries) {
		char *copy = error ? NULL : strdup(entry->name);

		if (!error)
			error = copy ? owned_texts_append(&before.names, copy) : &error_no_memory;
		if (error)
			free(copy);
	}
	*known = before;
	return error;
}

void switched_before_deinit(struct switched_before *known)
{
	owned_texts_free(&known->names);
}

static bool was_switched(const struct switched_before *known, const char *name)
{
	ARRAY_FOR_EACH (before, &known->names)
		if (strcmp(*before, name) == 0)
			return true;
	return false;
}

/* The last one that was switched, of those that are to be switched back; NULL: none is left. */
static const struct ledger_entry *next_entry(
	const struct session *session, const struct switched_before *known)
{
	const struct ledger *ledger = session->attachment ? &session->attachment->ledger : NULL;

	for (size_t i = ledger ? ledger->entries.count : 0; i-- > 0;)
		if (!was_switched(known, ledger->entries.items[i].name))
			return &ledger->entries.items[i];
	return NULL;
}

/* The command says itself what it does, to people: here it is a message, not data. */
static struct error *run_undo(struct session *session, const char *undo)
{
	FILE *out = session->out, *nowhere = fopen("/dev/null", "we");
	bool quiet = session->quiet;
	struct error *error;

	if (!nowhere)
		return error_create(ERROR_FAILED, "cannot open /dev/null");
	session->out = nowhere;
	session->quiet = true;
	error = run_line(session, cursor_over(undo, strlen(undo)));
	session->out = out;
	session->quiet = quiet;
	fclose(nowhere);
	return error;
}

/* false: it is not as it was, and nothing more can be done about it. */
static bool undo_one(struct session *session, const struct ledger_entry *entry)
{
	CLEANUP(cleanup_free) char *name = strdup(entry->name);
	CLEANUP(cleanup_free) char *before = strdup(entry->before);
	CLEANUP(cleanup_free) char *undo = strdup(entry->undo);
	struct error *error;

	if (!name || !before || !undo)
		return false;
	error = run_undo(session, undo);
	if (!error) {
		report(session, "%s is %s again, as it was before the script: `%s`", name, before,
			undo);
		return !ledger_find(&session->attachment->ledger, name);
	}
	/* Of a process that has gone nothing is to be put right. */
	if (error->kind == ERROR_GONE)
		error_destroy(error);
	else
		report_error(session, error_add_context(error, "switching %s back to %s with `%s`",
					      name, before, undo));
	return false;
}

void script_undo(struct session *session, const struct switched_before *known)
{
	const struct ledger_entry *entry;
	bool goes_on = !session->keeps_switched;

	if (goes_on)
		session_begin_cleanup();
	if (goes_on && session->front)
		front_undo(session);
	while (goes_on && (entry = next_entry(session, known)))
		goes_on = undo_one(session, entry);
}
