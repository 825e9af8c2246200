#include "cli/live_names.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/string_builder.h"
#include "export/utf8.h"
#include "symbolize/short_name.h"

static const uint32_t not_named_yet;

static struct error *add_text(
	struct live_names *names, const char *name, const char *module, uint32_t *ret)
{
	STRING_BUILDER(text);

	utf8_append_printable(&text, name, strlen(name));
	string_append_char(&text, '\0');
	utf8_append_printable(&text, module, strlen(module));
	return text.failed ? &error_no_memory : intern(&names->texts, text.text, text.length, ret);
}

struct error *live_names_init(const struct profile_view_options *view, struct live_names *names)
{
	uint32_t zero;
	struct error *error;

	*names = (struct live_names){.view = *view};
	error = profile_create(&names->mirror);
	if (!error)
		error = add_text(names, "[not named yet]", "", &zero);
	if (error)
		live_names_deinit(names);
	return error;
}

void live_names_deinit(struct live_names *names)
{
	profile_destroy(names->mirror);
	intern_table_deinit(&names->texts);
	u32_array_deinit(&names->slots);
	u32_array_deinit(&names->ends);
	*names = (struct live_names){0};
}

static const char *function_name(const struct profile *profile, uint32_t line)
{
	return profile_text(
		profile, profile_function(profile, profile->lines.items[line].function)->name);
}

static struct error *mirror_mappings(struct profile *mirror, const struct profile *profile)
{
	struct error *error = NULL;

	for (size_t i = mirror->mappings.count; !error && i < profile->mappings.count; i++) {
		const struct profile_mapping *mapping = &profile->mappings.items[i];
		uint32_t id;

		error = profile_add_mapping(mirror, mapping->start, mapping->limit, mapping->offset,
			profile_text(profile, mapping->path), &id);
	}
	return error;
}

static struct error *mirror_locations(struct profile *mirror, const struct profile *profile)
{
	struct error *error = NULL;

	for (size_t i = mirror->locations.count; !error && i < profile->locations.count; i++) {
		const struct profile_location *location = &profile->locations.items[i];
		uint32_t id;

		if (location->line_count)
			error = profile_add_named_location(
				mirror, function_name(profile, location->first_line), &id);
		else
			error = profile_add_location(
				mirror, location->mapping, location->address, &id);
	}
	return error;
}

/* "f", or with the grain of lines "f src/f.c:12". */
static void append_shown(struct string_builder *text, const struct live_names *names,
	const struct profile_line *line)
{
	const struct profile *mirror = names->mirror;
	const struct profile_function *function = profile_function(mirror, line->function);
	const char *name = profile_text(mirror, function->name);
	const char *file = profile_text(mirror, function->file);

	if (names->view.names == NAMES_SHORT)
		short_name_append(text, name);
	else if (names->view.names == NAMES_MANGLED && function->system_name)
		string_append(text, profile_text(mirror, function->system_name));
	else
		string_append(text, name);
	if (names->view.grain == GRAIN_FUNCTIONS || !*file)
		return;
	string_append_format(text, " %s", file);
	if (line->line)
		string_append_format(text, ":%" PRIu32, line->line);
}

static struct error *add_line(
	struct live_names *names, const struct profile_line *line, const char *module)
{
	STRING_BUILDER(text);
	struct error *error;
	uint32_t function;

	append_shown(&text, names, line);
	if (text.failed)
		return &error_no_memory;
	error = add_text(names, text.text ? text.text : "", module, &function);
	return error ? error : u32_array_append(&names->slots, function);
}

static struct error *add_location(struct live_names *names, const struct profile_location *location)
{
	const struct profile *mirror = names->mirror;
	uint32_t count = location->line_count,
		 first = names->view.no_inlines && count ? count - 1 : 0;
	const char *module = "";
	struct error *error = NULL;

	if (location->mapping < mirror->mappings.count)
		module = path_file_name(
			profile_text(mirror, mirror->mappings.items[location->mapping].path));
	for (uint32_t i = first; !error && i < count; i++)
		error = add_line(names, &mirror->lines.items[location->first_line + i], module);
	return error ? error : u32_array_append(&names->ends, (uint32_t)names->slots.count);
}

struct error *live_names_update(
	struct live_names *names, const struct profile *profile, const struct live_namer *namer)
{
	struct profile *mirror = names->mirror;
	struct error *error;

	if (names->ends.count == profile->locations.count)
		return NULL;
	error = mirror_mappings(mirror, profile);
	if (!error)
		error = mirror_locations(mirror, profile);
	if (!error)
		error = namer->name(namer->context, mirror);
	mirror->comments.count = 0;
	for (size_t i = names->ends.count; !error && i < mirror->locations.count; i++)
		error = add_location(names, &mirror->locations.items[i]);
	return error;
}

const uint32_t *live_names_of(const struct live_names *names, uint32_t location, size_t *count)
{
	uint32_t first;

	if (location >= names->ends.count) {
		*count = 1;
		return &not_named_yet;
	}
	first = location ? names->ends.items[location - 1] : 0;
	*count = names->ends.items[location] - first;
	return names->slots.items + first;
}

size_t live_names_count(const struct live_names *names)
{
	return names->texts.entries.count;
}

const char *live_names_text(
	const struct live_names *names, uint32_t function, const char **ret_module)
{
	const char *name = intern_text(&names->texts, function);

	*ret_module = name + strlen(name) + 1;
	return name;
}
