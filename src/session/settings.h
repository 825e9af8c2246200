#pragma once

#include <stdint.h>

#include "base/error.h"

/* What `set` changes and `show` prints: defaults that an option of a command overrides. */

enum setting_id {
	SETTING_CACHE_SIZE,
	SETTING_CALLS,
	SETTING_COLOR,
	SETTING_DEBUG_DIR,
	SETTING_DURATION,
	SETTING_GRANULARITY,
	SETTING_HINTS,
	SETTING_INLINES,
	SETTING_INSTANCE,
	SETTING_JSON,
	SETTING_NAMES,
	SETTING_NODECOUNT,
	SETTING_PAGER,
	SETTING_PROCESSES,
	SETTING_RATE,
	SETTING_RUNTIME,
	SETTING_SAMPLE_INDEX,
	SETTING_SYMBOLS,
	SETTING_SYSROOT,
	/* Of reports, as pprof has them. */
	SETTING_DIVIDE_BY,
	SETTING_DROP_NEGATIVE,
	SETTING_EDGEFRACTION,
	SETTING_FOCUS,
	SETTING_HIDE,
	SETTING_IGNORE,
	SETTING_MEAN,
	SETTING_NODEFRACTION,
	SETTING_PRUNE_FROM,
	SETTING_RELATIVE_PERCENTAGES,
	SETTING_SHOW,
	SETTING_SHOW_FROM,
	SETTING_SORT,
	SETTING_SOURCE_PATH,
	SETTING_TAGFOCUS,
	SETTING_TAGHIDE,
	SETTING_TAGIGNORE,
	SETTING_TAGSHOW,
	SETTING_TRIM,
	SETTING_TRIM_PATH,
	SETTING_UNIT,
	SETTING_COUNT,
};

enum setting_type {
	SETTING_TYPE_TEXT,
	SETTING_TYPE_NUMBER,
	SETTING_TYPE_DURATION,
	SETTING_TYPE_CHOICE,
};

struct setting {
	const char *name;
	enum setting_type type;
	const char *initial;
	uint64_t minimum, maximum;  /* of a number, or of a duration in ns */
	const char *const *choices; /* ended by NULL */
	const char *help;
};

struct setting_value {
	char *text;      /* as it was given */
	uint64_t number; /* of a number; ns of a duration; place of a choice, from 0 */
	char *origin;    /* see settings_origin(); NULL: it is the built-in one */
};

struct settings {
	struct setting_value values[SETTING_COUNT];
};

struct error *settings_init(struct settings *settings) MUST_CHECK;
void settings_deinit(struct settings *settings);

const struct setting *setting_describe(enum setting_id id);

/* ERROR_NOT_FOUND if there is no setting of that name. '-' and '_' are the same in it. */
struct error *setting_find(const char *name, enum setting_id *ret) MUST_CHECK;

/* ERROR_USAGE, with the range or the choices as hint; the old value then stays. */
struct error *settings_set(struct settings *settings, enum setting_id id, const char *text)
	MUST_CHECK;

const char *settings_text(const struct settings *settings, enum setting_id id);
/* Of a number or a duration (ns); of a choice its place, from 0. */
uint64_t settings_number(const struct settings *settings, enum setting_id id);

/*
 * Where the value came from, for people: "built in", "config:3", "LIMPET_RATE", "--color", "set".
 * settings_set() leaves it as it is; whoever sets a value for good says so (copied; on failure the
 * former one stays).
 */
const char *settings_origin(const struct settings *settings, enum setting_id id);
struct error *settings_set_origin(struct settings *settings, enum setting_id id, const char *origin)
	MUST_CHECK;
