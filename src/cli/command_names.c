#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/debug_package.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/profile_argument.h"
#include "cli/report.h"
#include "export/units.h"
#include "export/value_type.h"
#include "session/debug_files.h"
#include "symbolize/naming_problem.h"
#include "symbolize/symbolize.h"
#include "symbolize/unnamed.h"

/* Where debug files may come from, as elfutils has it (debuginfod_find_debuginfo(3)). */
#define SERVER_VARIABLE "DEBUGINFOD_URLS"

static const struct command_option options[] = {
	{.name = "sample-index", .argument = "TYPE", .help = "which values to count", .word = true},
	{.name = "full", .help = "with what was looked for, where, and why it was not taken"},
	{0},
};

struct listing {
	struct session *session;
	const struct profile *profile;
	bool full;
	/* The files as they are here and now; NULL: not needed yet. */
	struct profile_files files;
	struct download download;
	struct module_table *modules;
	struct unnamed unnamed;
	const char *type, *unit;
};

static void listing_deinit(struct listing *listing)
{
	module_table_destroy(listing->modules);
	debug_search_destroy(listing->files.search);
	unnamed_deinit(&listing->unnamed);
}

/* What is told of a module. */
struct entry {
	const struct unnamed_module *module;
	const char *path;     /* "" for none */
	const char *build_id; /* "" for none */
	const char *problem;  /* "" if not known */
	const char *trail;    /* what was looked for: lines; "" if nothing was */
	char *package;        /* that has the debug symbols; NULL if none is known */
};

static void entry_deinit(struct entry *entry)
{
	free(entry->package);
}

static struct error *open_modules(struct listing *listing)
{
	struct error *error;

	if (listing->modules)
		return NULL;
	error = session_create_search(listing->session, &listing->download, &listing->files.search);
	return error ? error : modules_of_profile(&listing->files, &listing->modules);
}

/* By what is at the path here and now: the reason, if it is not known yet, and the trail. */
static struct error *look_again(
	struct listing *listing, const struct profile_mapping *mapping, struct entry *entry)
{
	struct error *error = open_modules(listing);
	struct debug_files files;

	if (error)
		return error;
	const struct module *found = module_table_find(listing->modules, mapping->start);
	bool used = found && found->image &&
		    strcmp(found->path, profile_text(listing->profile, mapping->path)) == 0;
	if (used)
		error = debug_search_find(listing->files.search, found->image,
			DEBUG_SYMBOLS | DEBUG_DWARF, DEBUG_LOCAL, &files);
	if (error)
		return error;
	if (used)
		entry->trail = debug_search_trail(found->image);
	if (*entry->problem)
		return NULL;
	entry->problem = used && debug_search_has_symbols(found->image)
				 ? "its debug file is here now, but was not used for this profile"
				 : naming_problem(listing->profile, mapping, found, used);
	return NULL;
}

/* A link may be of another package than the file. */
static struct error *find_package(const char *path, char **ret)
{
	CLEANUP(cleanup_free) char *file = NULL;

	if (path[0] != '/' || path_is_without_file(path))
		return NULL;
	file = realpath(path, NULL);
	return debug_package_find(DPKG_FOLDER, file ? file : path, ret);
}

static struct error *make_entry(
	struct listing *listing, const struct unnamed_module *module, struct entry *ret)
{
	const struct profile *profile = listing->profile;
	const struct profile_mapping *mapping;
	struct error *error;

	*ret = (struct entry){
		.module = module, .path = "", .build_id = "", .problem = "", .trail = ""};
	if (module->mapping == PROFILE_NONE)
		return NULL;
	mapping = &profile->mappings.items[module->mapping];
	ret->path = profile_text(profile, mapping->path);
	ret->build_id = profile_text(profile, mapping->build_id);
	ret->problem = profile_text(profile, module->problem);
	error = look_again(listing, mapping, ret);
	return error ? error : find_package(ret->path, &ret->package);
}

static void print_trail(FILE *out, const char *trail)
{
	struct cursor rest = cursor_over(trail, strlen(trail)), line;

	while (cursor_take_line(&rest, &line)) {
		CLEANUP(cleanup_free) char *text = strndup(line.at, cursor_left(&line));

		fputs("\n      ", out);
		print_text(out, text ? text : "");
	}
}

static void print_entry(const struct listing *listing, const struct entry *entry)
{
	FILE *out = listing->session->out;
	char value[UNITS_TEXT_SIZE], percentage[PERCENTAGE_SIZE];

	fprintf(out, "%10s %s %9zu  ",
		units_format(entry->module->value, listing->unit, UNITS_AUTO, value),
		units_percentage(entry->module->value, listing->unnamed.total, percentage),
		entry->module->addresses);
	print_text(out, *entry->path ? entry->path : "no file");
	if (*entry->problem) {
		fputs("\n    ", out);
		print_text(out, entry->problem);
	}
	if (entry->package) {
		fputs("\n    its debug symbols: package ", out);
		print_text(out, entry->package);
	}
	if (listing->full)
		print_trail(out, entry->trail);
	fputc('\n', out);
}

static void print_summary(const struct listing *listing)
{
	FILE *out = listing->session->out;
	char value[UNITS_TEXT_SIZE], total[UNITS_TEXT_SIZE], percentage[PERCENTAGE_SIZE];
	const char *share =
		units_percentage(listing->unnamed.value, listing->unnamed.total, percentage);

	if (!listing->unnamed.modules.count) {
		fputs("all frames have names\n", out);
		return;
	}
	fprintf(out, "%s of %s (%s) of ",
		units_format(listing->unnamed.value, listing->unit, UNITS_AUTO, value),
		units_format(listing->unnamed.total, listing->unit, UNITS_AUTO, total),
		share + strspn(share, " "));
	print_text(out, listing->type);
	fprintf(out, " have frames without a name\n%10s %6s %9s  %s\n", "value", "%", "addresses",
		"in");
}

static bool any_has_build_id(const struct listing *listing)
{
	ARRAY_FOR_EACH (module, &listing->unnamed.modules)
		if (module->mapping != PROFILE_NONE &&
			listing->profile->mappings.items[module->mapping].build_id)
			return true;
	return false;
}

static bool has_server(void)
{
	const char *urls = getenv(SERVER_VARIABLE);

	return urls && *urls;
}

static struct error *print_listing(struct listing *listing)
{
	struct error *error = NULL;

	print_summary(listing);
	for (size_t i = 0; !error && i < listing->unnamed.modules.count; i++) {
		CLEANUP(entry_deinit) struct entry entry;

		error = make_entry(listing, &listing->unnamed.modules.items[i], &entry);
		if (!error)
			print_entry(listing, &entry);
	}
	if (!error && any_has_build_id(listing) && !has_server())
		report(listing->session, SERVER_VARIABLE
			" is not set: debug files are looked for on this machine only");
	return error;
}

static json_t *trail_json(const char *trail)
{
	struct cursor rest = cursor_over(trail, strlen(trail)), line;
	json_t *array = json_array();

	while (cursor_take_line(&rest, &line)) {
		CLEANUP(cleanup_free) char *text = strndup(line.at, cursor_left(&line));

		json_add(&array, json_text(text));
	}
	return array;
}

static json_t *entry_json(const struct entry *entry)
{
	json_t *object = json_object();

	json_put(&object, "path", json_text(entry->path));
	json_put(&object, "build_id", json_text(entry->build_id));
	json_put(&object, "value", json_integer(entry->module->value));
	json_put(&object, "addresses", json_integer((json_int_t)entry->module->addresses));
	json_put(&object, "reason", json_text(entry->problem));
	json_put(&object, "looked_for", trail_json(entry->trail));
	json_put(&object, "debug_package", json_text(entry->package));
	return object;
}

static struct error *answer_listing(struct listing *listing)
{
	json_t *object = json_object(), *modules = json_array();
	struct error *error = NULL;

	for (size_t i = 0; !error && i < listing->unnamed.modules.count; i++) {
		CLEANUP(entry_deinit) struct entry entry;

		error = make_entry(listing, &listing->unnamed.modules.items[i], &entry);
		if (!error)
			json_add(&modules, entry_json(&entry));
	}
	json_put(&object, "type", json_text(listing->type));
	json_put(&object, "unit", json_text(listing->unit));
	json_put(&object, "total", json_integer(listing->unnamed.total));
	json_put(&object, "without_name", json_integer(listing->unnamed.value));
	json_put(&object, "modules", modules);
	json_put(&object, "debuginfod", json_boolean(has_server()));
	if (!error)
		return answer_put_all(listing->session, object);
	json_decref(object);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {0};
	CLEANUP(listing_deinit) struct listing listing = {.session = session};
	const struct profile *profile;
	size_t type;
	struct error *error =
		profile_argument_init(session, arguments_word(arguments, 0), &argument);

	if (error)
		return error;
	listing.files.profile = listing.profile = profile = argument.profile->profile;
	listing.full = arguments_has(arguments, "full");
	error = export_find_value_type(profile, value_type_name(session, arguments), &type);
	if (!error)
		error = unnamed_find(profile, type, &listing.unnamed);
	if (error)
		return error;
	listing.type = profile_text(profile, profile->value_types.items[type].type);
	listing.unit = profile_text(profile, profile->value_types.items[type].unit);
	return session->json ? answer_listing(&listing) : print_listing(&listing);
}

const struct command command_names = {
	.name = "names",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] [--sample-index TYPE] [--full]",
	.summary = "what of a profile has no name, why, and what would help",
	.description =
		"For each program and library with functions that could only be called "
		"libx.so+0x12: how much of the profile has such frames anywhere in its stacks, at "
		"how many addresses, why they have no names, and, where dpkg keeps lists of files, "
		"which package has the debug symbols (in Debian's debian-debug or Ubuntu's "
		"ddebs archive). --full adds each file that was looked for. The frames of the C "
		"library from which every thread "
		"starts do not count. PROFILE is a number such as @2, or a file; without it, the "
		"last profile. Reasons of a profile from a file are those here and now.",
	.examples = (const char *const[]){"names", "names @2 --json", "names cpu.pb.gz", NULL},
	.options = options,
	.maximum = 1,
	.repeatable = true,
	.prints_json = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
