#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/name_profile.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "elf/modules.h"
#include "profile/profile.h"
#include "session/attachment.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	NAMING_OPTIONS,
	{0},
};

static struct error *no_address(const struct arguments *arguments, const char *word)
{
	return error_set_hint(arguments_error(arguments, "'%s' is no address", word),
		"addresses are hexadecimal, as in 0x55d0c0ffee10");
}

/* "55d0c0ffee10" is as good as with 0x. */
static bool parse_address(const char *word, uint64_t *ret)
{
	struct cursor text = cursor_over(word, strlen(word));

	return cursor_take_hexadecimal(&text, ret) && !cursor_left(&text);
}

/* What is in no file has no mapping. */
static struct error *find_mapping(const struct attachment *attachment, struct profile *profile,
	uint64_t address, uint32_t *ret)
{
	const struct module *module;

	for (uint32_t i = 0; i < profile->mappings.count; i++)
		if (address >= profile->mappings.items[i].start &&
			address < profile->mappings.items[i].limit) {
			*ret = i;
			return NULL;
		}
	module = module_table_find(attachment->modules, address);
	*ret = PROFILE_NONE;
	return module ? profile_add_mapping(profile, module->start, module->end, module->offset,
				module->path, ret)
		      : NULL;
}

/* One location for each address, in their order; an address that is there twice has one. */
static struct error *add_locations(const struct attachment *attachment,
	const struct arguments *arguments, struct profile *profile, struct u32_array *locations)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (word, &arguments->words) {
		uint32_t mapping = PROFILE_NONE, location;
		uint64_t address;

		if (!parse_address(*word, &address))
			return no_address(arguments, *word);
		error = find_mapping(attachment, profile, address, &mapping);
		if (!error)
			error = profile_add_location(profile, mapping, address, &location);
		if (!error)
			error = u32_array_append(locations, location);
		if (error)
			return error;
	}
	return NULL;
}

struct symbols {
	const struct arguments *arguments;
	const struct profile *profile;
	struct u32_array locations; /* by word */
};

/* What is in no file is named by its address, which says nothing. */
static uint32_t count_frames(const struct profile *profile, const struct profile_location *location)
{
	const struct profile_function *function;

	if (location->mapping != PROFILE_NONE || !location->line_count)
		return location->line_count;
	function = profile_function(profile, profile->lines.items[location->first_line].function);
	return strncmp(profile_text(profile, function->name), "0x", 2) == 0 ? 0
									    : location->line_count;
}

/* The innermost first, which is inlined into the next one. */
static json_t *frames_json(const struct symbols *symbols, const struct profile_location *location)
{
	const struct profile *profile = symbols->profile;
	json_t *frames = json_array();

	for (uint32_t i = 0; i < count_frames(profile, location); i++) {
		struct profile_line line = profile->lines.items[location->first_line + i];
		const struct profile_function *function = profile_function(profile, line.function);

		json_add(&frames, json_pack("{s:o, s:o, s:I}", "function",
					  json_text(profile_text(profile, function->name)), "file",
					  json_text(profile_text(profile, function->file)), "line",
					  (json_int_t)line.line));
	}
	return frames;
}

static void answer(struct session *session, const struct symbols *symbols)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (id, &symbols->locations) {
		const struct profile_location *location = &symbols->profile->locations.items[*id];

		json_add(&array, json_pack("{s:o, s:o}", "address", json_address(location->address),
					 "frames", frames_json(symbols, location)));
	}
	answer_put(session, "symbols", array);
}

static void print_frame(FILE *out, const struct profile *profile, struct profile_line line)
{
	const struct profile_function *function = profile_function(profile, line.function);
	const char *file = profile_text(profile, function->file);

	print_text(out, profile_text(profile, function->name));
	if (!*file)
		return;
	fputs("  ", out);
	print_text(out, file);
	if (line.line)
		fprintf(out, ":%u", line.line);
}

static void print(FILE *out, const struct symbols *symbols)
{
	ARRAY_FOR_EACH (id, &symbols->locations) {
		const struct profile_location *location = &symbols->profile->locations.items[*id];

		fprintf(out, "0x%" PRIx64, location->address);
		uint32_t frames = count_frames(symbols->profile, location);
		if (!frames)
			fputs("  ?", out);
		for (uint32_t i = 0; i < frames; i++) {
			fputs(i ? "\n    inlined into  " : "  ", out);
			print_frame(out, symbols->profile,
				symbols->profile->lines.items[location->first_line + i]);
		}
		fputc('\n', out);
	}
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	struct symbols symbols = {.arguments = arguments};
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	if (!error)
		error = attachment_refresh(attachment);
	if (!error)
		error = profile_create(&profile);
	if (!error)
		error = profile_add_value_type(profile, "samples", "count");
	if (!error)
		error = add_locations(attachment, arguments, profile, &symbols.locations);
	if (!error)
		error = name_profile(session, attachment, profile);
	symbols.profile = profile;
	if (!error && session->json)
		answer(session, &symbols);
	else if (!error)
		print(session->out, &symbols);
	u32_array_deinit(&symbols.locations);
	return error;
}

const struct command command_symbol = {
	.name = "symbol",
	.group = GROUP_PROFILES,
	.usage = "ADDRESS...",
	.summary = "which functions addresses of the process are in",
	.description =
		"For each address, such as those of a log, a crash message or a jemalloc dump: the "
		"function that it is in, with the file and the line where they are known, and "
		"those that it is inlined into. It must be one of the process as it runs now: "
		"elsewhere its files may lie at other addresses. A return address belongs to the "
		"call before it: ask for one less.\n\n" NAMING_HELP,
	.examples =
		(const char *const[]){"symbol 0x55d0c0ffee10", "symbol --json 7f0012345678", NULL},
	.options = options,
	.minimum = 1,
	.maximum = UINT_MAX,
	.prints_json = true,
	.run = run,
};
