#include "session/settings.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "base/string_builder.h"

/* In the order of enum call_way. */
static const char *const calls_choices[] = {"auto", "own", "borrowed", NULL};
static const char *const color_choices[] = {"auto", "always", "never", NULL};
/* In the order of enum profile_grain, and of enum name_form. */
static const char *const grain_choices[] = {
	"functions", "lines", "addresses", "filefunctions", "files", NULL};
static const char *const hint_choices[] = {"on", "off", NULL};
static const char *const name_choices[] = {"full", "short", "mangled", NULL};
/* 0: nothing is left out. */
static const char *const inline_choices[] = {"shown", "hidden", NULL};
static const char *const pager_choices[] = {"auto", "off", NULL};
static const char *const json_choices[] = {"off", "on", NULL};
static const char *const runtime_choices[] = {"shown", "folded", NULL};
/* 1: yes. */
static const char *const boolean_choices[] = {"false", "true", NULL};
/* 1: by cumulative values. */
static const char *const sort_choices[] = {"flat", "cum", NULL};

static const struct setting settings_table[SETTING_COUNT] = {
	[SETTING_CACHE_SIZE] =
		{
			.name = "cache_size",
			.type = SETTING_TYPE_NUMBER,
			.initial = "256",
			.minimum = 0,
			.maximum = 1024 * 1024,
			.help = "how many MiB of names, as debug information gave them, are kept "
				"on disk for the next time, in ~/.cache/limpet; 0: none",
		},
	[SETTING_CALLS] =
		{
			.name = "calls",
			.type = SETTING_TYPE_CHOICE,
			.initial = "auto",
			.choices = calls_choices,
			.help = "which thread calls mallctl in the process: one of limpet's own, "
				"or "
				"one borrowed from the program; auto: own, but for short calls in "
				"a process with one thread",
		},
	[SETTING_COLOR] =
		{
			.name = "color",
			.type = SETTING_TYPE_CHOICE,
			.initial = "auto",
			.choices = color_choices,
			.help = "when to print in color; auto: on a terminal",
		},
	[SETTING_DEBUG_DIR] =
		{
			.name = "debug_dir",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "folders of debug files, DIR:DIR, to look in before "
				"/usr/lib/debug",
		},
	[SETTING_DURATION] =
		{
			.name = "duration",
			.type = SETTING_TYPE_DURATION,
			.initial = "10s",
			.minimum = NANOSECONDS_PER_MILLISECOND,
			.maximum = 7 * 24 * 3600 * NANOSECONDS_PER_SECOND,
			.help = "how long a capture takes",
		},
	[SETTING_GRANULARITY] =
		{
			.name = "granularity",
			.type = SETTING_TYPE_CHOICE,
			.initial = "functions",
			.choices = grain_choices,
			.help = "what is told apart when a profile is shown",
		},
	[SETTING_HINTS] =
		{
			.name = "hints",
			.type = SETTING_TYPE_CHOICE,
			.initial = "on",
			.choices = hint_choices,
			.help = "whether the prompt shows, in grey behind the cursor, what the "
				"command that is typed takes",
		},
	[SETTING_INLINES] =
		{
			.name = "inlines",
			.type = SETTING_TYPE_CHOICE,
			.initial = "shown",
			.choices = inline_choices,
			.help = "whether inlined functions are frames of their own",
		},
	[SETTING_INSTANCE] =
		{
			.name = "instance",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "which jemalloc, if the process has several: its number in `info`, "
				"its prefix, a part of its path, or the address of its mallctl; "
				"empty: the executable's own, else the first",
		},
	[SETTING_JSON] =
		{
			.name = "json",
			.type = SETTING_TYPE_CHOICE,
			.initial = "off",
			.choices = json_choices,
			.help = "whether every command prints one JSON object instead of text, as "
				"with --json",
		},
	[SETTING_NAMES] =
		{
			.name = "names",
			.type = SETTING_TYPE_CHOICE,
			.initial = "full",
			.choices = name_choices,
			.help = "how functions are called; short: without template and generic "
				"arguments and parameters; mangled: as in the symbol table",
		},
	[SETTING_NODECOUNT] =
		{
			.name = "nodecount",
			.type = SETTING_TYPE_NUMBER,
			.initial = "20",
			.minimum = 1,
			.maximum = 1000000,
			.help = "how many lines a table of functions has",
		},
	[SETTING_PAGER] =
		{
			.name = "pager",
			.type = SETTING_TYPE_CHOICE,
			.initial = "auto",
			.choices = pager_choices,
			.help = "whether output that is longer than the terminal is shown by "
				"$PAGER, or less",
		},
	[SETTING_PROCESSES] =
		{
			.name = "processes",
			.type = SETTING_TYPE_NUMBER,
			.initial = "64",
			.minimum = 1,
			.maximum = 256,
			.help = "how many processes may be attached to at once, by -p 1234,1240, "
				"--all or --children",
		},
	[SETTING_RATE] =
		{
			.name = "rate",
			.type = SETTING_TYPE_NUMBER,
			.initial = "99",
			.minimum = 1,
			.maximum = 10000,
			.help = "how often a capture looks at the threads, in Hz",
		},
	[SETTING_RUNTIME] =
		{
			.name = "runtime",
			.type = SETTING_TYPE_CHOICE,
			.initial = "shown",
			.choices = runtime_choices,
			.help = "what the runtime does before main() or a thread's function",
		},
	[SETTING_SAMPLE_INDEX] =
		{
			.name = "sample_index",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "which values of a profile to show; empty: the profile's own "
				"choice",
		},
	[SETTING_SYMBOLS] =
		{
			.name = "symbols",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "files with symbols, FILE:FILE=MODULE, each of the module that has "
				"its build id, or that is called so",
		},
	[SETTING_SYSROOT] =
		{
			.name = "sysroot",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "folder that the files of another machine are below, for its "
				"heap dumps and snapshots; a process is named by what it maps",
		},
	[SETTING_DIVIDE_BY] =
		{
			.name = "divide_by",
			.type = SETTING_TYPE_TEXT,
			.initial = "1",
			.help = "what values in reports are divided by, such as a number of "
				"processors",
		},
	[SETTING_DROP_NEGATIVE] =
		{
			.name = "drop_negative",
			.type = SETTING_TYPE_CHOICE,
			.initial = "false",
			.choices = boolean_choices,
			.help = "whether reports leave out what shrank",
		},
	[SETTING_EDGEFRACTION] =
		{
			.name = "edgefraction",
			.type = SETTING_TYPE_TEXT,
			.initial = "0.001",
			.help = "calls below that part of the total are left out of tree",
		},
	[SETTING_FOCUS] =
		{
			.name = "focus",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: reports and flame graphs are of samples with a "
				"frame that matches",
		},
	[SETTING_HIDE] =
		{
			.name = "hide",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: reports and flame graphs are without frames that "
				"match",
		},
	[SETTING_IGNORE] =
		{
			.name = "ignore",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: reports and flame graphs are of samples without a "
				"frame that matches",
		},
	[SETTING_MEAN] =
		{
			.name = "mean",
			.type = SETTING_TYPE_CHOICE,
			.initial = "false",
			.choices = boolean_choices,
			.help = "whether reports divide values by the first one of their "
				"samples",
		},
	[SETTING_NODEFRACTION] =
		{
			.name = "nodefraction",
			.type = SETTING_TYPE_TEXT,
			.initial = "0.005",
			.help = "functions below that part of the total are left out of "
				"reports",
		},
	[SETTING_PRUNE_FROM] =
		{
			.name = "prune_from",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: stacks end in their innermost frame that matches",
		},
	[SETTING_RELATIVE_PERCENTAGES] =
		{
			.name = "relative_percentages",
			.type = SETTING_TYPE_CHOICE,
			.initial = "false",
			.choices = boolean_choices,
			.help = "whether percentages are of what focus and the like leave",
		},
	[SETTING_SHOW] =
		{
			.name = "show",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: reports and flame graphs are without frames that do "
				"not match",
		},
	[SETTING_SHOW_FROM] =
		{
			.name = "show_from",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: stacks begin with their outermost frame that "
				"matches",
		},
	[SETTING_SORT] =
		{
			.name = "sort",
			.type = SETTING_TYPE_CHOICE,
			.initial = "flat",
			.choices = sort_choices,
			.help = "what reports are sorted by",
		},
	[SETTING_SOURCE_PATH] =
		{
			.name = "source_path",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "folders, DIR:DIR, that sources are looked for in; empty: the "
				"current one",
		},
	[SETTING_TAGFOCUS] =
		{
			.name = "tagfocus",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "reports and flame graphs are of samples with such labels: "
				"key=text, 32kb:64kb",
		},
	[SETTING_TAGHIDE] =
		{
			.name = "taghide",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: reports and flame graphs are without labels whose "
				"key matches",
		},
	[SETTING_TAGIGNORE] =
		{
			.name = "tagignore",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "reports and flame graphs are of samples without such labels",
		},
	[SETTING_TAGSHOW] =
		{
			.name = "tagshow",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "pattern: reports and flame graphs are without labels whose "
				"key does not match",
		},
	[SETTING_TRIM] =
		{
			.name = "trim",
			.type = SETTING_TYPE_CHOICE,
			.initial = "true",
			.choices = boolean_choices,
			.help = "whether reports leave out what nodecount and the fractions "
				"say",
		},
	[SETTING_TRIM_PATH] =
		{
			.name = "trim_path",
			.type = SETTING_TYPE_TEXT,
			.initial = "",
			.help = "folders, DIR:DIR, that are cut off the names of sources",
		},
	[SETTING_UNIT] =
		{
			.name = "unit",
			.type = SETTING_TYPE_TEXT,
			.initial = "minimum",
			.help = "of values in reports; auto: of each the one that suits it",
		},
};

struct error *settings_init(struct settings *settings)
{
	struct settings made = {0};

	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		struct error *error = settings_set(&made, id, settings_table[id].initial);

		if (error) {
			settings_deinit(&made);
			return error;
		}
	}
	*settings = made;
	return NULL;
}

void settings_deinit(struct settings *settings)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		free(settings->values[id].text);
		free(settings->values[id].origin);
	}
	*settings = (struct settings){0};
}

const struct setting *setting_describe(enum setting_id id)
{
	return &settings_table[id];
}

static bool same_name(const char *one, const char *other)
{
	while (*one && (*one == '-' ? '_' : *one) == (*other == '-' ? '_' : *other)) {
		one++;
		other++;
	}
	return *one == *other;
}

struct error *setting_find(const char *name, enum setting_id *ret)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		if (!same_name(name, settings_table[id].name))
			continue;
		*ret = id;
		return NULL;
	}
	return error_set_hint(error_create(ERROR_NOT_FOUND, "there is no setting '%s'", name),
		"`show` lists them");
}

static struct error *parse_number(
	const struct setting *setting, const char *text, struct setting_value *value)
{
	if (parse_unsigned(text, &value->number) && value->number >= setting->minimum &&
		value->number <= setting->maximum)
		return NULL;
	return error_set_hint(
		error_create(ERROR_USAGE, "'%s' is no value of %s", text, setting->name),
		"it takes a whole number from %" PRIu64 " to %" PRIu64, setting->minimum,
		setting->maximum);
}

static struct error *parse_time(
	const struct setting *setting, const char *text, struct setting_value *value)
{
	char shortest[QUANTITY_SIZE], longest[QUANTITY_SIZE];

	if (parse_duration(text, &value->number) && value->number >= setting->minimum &&
		value->number <= setting->maximum)
		return NULL;
	return error_set_hint(
		error_create(ERROR_USAGE, "'%s' is no value of %s", text, setting->name),
		"it takes seconds, or a time such as 500ms or 1m30s, from %s to %s",
		format_duration((double)setting->minimum, shortest),
		format_duration((double)setting->maximum, longest));
}

static struct error *parse_choice(
	const struct setting *setting, const char *text, struct setting_value *value)
{
	STRING_BUILDER(choices);

	for (const char *const *choice = setting->choices; *choice; choice++) {
		value->number = (uint64_t)(choice - setting->choices);
		if (strcmp(text, *choice) == 0)
			return NULL;
		string_append_format(&choices, "%s%s", choices.length ? ", " : "", *choice);
	}
	return error_set_hint(
		error_create(ERROR_USAGE, "'%s' is no value of %s", text, setting->name),
		"it takes one of: %s", choices.text ? choices.text : "");
}

static struct error *parse_text(
	const struct setting *setting, const char *text, struct setting_value *value)
{
	(void)setting;
	(void)text;
	(void)value;
	return NULL;
}

static struct error *(*const parsers[])(
	const struct setting *setting, const char *text, struct setting_value *value) = {
	[SETTING_TYPE_TEXT] = parse_text,
	[SETTING_TYPE_NUMBER] = parse_number,
	[SETTING_TYPE_DURATION] = parse_time,
	[SETTING_TYPE_CHOICE] = parse_choice,
};

struct error *settings_set(struct settings *settings, enum setting_id id, const char *text)
{
	const struct setting *setting = &settings_table[id];
	struct setting_value value = {0};
	struct error *error = parsers[setting->type](setting, text, &value);

	if (error)
		return error;
	value.text = strdup(text);
	if (!value.text)
		return &error_no_memory;
	free(settings->values[id].text);
	value.origin = settings->values[id].origin;
	settings->values[id] = value;
	return NULL;
}

const char *settings_text(const struct settings *settings, enum setting_id id)
{
	return settings->values[id].text;
}

uint64_t settings_number(const struct settings *settings, enum setting_id id)
{
	return settings->values[id].number;
}

const char *settings_origin(const struct settings *settings, enum setting_id id)
{
	return settings->values[id].origin ? settings->values[id].origin : "built in";
}

struct error *settings_set_origin(struct settings *settings, enum setting_id id, const char *origin)
{
	char *copy = strdup(origin);

	if (!copy)
		return &error_no_memory;
	free(settings->values[id].origin);
	settings->values[id].origin = copy;
	return NULL;
}
