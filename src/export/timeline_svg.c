#include "export/timeline_svg.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/text.h"
#include "export/embedded.h"
#include "export/svg_text.h"
#include "export/units.h"

/* Pixels. */
#define WIDTH      1000
#define LEFT       84
#define RIGHT      24
#define HEADER     48
#define PANEL      132
#define PLOT_TOP   30 /* in the panel */
#define PLOT       84
#define FOOTER     36
#define PLOT_WIDTH (WIDTH - LEFT - RIGHT)

#define MOST       (1ULL << 62) /* bytes */
#define STEPS_MOST 3            /* of a panel's scale */
#define TIMES_MOST 8

#define MINUTE 60
#define HOUR   3600

/* A panel's scale: from and to are multiples of the step. */
struct scale {
	uint64_t from, to, step;
};

struct picture {
	const struct timeline *timeline;
	struct string_builder svg;
	uint64_t end; /* ns: the last time */
};

static bool is_known(const struct timeline *timeline, const struct timeline_row *row)
{
	for (size_t i = 0; i < timeline->count; i++)
		if (row->values[i] != TIMELINE_UNKNOWN)
			return true;
	return false;
}

/* No process has more; what a target says may be anything. */
static uint64_t limited(uint64_t value)
{
	return value < MOST ? value : MOST;
}

static size_t count_panels(const struct timeline *timeline)
{
	size_t count = 0;

	for (size_t i = 0; i < timeline->row_count; i++)
		count += is_known(timeline, &timeline->rows[i]);
	return count;
}

/* Powers of two, as bytes are shown. What hardly changes gets a scale that says so. */
static struct scale choose_scale(const struct timeline *timeline, const struct timeline_row *row)
{
	uint64_t least = UINT64_MAX, most = 0, step = 1;

	for (size_t i = 0; i < timeline->count; i++) {
		uint64_t value = limited(row->values[i]);

		if (row->values[i] == TIMELINE_UNKNOWN)
			continue;
		least = value < least ? value : least;
		most = value > most ? value : most;
	}
	while (step < most / 64 || (most / step + 1) - least / step > STEPS_MOST)
		step *= 2;
	return (struct scale){least / step * step, (most / step + 1) * step, step};
}

static double time_to_x(const struct picture *picture, uint64_t time)
{
	return LEFT + PLOT_WIDTH * (double)time / (double)(picture->end ? picture->end : 1);
}

static double value_to_y(const struct scale *scale, uint64_t value, size_t top)
{
	double share = (double)(value - scale->from) / (double)(scale->to - scale->from);

	return (double)(top + PLOT_TOP) + PLOT * (1 - share);
}

static void append_bytes(struct string_builder *svg, uint64_t value)
{
	char buffer[UNITS_TEXT_SIZE];

	svg_append_text(svg, units_format(value < INT64_MAX ? (int64_t)value : INT64_MAX, "bytes",
				     UNITS_AUTO, buffer));
}

static void append_scale(struct picture *picture, const struct scale *scale, size_t top)
{
	for (uint64_t value = scale->from; value <= scale->to; value += scale->step) {
		double y = value_to_y(scale, value, top);

		string_append_format(&picture->svg,
			"<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
			"<text class=\"value\" x=\"%d\" y=\"%.1f\">",
			LEFT, y, WIDTH - RIGHT, y, LEFT - 8, y + 4);
		append_bytes(&picture->svg, value);
		string_append(&picture->svg, "</text>\n");
	}
}

/* Broken where nothing is known; a point alone is a dot. */
static void append_curve(struct picture *picture, const struct timeline_row *row,
	const struct scale *scale, size_t top)
{
	const struct timeline *timeline = picture->timeline;
	bool drawing = false;

	string_append(&picture->svg, "<path class=\"curve\" d=\"");
	for (size_t i = 0; i < timeline->count; i++) {
		bool known = row->values[i] != TIMELINE_UNKNOWN;

		if (known)
			string_append_format(&picture->svg, "%s%.1f %.1f", drawing ? "L" : "M",
				time_to_x(picture, timeline->times[i]),
				value_to_y(scale, limited(row->values[i]), top));
		if (known && !drawing)
			string_append(&picture->svg, "h0");
		drawing = known;
	}
	string_append(&picture->svg, "\"/>\n");
}

static void append_change(struct picture *picture, const struct timeline_row *row)
{
	const struct timeline *timeline = picture->timeline;
	size_t first = 0, last = timeline->count - 1;

	while (row->values[first] == TIMELINE_UNKNOWN)
		first++;
	while (row->values[last] == TIMELINE_UNKNOWN)
		last--;
	uint64_t was = row->values[first], is = row->values[last];
	append_bytes(&picture->svg, was);
	string_append(&picture->svg, " \u2192 ");
	append_bytes(&picture->svg, is);
	string_append(&picture->svg, is < was ? " (\u2212" : " (+");
	append_bytes(&picture->svg, is < was ? was - is : is - was);
	string_append(&picture->svg, ")");
}

static void append_panel(struct picture *picture, const struct timeline_row *row, size_t top)
{
	struct scale scale = choose_scale(picture->timeline, row);

	string_append_format(
		&picture->svg, "<text class=\"name\" x=\"%d\" y=\"%zu\">", LEFT, top + 18);
	svg_append_text(&picture->svg, row->name);
	string_append(&picture->svg, " <tspan class=\"change\" dx=\"8\">");
	append_change(picture, row);
	string_append(&picture->svg, "</tspan></text>\n");
	append_scale(picture, &scale, top);
	append_curve(picture, row, &scale, top);
}

static void append_marks(struct picture *picture, size_t bottom)
{
	const struct timeline *timeline = picture->timeline;

	for (size_t i = 0; i < timeline->mark_count; i++) {
		double x = time_to_x(picture, timeline->marks[i]);

		string_append_format(&picture->svg,
			"<line class=\"mark\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%zu\"/>"
			"<text class=\"mark\" x=\"%.1f\" y=\"%d\">dump %zu</text>\n",
			x, HEADER + 2, x, bottom, x, HEADER - 2, i + 1);
	}
}

static uint64_t choose_time_step(uint64_t seconds)
{
	static const uint64_t steps[] = {1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE,
		10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR,
		24 * HOUR};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(steps) && seconds / steps[i] > TIMES_MOST)
		i++;
	/* Days, if need be. */
	return steps[i] * (1 + seconds / steps[i] / (TIMES_MOST * 2));
}

static void append_time(struct string_builder *svg, uint64_t seconds)
{
	if (seconds >= HOUR)
		string_append_format(svg, "%" PRIu64 "h", seconds / HOUR);
	if (seconds % HOUR >= MINUTE)
		string_append_format(svg, "%" PRIu64 "m", seconds % HOUR / MINUTE);
	if (seconds % MINUTE || !seconds)
		string_append_format(svg, "%" PRIu64 "s", seconds % MINUTE);
}

static void append_times(struct picture *picture, size_t bottom)
{
	uint64_t end = picture->end / NANOSECONDS_PER_SECOND, step = choose_time_step(end);

	for (uint64_t time = 0; time <= end; time += step) {
		double x = time_to_x(picture, time * NANOSECONDS_PER_SECOND);

		string_append_format(&picture->svg,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%zu\" x2=\"%.1f\" y2=\"%zu\"/>"
			"<text class=\"time\" x=\"%.1f\" y=\"%zu\">",
			x, bottom, x, bottom + 5, x, bottom + 20);
		append_time(&picture->svg, time);
		string_append(&picture->svg, "</text>\n");
	}
}

static void append_head(struct picture *picture, size_t height)
{
	struct string_builder *svg = &picture->svg;

	string_append(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	string_append_format(svg,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
		"viewBox=\"0 0 %d %zu\">\n<title>",
		WIDTH, height, WIDTH, height);
	svg_append_text(svg, picture->timeline->title);
	string_append(svg, "</title>\n<style><![CDATA[\n");
	string_append(svg, timeline_svg_css);
	string_append(svg, "]]></style>\n<rect id=\"page\" width=\"100%\" height=\"100%\"/>\n");
	string_append_format(svg, "<text id=\"title\" x=\"%d\" y=\"26\">", LEFT);
	svg_append_text(svg, picture->timeline->title);
	string_append(svg, "</text>\n");
}

struct error *timeline_svg_write(const struct timeline *timeline, struct u8_array *ret)
{
	struct picture picture = {.timeline = timeline};
	size_t top = HEADER, bottom = HEADER + count_panels(timeline) * PANEL;

	if (timeline->count)
		picture.end = timeline->times[timeline->count - 1];
	append_head(&picture, bottom + FOOTER);
	append_marks(&picture, bottom);
	for (size_t i = 0; i < timeline->row_count; i++) {
		if (!is_known(timeline, &timeline->rows[i]))
			continue;
		append_panel(&picture, &timeline->rows[i], top);
		top += PANEL;
	}
	append_times(&picture, bottom);
	string_append(&picture.svg, "</svg>\n");
	return text_finish(&picture.svg, ret);
}
