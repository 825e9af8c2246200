#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

/* What the user had limpet switch in the target, and what stays so: until it is switched back. */

struct ledger_entry { /* all owned */
	char *name;   /* of a mallctl */
	char *before; /* as the first command found it */
	char *now;
	char *undo;   /* the command that switches it back */
	int64_t time; /* s since 1970: when it was switched last */
};
ARRAY_DEFINE(ledger_entries, struct ledger_entry)

struct ledger {
	struct ledger_entries entries;
};

/* Switched from before to now; the undo is the command for before. Copies all. */
struct error *ledger_note(struct ledger *ledger, const char *name, const char *before,
	const char *now, const char *undo) MUST_CHECK;
/* NULL: it is as it was found. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *name);
void ledger_deinit(struct ledger *ledger);
