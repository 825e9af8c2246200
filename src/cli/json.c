#include "cli/json.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "arch/agent.h"
#include "base/clock.h"
#include "base/string_builder.h"
#include "export/utf8.h"

json_t *json_text(const char *text)
{
	STRING_BUILDER(clean);

	if (!text)
		return json_null();
	string_append(&clean, "");
	utf8_append(&clean, text, strlen(text));
	return clean.failed ? NULL : json_stringn(clean.text, clean.length);
}

json_t *json_address(uint64_t address)
{
	return json_sprintf("0x%" PRIx64, address);
}

json_t *json_call(const struct call_report *call)
{
	return json_pack("{s:s, s:i, s:o, s:I, s:I, s:I}", "way", call->own ? "own" : "borrowed",
		"thread", (int)call->thread, "name", json_text(call->thread_name), "held_ns",
		(json_int_t)call->held, "borrowed_ns", (json_int_t)call->borrowed, "duration_ns",
		(json_int_t)call->duration);
}

void json_add(json_t **array, json_t *item)
{
	if (!json_array_append_new(*array, item))
		return;
	json_decref(*array);
	*array = NULL;
}

void json_put(json_t **object, const char *key, json_t *value)
{
	if (!json_object_set_new(*object, key, value))
		return;
	json_decref(*object);
	*object = NULL;
}

json_t *json_leftovers(const struct leftovers *leftovers)
{
	json_t *memory = json_array(), *descriptors = json_array();

	for (size_t i = 0; i < leftovers->area_count; i++)
		json_add(&memory, json_pack("{s:o, s:i}", "address",
					  json_address(leftovers->areas[i]), "length", AGENT_SIZE));
	for (size_t i = 0; i < leftovers->descriptor_count; i++)
		json_add(&descriptors, json_integer(leftovers->descriptors[i]));
	return json_pack("{s:o, s:o}", "memory", memory, "descriptors", descriptors);
}

json_t *json_time(int64_t time)
{
	time_t seconds = (time_t)(time / (int64_t)NANOSECONDS_PER_SECOND);
	unsigned rest = (unsigned)(time % (int64_t)NANOSECONDS_PER_SECOND);
	struct tm parts;
	char text[32];

	if (time <= 0 || !gmtime_r(&seconds, &parts) ||
		!strftime(text, sizeof(text), "%FT%T", &parts))
		return json_null();
	return json_sprintf("%s.%09uZ", text, rest);
}

json_t *json_profile(const struct session_profile *profile)
{
	if (profile->number)
		return json_integer(profile->number);
	return json_text(profile->origin && *profile->origin ? profile->origin : profile->name);
}

json_t *json_session_profile(const struct session_profile *entry)
{
	const struct profile *profile = entry->profile;
	json_t *object = json_object();
	size_t index;

	json_put(&object, "number", json_integer(entry->number));
	json_put(&object, "name", json_text(entry->name));
	json_put(&object, "description", json_text(entry->description));
	json_put(&object, "file", json_text(*entry->origin ? entry->origin : NULL));
	json_put(&object, "samples", json_integer((json_int_t)profile->samples.count));
	json_put(&object, "taken", json_time(profile->time));
	json_put(&object, "duration_ns", json_integer(profile->duration));
	if (!profile_find_value_type(profile, NULL, &index))
		return object;
	const struct profile_value_type *type = &profile->value_types.items[index];
	json_put(&object, "type", json_text(profile_text(profile, type->type)));
	json_put(&object, "unit", json_text(profile_text(profile, type->unit)));
	json_put(&object, "total", json_integer(profile_total(profile, index)));
	return object;
}

json_t *json_process(const struct target_identity *identity)
{
	return json_pack("{s:i, s:o, s:o}", "pid", (int)identity->pid, "name",
		json_text(identity->name), "executable", json_text(identity->executable));
}

json_t *json_mallctl_value(const struct mallctl_value *value)
{
	switch (value->type) {
	case MALLCTL_BOOL:
		return json_boolean(value->boolean);
	case MALLCTL_UNSIGNED:
	case MALLCTL_SIZE:
	case MALLCTL_UINT64:
		return json_integer((json_int_t)value->number);
	case MALLCTL_SSIZE:
		return json_integer((json_int_t)value->signed_number);
	case MALLCTL_STRING:
		return json_text(value->text);
	case MALLCTL_FIXED:
		return json_real(value->fraction);
	case MALLCTL_SAMPLES:
		return json_pack("{s:I, s:I}", "bytes", (json_int_t)value->samples.bytes, "count",
			(json_int_t)value->samples.count);
	case MALLCTL_NONE:
	case MALLCTL_TYPE_COUNT:
		break;
	}
	return json_null();
}
