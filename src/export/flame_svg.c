#include "export/flame_svg.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/text.h"
#include "export/embedded.h"
#include "export/flame_boxes.h"
#include "export/svg_text.h"
#include "export/units.h"
#include "export/utf8.h"
#include "export/value_type.h"
#include "profile/addition.h"

/* Pixels; flame_svg.js has the same ones. */
#define WIDTH       1200
#define MARGIN      10
#define HEADER      74
#define FOOTER      34
#define ROW         17
#define BOX_HEIGHT  16
#define CHARACTER   6.62
#define TEXT_INSET  4
#define NARROWEST   0.1
#define FEWEST_ROWS 4

#define NARROWEST_LABEL (2 * TEXT_INSET + 3 * CHARACTER) /* three characters */

#define REMARKS_LENGTH 185 /* characters of the remarks' smaller letters that fit in any font */

#define SHADES 5

struct flame {
	const struct profile *profile;
	const struct flame_options *options;
	size_t value_type;
	struct frames frames;
	struct stack_list stacks;
	struct flame_boxes boxes;
	struct string_builder unit;
	struct string_builder svg;
	bool difference;
	uint32_t rows;
	double scale; /* pixels per value */
};

enum { KIND_GROWN = FRAME_SYSTEM + 1, KIND_SHRUNK };

static const struct {
	char letter; /* of the classes in flame_svg.css */
	const char *label;
} kinds[] = {
	[FRAME_APPLICATION] = {'a', "application"},
	[FRAME_LIBRARY] = {'l', "shared libraries"},
	[FRAME_RUNTIME] = {'r', "allocator and runtime"},
	[FRAME_SYSTEM] = {'s', "kernel and other"},
	[KIND_GROWN] = {'g', "grown"},
	[KIND_SHRUNK] = {'d', "shrunk"},
};

static void flame_deinit(struct flame *flame)
{
	frames_deinit(&flame->frames);
	stack_list_deinit(&flame->stacks);
	flame_boxes_deinit(&flame->boxes);
	string_builder_deinit(&flame->unit);
	string_builder_deinit(&flame->svg);
}

static void append_value(struct flame *flame, uint64_t value)
{
	char buffer[UNITS_TEXT_SIZE];
	int64_t limited = value < INT64_MAX ? (int64_t)value : INT64_MAX;

	units_format(limited, flame->unit.text, UNITS_AUTO, buffer);
	svg_append_text(&flame->svg, buffer);
}

static const char *program_name(const struct profile *profile)
{
	const char *path = "";

	if (profile->mappings.count)
		path = profile_text(profile, profile->mappings.items[0].path);
	return path_file_name(path);
}

static const char *type_name(const struct flame *flame)
{
	return profile_text(
		flame->profile, flame->profile->value_types.items[flame->value_type].type);
}

static void append_title(struct flame *flame)
{
	const char *program = program_name(flame->profile);

	if (flame->options->title) {
		svg_append_text(&flame->svg, flame->options->title);
		return;
	}
	svg_append_text(&flame->svg, *program ? program : "flame graph");
	string_append(&flame->svg, " \u2013 ");
	svg_append_text(&flame->svg, type_name(flame));
}

static bool is_count(const struct flame *flame)
{
	const char *unit;

	units_convert(1, flame->unit.text, UNITS_AUTO, &unit);
	return !*unit;
}

static void append_subtitle(struct flame *flame)
{
	const struct profile *profile = flame->profile;
	time_t seconds = profile->time / (int64_t)NANOSECONDS_PER_SECOND;
	char buffer[UNITS_TEXT_SIZE], date[64];
	struct tm local;

	append_value(flame, flame->difference ? flame->boxes.grown : flame->boxes.total);
	string_append(&flame->svg, is_count(flame) ? " " : " of ");
	svg_append_text(&flame->svg, type_name(flame));
	if (flame->difference) {
		string_append(&flame->svg, " grown, ");
		append_value(flame, flame->boxes.total - flame->boxes.grown);
		string_append(&flame->svg, " shrunk");
	}
	if (profile->duration > 0)
		string_append_format(&flame->svg, " in %s",
			units_format(profile->duration, "nanoseconds", UNITS_AUTO, buffer));
	if (profile->time && localtime_r(&seconds, &local) &&
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S %Z", &local)) {
		string_append(&flame->svg, " \u00b7 ");
		svg_append_text(&flame->svg, date);
	}
	if (flame->boxes.deep)
		string_append_format(&flame->svg, " \u00b7 %zu stacks cut at %d frames",
			flame->boxes.deep, FLAME_MAX_DEPTH);
}

static uint32_t svg_height(const struct flame *flame)
{
	return HEADER + flame->rows * ROW + FOOTER;
}

static uint32_t row_top(const struct flame *flame, uint32_t depth)
{
	return HEADER + (flame->options->icicle ? depth : flame->rows - 1 - depth) * ROW;
}

static void append_head(struct flame *flame)
{
	struct string_builder *svg = &flame->svg;

	string_append(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	string_append_format(svg,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\">\n<title>",
		WIDTH, svg_height(flame), WIDTH, svg_height(flame));
	append_title(flame);
	string_append(svg, "</title>\n<style><![CDATA[\n");
	string_append(svg, flame_svg_css);
	string_append(svg, "]]></style>\n<rect id=\"page\" width=\"100%\" height=\"100%\"/>\n");
}

/* The beginning of the text, cut between characters. */
static size_t prefix_length(const char *text, size_t characters)
{
	size_t at = 0;

	while (text[at] && characters--) {
		uint32_t value;

		at += utf8_decode(text + at, strlen(text + at), &value);
	}
	return at;
}

/* Remarks of the profile, such as what was lost: as many as fit, and all of them in the tooltip. */
static void append_remarks(struct flame *flame)
{
	STRING_BUILDER(remarks);

	ARRAY_FOR_EACH (comment, &flame->profile->comments) {
		const char *text = profile_text(flame->profile, *comment);

		if (*text == '#')
			continue;
		string_append(&remarks, remarks.length ? " \u00b7 " : "");
		utf8_append_printable(&remarks, text, strlen(text));
	}
	if (remarks.failed)
		flame->svg.failed = true;
	if (!remarks.text)
		return;
	size_t length = prefix_length(remarks.text, REMARKS_LENGTH);
	if (length < remarks.length) {
		string_append(&flame->svg, "<title>");
		svg_append_escaped(&flame->svg, remarks.text, remarks.length);
		string_append(&flame->svg, "</title>");
	}
	svg_append_escaped(&flame->svg, remarks.text, length);
	string_append(&flame->svg, length < remarks.length ? "\u2026" : "");
}

static void append_heading(struct flame *flame)
{
	struct string_builder *svg = &flame->svg;

	string_append_format(svg,
		"<g id=\"header\"><rect id=\"cover\" width=\"100%%\" height=\"%d\"/>", HEADER - 6);
	string_append_format(svg, "<text id=\"title\" x=\"%d\" y=\"26\">", MARGIN);
	append_title(flame);
	string_append_format(svg, "</text><text id=\"subtitle\" x=\"%d\" y=\"44\">", MARGIN);
	append_subtitle(flame);
	string_append_format(svg, "</text><text id=\"remarks\" x=\"%d\" y=\"60\">", MARGIN);
	append_remarks(flame);
	string_append(svg, "</text></g>\n");
}

static void append_label(struct flame *flame, const char *name, double x, double width, uint32_t y)
{
	size_t whole = strlen(name);

	if (width < NARROWEST_LABEL)
		return;
	size_t room = (size_t)((width - 2 * TEXT_INSET + 1) / CHARACTER);
	size_t length = prefix_length(name, room);
	if (length < whole)
		length = prefix_length(name, room - 1);
	string_append_format(
		&flame->svg, "<text x=\"%.1f\" y=\"%u\">", x + TEXT_INSET, y + BOX_HEIGHT - 4);
	svg_append_escaped(&flame->svg, name, length);
	string_append(&flame->svg, length < whole ? "\u2026</text>" : "</text>");
}

/* How much of what differs is left when growth and shrinkage are set against each other. */
static uint64_t net_of(const struct flame_box *box)
{
	uint64_t shrunk = box->value - box->grown;

	return box->grown > shrunk ? box->grown - shrunk : shrunk - box->grown;
}

static size_t kind_of(const struct flame *flame, const struct flame_box *box)
{
	if (!flame->difference)
		return frame_kind(&flame->frames, box->name);
	return box->grown >= box->value - box->grown ? KIND_GROWN : KIND_SHRUNK;
}

/* By the name, so that neighbours can be told apart; of a difference by what is left of it. */
static unsigned shade_of(const struct flame *flame, const struct flame_box *box)
{
	const char *name = frame_name(&flame->frames, box->name);

	if (flame->difference)
		return (unsigned)((double)net_of(box) / (double)box->value * (SHADES - 1) + 0.5);
	return (unsigned)(hash_bytes(name, strlen(name)) % SHADES);
}

/* Of several functions that the box stands for, the first. */
static void append_whole_name(
	struct flame *flame, const struct profile_function *function, bool alone)
{
	const char *whole = profile_text(flame->profile, function->whole);

	if (!*whole)
		return;
	string_append_char(&flame->svg, '\n');
	svg_append_text(&flame->svg, whole);
	if (!alone)
		string_append(&flame->svg, " and others");
}

/* The line only where all that the box stands for is there. Of lines the name itself tells it. */
static void append_position(struct flame *flame, const struct profile_function *function,
	const struct stack_place *place)
{
	const char *file = profile_text(flame->profile, function->file);
	bool has_file = *file && place->one_function && flame->profile->grain == GRAIN_FUNCTIONS;

	if (!has_file && !place->inlined)
		return;
	string_append(&flame->svg, place->inlined ? "\ninlined" : "\n");
	if (!has_file)
		return;
	string_append(&flame->svg, place->inlined ? ", " : "");
	svg_append_text(&flame->svg, file);
	if (place->line)
		string_append_format(&flame->svg, ":%" PRIu32, place->line);
}

/* What the tooltip says besides the name and the figures, in lines of its own. */
static void append_details(struct flame *flame, const struct stack_place *place)
{
	const struct profile_function *function;

	if (place->function == PROFILE_NONE)
		return;
	function = profile_function(flame->profile, place->function);
	append_whole_name(flame, function, place->one_function);
	append_position(flame, function, place);
}

static void append_box(struct flame *flame, const struct flame_box *box)
{
	const char *name = frame_name(&flame->frames, box->name);
	double x = MARGIN + (double)box->start * flame->scale;
	double width = (double)box->value * flame->scale;
	uint32_t y = row_top(flame, box->depth);
	char percentage[PERCENTAGE_SIZE];
	int64_t limited = box->value < INT64_MAX ? (int64_t)box->value : INT64_MAX;
	int64_t total = flame->boxes.total < INT64_MAX ? (int64_t)flame->boxes.total : INT64_MAX;

	units_percentage(limited, total, percentage);
	string_append_format(&flame->svg, "<g class=\"%c%u\"><title>",
		kinds[kind_of(flame, box)].letter, shade_of(flame, box));
	svg_append_escaped(&flame->svg, name, strlen(name));
	string_append(&flame->svg, " (");
	if (flame->difference)
		string_append_char(&flame->svg, kind_of(flame, box) == KIND_GROWN ? '+' : '-');
	append_value(flame, flame->difference ? net_of(box) : box->value);
	string_append_format(&flame->svg, ", %s)", percentage + strspn(percentage, " "));
	append_details(flame, &box->place);
	string_append_format(&flame->svg,
		"</title><rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\"/>", x, y, width,
		BOX_HEIGHT);
	append_label(flame, name, x, width, y);
	string_append(&flame->svg, "</g>\n");
}

static void append_boxes(struct flame *flame)
{
	string_append(&flame->svg, "<g id=\"frames\">\n");
	ARRAY_FOR_EACH (box, &flame->boxes.items)
		append_box(flame, box);
	string_append(&flame->svg, "</g>\n");
	if (!flame->boxes.total)
		string_append_format(&flame->svg,
			"<text id=\"nothing\" x=\"%d\" y=\"%d\">There are no samples.</text>\n",
			MARGIN, HEADER + 20);
}

/* What the colours mean, as far as they are there. */
static void append_legend(struct flame *flame)
{
	uint32_t x = MARGIN, top = svg_height(flame) - FOOTER + 10;
	bool present[ARRAY_SIZE(kinds)] = {false};

	ARRAY_FOR_EACH (box, &flame->boxes.items)
		present[kind_of(flame, box)] = true;
	string_append(&flame->svg, "<g id=\"legend\">");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!present[i])
			continue;
		string_append_format(&flame->svg,
			"<rect class=\"%c2\" x=\"%u\" y=\"%u\" width=\"12\" height=\"12\"/>"
			"<text x=\"%u\" y=\"%u\">%s</text>",
			kinds[i].letter, x, top, x + 18, top + 10, kinds[i].label);
		x += 18 + (uint32_t)strlen(kinds[i].label) * 6 + 24;
	}
	string_append(&flame->svg, "</g>\n");
}

/* Numbers only, so that nothing of the target is in the script. */
static void append_script(struct flame *flame)
{
	struct string_builder *svg = &flame->svg;
	const char *unit;
	double factor = units_convert(1, flame->unit.text, "nanoseconds", &unit);
	const char *dimension = "count";

	if (strcmp(unit, "ns") == 0)
		dimension = "time";
	else if (strcmp(unit, "B") == 0)
		dimension = "memory";
	string_append_format(svg,
		"<script><![CDATA[\nconst FLAME = {total: %" PRIu64 ", rows: %u, icicle: %s, "
		"difference: %s, dimension: \"%s\", factor: %.17g, boxes: \"",
		flame->boxes.total, flame->rows, flame->options->icicle ? "true" : "false",
		flame->difference ? "true" : "false", dimension, factor);
	ARRAY_FOR_EACH (box, &flame->boxes.items)
		string_append_format(svg, "%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ";",
			box->depth, box->start, box->value, box->self, box->grown);
	string_append(svg, "\"};\n");
	string_append(svg, flame_svg_js);
	string_append(svg, "]]></script>\n");
}

/* What only grew is a difference, too, if it has a base. */
static bool is_difference(const struct flame *flame)
{
	for (uint32_t i = 0; i < flame->profile->label_sets.entries.count; i++)
		if (profile_is_base(flame->profile, i))
			return true;
	return flame->boxes.grown < flame->boxes.total;
}

static struct error *prepare(struct flame *flame)
{
	struct error *error = export_find_value_type(
		flame->profile, flame->options->value_type, &flame->value_type);

	if (error)
		return error;
	string_append(
		&flame->unit, profile_text(flame->profile,
				      flame->profile->value_types.items[flame->value_type].unit));
	if (flame->unit.failed)
		return &error_no_memory;
	error = frames_init(flame->profile, 0, &flame->frames);
	if (!error)
		error = stack_list_init(&flame->frames, flame->value_type, &flame->stacks);
	return error ? error
		     : flame_boxes_init(
			       &flame->stacks, NARROWEST / (WIDTH - 2 * MARGIN), &flame->boxes);
}

struct error *flame_svg_write(
	const struct profile *profile, const struct flame_options *options, struct u8_array *ret)
{
	CLEANUP(flame_deinit) struct flame flame = {.profile = profile, .options = options};
	struct error *error = prepare(&flame);

	if (error)
		return error;
	flame.difference = is_difference(&flame);
	flame.rows = flame.boxes.depth > FEWEST_ROWS ? flame.boxes.depth : FEWEST_ROWS;
	if (flame.boxes.total)
		flame.scale = (WIDTH - 2 * MARGIN) / (double)flame.boxes.total;
	append_head(&flame);
	append_boxes(&flame);
	append_legend(&flame);
	append_heading(&flame);
	append_script(&flame);
	string_append(&flame.svg, "</svg>\n");
	return text_finish(&flame.svg, ret);
}
