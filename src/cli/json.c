#include "cli/json.h"

#include <inttypes.h>
#include <string.h>

#include "arch/agent.h"
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

struct error *print_json(FILE *out, json_t *object)
{
	int failed = !object || json_dumpf(object, out, JSON_COMPACT);

	json_decref(object);
	fputc('\n', out);
	return failed ? &error_no_memory : NULL;
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
