#include <time.h>

#include "base/clock.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "export/units.h"

#define TIME_SIZE 32

static const char *format_time(const struct profile *profile, char buffer[static TIME_SIZE])
{
	time_t seconds = (time_t)(profile->time / (int64_t)NANOSECONDS_PER_SECOND);
	struct tm parts;

	if (!profile->time || !localtime_r(&seconds, &parts) ||
		!strftime(buffer, TIME_SIZE, "%F %T", &parts))
		return "-";
	return buffer;
}

static const char *format_total(const struct profile *profile, char buffer[static UNITS_TEXT_SIZE])
{
	size_t index;

	if (!profile_find_value_type(profile, NULL, &index))
		return "-";
	uint32_t unit = profile->value_types.items[index].unit;
	return units_format(
		profile_total(profile, index), profile_text(profile, unit), UNITS_AUTO, buffer);
}

static const char *value_name(const struct profile *profile)
{
	size_t index;

	if (!profile_find_value_type(profile, NULL, &index))
		return "-";
	return profile_text(profile, profile->value_types.items[index].type);
}

static void print(const struct session *session, const struct session_profile *entry)
{
	char time[TIME_SIZE], total[UNITS_TEXT_SIZE];
	const struct profile *profile = entry->profile;

	fprintf(session->out, "@%-4u %10s %-13s %8zu  %-19s  ", entry->number,
		format_total(profile, total), value_name(profile), profile->samples.count,
		format_time(profile, time));
	print_text(session->out, entry->name);
	if (entry->description[0]) {
		fputs(": ", session->out);
		print_text(session->out, entry->description);
	}
	putc('\n', session->out);
}

static struct error *answer(struct session *session)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (profile, &session->profiles)
		json_add(&array, json_session_profile(profile));
	answer_put(session, "profiles", array);
	return NULL;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	(void)arguments;
	if (session->json)
		return answer(session);
	if (!session->profiles.count) {
		report(session, "there is no profile yet");
		return NULL;
	}
	fprintf(session->out, "%-5s %10s %-13s %8s  %-19s  %s\n", "", "total", "of", "samples",
		"taken", "what");
	ARRAY_FOR_EACH (profile, &session->profiles)
		print(session, profile);
	return NULL;
}

const struct command command_profiles = {
	.name = "profiles",
	.group = GROUP_PROFILES,
	.usage = "",
	.summary = "list the profiles taken or loaded so far",
	.description =
		"One line for each: its number, by which other commands take it, the total of its "
		"main values, the number of different samples, when it was taken, and what it is.",
	.examples = (const char *const[]){"profiles", NULL},
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
