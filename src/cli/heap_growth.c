#include "cli/heap_growth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/files.h"
#include "cli/heap_watch.h"
#include "cli/name_profile.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/view_options.h"
#include "export/timeline_svg.h"
#include "jemalloc/statistics.h"

#define USUAL_DURATION (60 * NANOSECONDS_PER_SECOND)
#define USUAL_DUMPS    5
#define MOST_DUMPS     100
#define MOMENTS        120 /* about as many as the picture can tell apart */
#define SHORTEST       (NANOSECONDS_PER_SECOND / 2)

struct growth_run {
	struct heap_request *request;
	struct heap_watch watch;
	uint64_t dumps;
	const char *output, *timeline;
	struct growth_moments moments;
	struct growth_series series;
	bool gone; /* the process ended before the time was over */
};

static void run_deinit(struct growth_run *run)
{
	u64_array_deinit(&run->moments.times);
	u64_array_deinit(&run->moments.dumps);
	for (int i = 0; i < GROWTH_FIGURE_COUNT; i++)
		u64_array_deinit(&run->moments.figures[i]);
	growth_series_deinit(&run->series);
}

static struct error *check_timeline(const char *path)
{
	const char *suffix = strrchr(path, '.');

	if (!suffix || strcmp(suffix, ".svg") != 0)
		return error_set_hint(
			error_create(ERROR_USAGE, "'%s' is no name for a picture", path),
			"the timeline is drawn as .svg");
	return file_check(path);
}

static struct error *read_options(struct growth_run *run)
{
	const struct arguments *arguments = run->request->arguments;
	struct error *error =
		arguments_duration(arguments, "duration", USUAL_DURATION, &run->watch.duration);

	if (!error)
		error = arguments_number(
			arguments, "number", USUAL_DUMPS, 2, MOST_DUMPS, &run->dumps);
	if (!error && run->watch.duration < run->dumps * SHORTEST)
		error = error_set_hint(
			error_create(ERROR_USAGE, "that is too short for %lu dumps", run->dumps),
			"give it minutes, or hours: -d 10m");
	run->output = arguments_value(arguments, "output");
	run->timeline = arguments_value(arguments, "timeline");
	if (!error && run->output)
		error = file_check(run->output);
	if (!error && run->timeline)
		error = check_timeline(run->timeline);
	return error;
}

/* Without jemalloc's statistics there is RSS alone. */
static struct error *read_figures(struct heap_request *request, uint64_t ret[GROWTH_FIGURE_COUNT])
{
	static const enum statistic statistics[] = {
		[GROWTH_ALLOCATED] = STATISTIC_ALLOCATED,
		[GROWTH_ACTIVE] = STATISTIC_ACTIVE,
		[GROWTH_RESIDENT] = STATISTIC_RESIDENT,
	};
	CLEANUP(statistics_deinit) struct statistics read = {0};
	struct error *error = target_resident_size(request->attachment->target, &ret[GROWTH_RSS]);

	if (!error)
		error = error_unless(statistics_read(&request->jemalloc, &read), ERROR_UNSUPPORTED);
	for (size_t i = 0; i < ARRAY_SIZE(statistics); i++)
		ret[i] = read.known[statistics[i]] ? read.values[statistics[i]] : TIMELINE_UNKNOWN;
	return error;
}

static struct error *note_moment(struct growth_run *run)
{
	uint64_t figures[GROWTH_FIGURE_COUNT];
	struct error *error = heap_recheck(run->request);

	/* Ctrl-C means the end of it all, not of the call that happens to be made. */
	run->request->jemalloc.wait = (struct call_wait){0};
	if (!error)
		error = read_figures(run->request, figures);
	if (!error)
		error = u64_array_append(&run->moments.times, run->watch.elapsed);
	for (int i = 0; !error && i < GROWTH_FIGURE_COUNT; i++)
		error = u64_array_append(&run->moments.figures[i], figures[i]);
	return error;
}

static struct error *take_dump(struct growth_run *run)
{
	CLEANUP(heap_taken_deinit) struct heap_taken taken = {0};
	uint64_t time = run->watch.elapsed;
	struct error *error = note_moment(run);

	if (!error)
		error = heap_take_dump(run->request, &taken);
	if (!error)
		error = growth_add(&run->series, taken.profile, time);
	return error ? error : u64_array_append(&run->moments.dumps, time);
}

/* Moments until then. */
static struct error *watch_until(struct growth_run *run, uint64_t time)
{
	uint64_t pause = run->watch.duration / MOMENTS;
	struct error *error = NULL;

	if (pause < SHORTEST)
		pause = SHORTEST;
	while (!error && run->watch.elapsed < time && !run->watch.interrupted) {
		uint64_t next = run->watch.elapsed + pause;

		error = heap_watch_until(run->request, &run->watch, next < time ? next : time);
		if (!error && run->watch.elapsed < time && !run->watch.interrupted)
			error = note_moment(run);
	}
	return error;
}

/*
 * Where the profiler was off, what the program renews all the time would seem to grow from nothing:
 * the first dump is made after a while. Ctrl-C brings the last one forward.
 */
static struct error *gather(struct growth_run *run)
{
	uint64_t early = run->watch.hold.switched ? 1 : 0, intervals = run->dumps - 1 + early;
	struct error *error = early ? note_moment(run) : NULL;

	for (uint64_t i = early; !error && i <= intervals && !run->watch.interrupted; i++) {
		error = watch_until(run, run->watch.duration * i / intervals);
		if (run->watch.interrupted)
			heap_watch_heed(&run->watch);
		if (!error)
			error = take_dump(run);
	}
	return error;
}

/* What was gathered before the process ended is worth as much as ever. */
static struct error *gather_and_let_go(struct growth_run *run)
{
	struct error *error = heap_watch_begin(run->request, &run->watch), *end;

	if (error)
		return error;
	error = gather(run);
	end = heap_watch_end(run->request, &run->watch);
	run->gone = error && error->kind == ERROR_GONE && run->series.dumps > 1;
	if (!run->gone && !error)
		return end;
	error_destroy(end);
	if (!run->gone)
		return error;
	error_destroy(error);
	return NULL;
}

static struct error *save_timeline(const struct growth_run *run)
{
	struct timeline_row rows[GROWTH_FIGURE_COUNT];
	CLEANUP(cleanup_free) char *title = NULL;
	CLEANUP(u8_array_deinit) struct u8_array svg = {0};
	const struct growth_moments *moments = &run->moments;
	struct error *error;

	for (int i = 0; i < GROWTH_FIGURE_COUNT; i++)
		rows[i] = (struct timeline_row){growth_figure_names[i], moments->figures[i].items};
	if (asprintf(&title, "memory of %s", run->request->session->target_text) < 0) {
		title = NULL;
		return &error_no_memory;
	}
	const struct timeline timeline = {title, moments->times.items, moments->times.count, rows,
		GROWTH_FIGURE_COUNT, moments->dumps.items, moments->dumps.count};
	error = timeline_svg_write(&timeline, &svg);
	return error ? error : file_save_bytes(run->timeline, &svg);
}

static struct error *print(
	struct growth_run *run, const struct growth_entries *entries, const struct growth *all)
{
	struct session *session = run->request->session;
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	const struct profile_view_options view = view_read_names(session, run->request->arguments);
	const struct growth_report report = {
		.moments = &run->moments,
		.series = &run->series,
		.entries = entries,
		.all = *all,
		.limit = settings_number(&session->settings, SETTING_NODECOUNT),
		.view = &view,
	};
	struct error *error = session->json ? answer_put_all(session, growth_json(&report))
					    : growth_format(&report, &text);

	if (!error && !session->json)
		fwrite(text.items, 1, text.count, session->out);
	return error;
}

/* Takes over the series' profile. */
static struct error *keep(
	struct growth_run *run, const struct growth *all, const struct session_profile **ret)
{
	struct session *session = run->request->session;
	CLEANUP(session_profile_deinit)
	struct session_profile kept = {.name = strdup("growth"), .origin = strdup("")};
	char growth[QUANTITY_SIZE], duration[QUANTITY_SIZE];

	if (!kept.name || !kept.origin ||
		asprintf(&kept.description, "heap growth of %s in %s: %s", session->target_text,
			format_duration((double)run->watch.elapsed, duration),
			format_bytes(all->bytes, growth)) < 0) {
		kept.description = NULL;
		return &error_no_memory;
	}
	run->series.profile->duration = (int64_t)run->watch.elapsed;
	kept.profile = TAKE_POINTER(run->series.profile);
	return session_add_profile(session, &kept, ret);
}

static struct error *gone(const struct growth_run *run, const struct session_profile *kept)
{
	return error_set_hint(
		error_create(ERROR_GONE, "process %s ended after %zu of %lu dumps",
			run->request->session->target_text, run->series.dumps, run->dumps),
		"what grew until then is kept as @%u", kept->number);
}

static struct error *finish(struct growth_run *run)
{
	CLEANUP(growth_entries_deinit) struct growth_entries entries = {0};
	const char *type = value_type_name(run->request->session, run->request->arguments);
	const struct session_profile *kept;
	CLEANUP(shown_profile_deinit) struct shown_profile shown = {0};
	STRING_BUILDER(done);
	struct growth all;
	struct error *error =
		name_profile(run->request->session, run->request->attachment, run->series.profile);

	if (!error)
		error = heap_watch_check_wanted(&run->watch);
	if (!error)
		error = growth_rank(&run->series, &entries, &all);
	if (!error)
		error = print(run, &entries, &all);
	if (!error && run->timeline)
		error = save_timeline(run);
	if (!error)
		error = keep(run, &all, &kept);
	if (!error)
		error = shown_profile_init(
			run->request->session, run->request->arguments, kept, &shown);
	if (!error && run->output)
		error = file_save(shown.profile, type, run->output);
	if (error)
		return error;
	if (run->request->session->json)
		answer_put(run->request->session, "timeline", json_text(run->timeline));
	string_append_format(&done, "%zu dumps%s%s", run->series.dumps,
		run->timeline ? ", timeline in " : "", run->timeline ? run->timeline : "");
	report_kept(run->request->session, kept, run->output, done.text);
	return run->gone ? gone(run, kept) : NULL;
}

static struct error *too_early(void)
{
	return error_create(ERROR_INTERRUPTED,
		"interrupted before there was a second dump to compare the first one with");
}

struct error *heap_growth(struct heap_request *request)
{
	CLEANUP(run_deinit) struct growth_run run = {.request = request};
	struct error *error = read_options(&run);

	if (!error)
		error = growth_series_init(&run.series, run.dumps);
	if (!error)
		error = gather_and_let_go(&run);
	if (!error && run.series.dumps < 2)
		error = too_early();
	return error ? error : finish(&run);
}
