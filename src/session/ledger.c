#include "session/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

static void entry_deinit(struct ledger_entry *entry)
{
	free(entry->name);
	free(entry->before);
	free(entry->now);
	free(entry->undo);
}

static struct ledger_entry *find(const struct ledger *ledger, const char *name)
{
	ARRAY_FOR_EACH (entry, &ledger->entries)
		if (strcmp(entry->name, name) == 0)
			return entry;
	return NULL;
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *name)
{
	return find(ledger, name);
}

static void forget(struct ledger *ledger, struct ledger_entry *entry)
{
	struct ledger_entry *last = &ledger->entries.items[ledger->entries.count - 1];

	entry_deinit(entry);
	memmove(entry, entry + 1, (size_t)(last - entry) * sizeof(*entry));
	ledger->entries.count--;
}

static struct error *update(struct ledger *ledger, struct ledger_entry *entry, const char *now)
{
	char *copy;

	if (strcmp(entry->before, now) == 0) {
		forget(ledger, entry);
		return NULL;
	}
	copy = strdup(now);
	if (!copy)
		return &error_no_memory;
	free(entry->now);
	entry->now = copy;
	entry->time = time(NULL);
	return NULL;
}

struct error *ledger_note(struct ledger *ledger, const char *name, const char *before,
	const char *now, const char *undo)
{
	struct ledger_entry *known = find(ledger, name);

	if (known)
		return update(ledger, known, now);
	if (strcmp(before, now) == 0)
		return NULL;
	struct ledger_entry entry = {
		strdup(name), strdup(before), strdup(now), strdup(undo), time(NULL)};
	struct error *error = entry.name && entry.before && entry.now && entry.undo
				      ? ledger_entries_append(&ledger->entries, entry)
				      : &error_no_memory;
	if (error)
		entry_deinit(&entry);
	return error;
}

void ledger_deinit(struct ledger *ledger)
{
	ARRAY_FOR_EACH (entry, &ledger->entries)
		entry_deinit(entry);
	ledger_entries_deinit(&ledger->entries);
}
