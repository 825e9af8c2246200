#include "jemalloc/mallctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "jemalloc/mallctl_pattern.h"

#define TEXT_MAX  4096
#define FIXED_ONE 65536.0

/* Where one value lies in the target during a call. */
struct value_slot {
	uint64_t name;
	uint64_t value;
	uint64_t length;
};

void mallctl_value_deinit(struct mallctl_value *value)
{
	if (value->type == MALLCTL_STRING)
		free(value->text);
	*value = (struct mallctl_value){.type = MALLCTL_NONE};
}

void mallctl_readings_deinit(struct mallctl_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mallctl_value_deinit(&readings[i].value);
}

static bool parse_bool(const char *text, bool *ret)
{
	static const char *const words[2][5] = {
		{"false", "off", "no", "0", "disable"},
		{"true", "on", "yes", "1", "enable"},
	};

	for (int truth = 0; truth < 2; truth++)
		for (size_t i = 0; i < ARRAY_SIZE(words[truth]); i++)
			if (strcmp(text, words[truth][i]) == 0) {
				*ret = truth;
				return true;
			}
	return false;
}

bool mallctl_value_parse(const char *text, enum mallctl_type type, struct mallctl_value *ret)
{
	struct mallctl_value value = {.type = type};
	bool valid = false;

	switch (type) {
	case MALLCTL_BOOL:
		valid = parse_bool(text, &value.boolean);
		break;
	case MALLCTL_UNSIGNED:
		valid = parse_unsigned(text, &value.number) && value.number <= UINT32_MAX;
		break;
	case MALLCTL_SIZE:
	case MALLCTL_UINT64:
		valid = parse_unsigned(text, &value.number);
		break;
	case MALLCTL_SSIZE:
		valid = parse_signed(text, &value.signed_number);
		break;
	case MALLCTL_STRING:
		value.text = strdup(text);
		valid = value.text != NULL;
		break;
	case MALLCTL_FIXED:
	case MALLCTL_SAMPLES:
	case MALLCTL_NONE:
	case MALLCTL_TYPE_COUNT:
		break;
	}
	if (valid)
		*ret = value;
	return valid;
}

char *mallctl_value_format(const struct mallctl_value *value)
{
	char *text = NULL;
	int length = 0;

	switch (value->type) {
	case MALLCTL_BOOL:
		return strdup(value->boolean ? "true" : "false");
	case MALLCTL_UNSIGNED:
	case MALLCTL_SIZE:
	case MALLCTL_UINT64:
		length = asprintf(&text, "%lu", value->number);
		break;
	case MALLCTL_SSIZE:
		length = asprintf(&text, "%ld", value->signed_number);
		break;
	case MALLCTL_STRING:
		return strdup(value->text ? value->text : "");
	case MALLCTL_FIXED:
		length = asprintf(&text, "%.4g", value->fraction);
		break;
	case MALLCTL_SAMPLES:
		length = asprintf(&text, "%lu bytes in %lu samples", value->samples.bytes,
			value->samples.count);
		break;
	case MALLCTL_NONE:
	case MALLCTL_TYPE_COUNT:
		return strdup("");
	}
	return length < 0 ? NULL : text;
}

/* A text of the target's, up to its NUL. */
static struct error *read_text(struct caller *caller, uint64_t address, char **ret)
{
	char text[TEXT_MAX];
	size_t length = 0;

	*ret = NULL;
	if (!address)
		return NULL;
	while (length < sizeof(text) - 1) {
		struct error *error = caller_get(caller, address + length, text + length, 1);

		if (error)
			return error;
		if (!text[length])
			break;
		length++;
	}
	*ret = strndup(text, length);
	return *ret ? NULL : &error_no_memory;
}

static struct error *take_value(
	struct caller *caller, enum mallctl_type type, uint64_t address, struct mallctl_value *ret)
{
	struct mallctl_value value = {.type = type};
	uint64_t words[2] = {0};
	struct error *error = caller_get(caller, address, words, mallctl_type_size(type));

	if (error)
		return error;
	switch (type) {
	case MALLCTL_BOOL:
		value.boolean = words[0] != 0;
		break;
	case MALLCTL_SSIZE:
		value.signed_number = (int64_t)words[0];
		break;
	case MALLCTL_STRING:
		error = read_text(caller, words[0], &value.text);
		break;
	case MALLCTL_FIXED:
		value.fraction = (double)words[0] / FIXED_ONE;
		break;
	case MALLCTL_SAMPLES:
		value.samples.bytes = words[0];
		value.samples.count = words[1];
		break;
	default:
		value.number = words[0];
		break;
	}
	if (!error)
		*ret = value;
	return error;
}

static struct error *put_text(struct caller *caller, const char *text, uint64_t *ret)
{
	return caller_put(caller, text, strlen(text) + 1, ret);
}

static struct error *plan_reading(struct jemalloc *jemalloc, const char *name,
	enum mallctl_type type, struct value_slot *slot, struct call_item *item)
{
	struct caller *caller = jemalloc->caller;
	size_t size = mallctl_type_size(type);
	struct error *error = put_text(caller, name, &slot->name);

	if (!error)
		error = caller_reserve(caller, 2 * sizeof(uint64_t), &slot->value);
	if (!error)
		error = caller_put(caller, &size, sizeof(size), &slot->length);
	*item = (struct call_item){
		.function = jemalloc->instance->mallctl,
		.arguments = {slot->name, slot->value, slot->length, 0, 0, 0},
	};
	return error;
}

/* A word to be written lies at *ret; a text is a pointer to one. */
static struct error *put_value(
	struct caller *caller, const struct mallctl_value *value, uint64_t *ret)
{
	uint64_t word = value->type == MALLCTL_BOOL ? value->boolean : value->number;
	struct error *error;

	if (value->type != MALLCTL_STRING)
		return caller_put(caller, &word, sizeof(word), ret);
	error = put_text(caller, value->text, &word);
	return error ? error : caller_put_pointer(caller, word, ret);
}

static struct error *plan_writing(struct jemalloc *jemalloc, const char *name,
	const struct mallctl_value *value, struct call_item *item)
{
	struct caller *caller = jemalloc->caller;
	uint64_t name_address, value_address = 0;
	struct error *error = put_text(caller, name, &name_address);

	if (!error && value->type != MALLCTL_NONE)
		error = put_value(caller, value, &value_address);
	*item = (struct call_item){
		.function = jemalloc->instance->mallctl,
		.arguments = {name_address, 0, 0, value_address, mallctl_type_size(value->type), 0},
	};
	return error;
}

static bool needs_epoch(const char *name)
{
	return strncmp(name, "stats.", strlen("stats.")) == 0;
}

static struct error *plan_readings(struct jemalloc *jemalloc,
	const struct mallctl_reading *readings, size_t count, struct call_item *items,
	struct value_slot *slots)
{
	const struct mallctl_value refresh = {.type = MALLCTL_UINT64, .number = 1};
	struct error *error = plan_writing(jemalloc, "epoch", &refresh, &items[0]);

	for (size_t i = 0; !error && i < count; i++)
		error = plan_reading(
			jemalloc, readings[i].name, readings[i].type, &slots[i], &items[i + 1]);
	return error;
}

static struct error *run(
	struct jemalloc *jemalloc, struct call_item *items, size_t count, bool long_running)
{
	return caller_run(
		jemalloc->caller, items, count, long_running, &jemalloc->wait, &jemalloc->report);
}

struct error *mallctl_read_all(
	struct jemalloc *jemalloc, struct mallctl_reading *readings, size_t count)
{
	struct call_item items[CALL_COUNT_MAX];
	struct value_slot slots[MALLCTL_READINGS_MAX];
	bool skip_epoch = true;
	struct error *error = caller_begin(jemalloc->caller);

	for (size_t i = 0; i < count; i++) {
		readings[i].value = (struct mallctl_value){.type = MALLCTL_NONE};
		skip_epoch = skip_epoch && !needs_epoch(readings[i].name);
	}
	if (!error)
		error = plan_readings(jemalloc, readings, count, items, slots);
	if (!error)
		error = run(jemalloc, items + skip_epoch, count + !skip_epoch, false);
	for (size_t i = 0; !error && i < count; i++) {
		readings[i].result = (int)items[i + 1].result;
		if (!readings[i].result)
			error = take_value(jemalloc->caller, readings[i].type, slots[i].value,
				&readings[i].value);
	}
	if (error)
		mallctl_readings_deinit(readings, count);
	return error;
}

static struct error *try_to_read(struct jemalloc *jemalloc, const char *name,
	enum mallctl_type type, int *ret_result, struct mallctl_value *ret)
{
	struct mallctl_reading reading = {.name = name, .type = type};
	struct error *error = mallctl_read_all(jemalloc, &reading, 1);

	if (error)
		return error;
	*ret = reading.value;
	*ret_result = reading.result;
	return NULL;
}

struct error *mallctl_read_as(struct jemalloc *jemalloc, const char *name, enum mallctl_type type,
	struct mallctl_value *ret)
{
	int result;
	struct error *error = try_to_read(jemalloc, name, type, &result, ret);

	return error || !result ? error : mallctl_explain(jemalloc, name, result);
}

struct error *mallctl_read_count(struct jemalloc *jemalloc, const char *name, uint64_t *ret)
{
	struct mallctl_value value;
	int result;
	struct error *error =
		try_to_read(jemalloc, name, mallctl_find_name(name)->type, &result, &value);

	if (!error)
		*ret = result ? 0 : value.number;
	return error;
}

struct error *mallctl_read(struct jemalloc *jemalloc, const char *name, struct mallctl_value *ret)
{
	const struct mallctl_name *entry = mallctl_find_name(name);
	int result = EINVAL;
	struct error *error = NULL;

	for (; !error && entry && result == EINVAL; entry = mallctl_former_name(entry, name))
		error = try_to_read(jemalloc, name, entry->type, &result, ret);
	return error || !result ? error : mallctl_explain(jemalloc, name, result);
}

struct error *mallctl_write(
	struct jemalloc *jemalloc, const char *name, const struct mallctl_value *value)
{
	bool is_order = value->type == MALLCTL_NONE; /* to give back gigabytes, perhaps */
	struct call_item item;
	struct error *error = caller_begin(jemalloc->caller);

	if (!error)
		error = plan_writing(jemalloc, name, value, &item);
	if (!error)
		error = run(jemalloc, &item, 1, is_order);
	if (error || !(int)item.result)
		return error;
	return mallctl_explain(jemalloc, name, (int)item.result);
}

struct error *mallctl_write_on_leaving(
	struct jemalloc *jemalloc, const char *name, const struct mallctl_value *value)
{
	struct call_item item;
	struct error *error = caller_begin(jemalloc->caller);

	if (!error)
		error = plan_writing(jemalloc, name, value, &item);
	return error ? error : caller_undo_on_leaving(jemalloc->caller, &item, 1, &jemalloc->wait);
}

struct error *mallctl_write_nothing_on_leaving(struct jemalloc *jemalloc)
{
	struct error *error = caller_begin(jemalloc->caller);

	return error ? error : caller_undo_on_leaving(jemalloc->caller, NULL, 0, &jemalloc->wait);
}

struct error *mallctl_exchange(struct jemalloc *jemalloc, const char *name,
	const struct mallctl_value *value, struct mallctl_value *ret_before)
{
	struct call_item item, writing;
	struct value_slot slot;
	struct error *error = caller_begin(jemalloc->caller);

	if (!error)
		error = plan_reading(jemalloc, name, value->type, &slot, &item);
	if (!error)
		error = plan_writing(jemalloc, name, value, &writing);
	if (error)
		return error;
	memcpy(item.arguments + 3, writing.arguments + 3, 2 * sizeof(item.arguments[0]));
	error = run(jemalloc, &item, 1, false);
	if (!error && (int)item.result)
		error = mallctl_explain(jemalloc, name, (int)item.result);
	return error ? error : take_value(jemalloc->caller, value->type, slot.value, ret_before);
}

static size_t common_length(const char *a, const char *b)
{
	size_t length = 0;

	while (a[length] && a[length] == b[length])
		length++;
	return length;
}

/* The name with the longest common beginning and end. */
struct nearest {
	const char *name;
	size_t score, cost;
	char found[MALLCTL_NAME_SIZE];
};

static void consider_name(void *context, const char *known)
{
	struct nearest *nearest = context;
	size_t common = common_length(known, nearest->name);
	size_t left = strlen(known) - common, name_left = strlen(nearest->name) - common;

	while (left && name_left &&
		known[common + left - 1] == nearest->name[common + name_left - 1]) {
		left--;
		name_left--;
	}
	size_t same = 2 * (strlen(known) - left), cost = left + name_left;
	if (same < cost || same - cost < nearest->score ||
		(same - cost == nearest->score && cost >= nearest->cost))
		return;
	nearest->score = same - cost;
	nearest->cost = cost;
	memcpy(nearest->found, known, strlen(known) + 1);
}

static struct error *unknown_name(const char *name)
{
	struct nearest nearest = {.name = name, .score = 2};
	struct error *error = error_create(ERROR_NOT_FOUND, "there is no mallctl name '%s'", name);
	size_t count;
	const struct mallctl_name *names = mallctl_names(&count);

	for (size_t i = 0; i < count; i++)
		mallctl_pattern_expand(names[i].pattern, consider_name, &nearest);
	if (nearest.found[0])
		return error_set_hint(error, "did you mean %s?", nearest.found);
	return error_set_hint(error,
		"the names are those of jemalloc(3), such as stats.allocated; one that limpet does "
		"not know needs its type: ctl --type size NAME");
}

struct error *mallctl_check_harmless(const char *name)
{
	const struct mallctl_name *entry = mallctl_find_name(name);

	if (entry && entry->refusal)
		return error_create(
			ERROR_USAGE, "limpet does not call %s: %s", name, entry->refusal);
	return NULL;
}

struct error *mallctl_check(
	const char *name, enum mallctl_access access, const struct mallctl_name **ret)
{
	const struct mallctl_name *entry = mallctl_find_name(name);
	struct error *error = entry ? mallctl_check_harmless(name) : unknown_name(name);

	if (error)
		return error;
	if (!(entry->access & access) && access == MALLCTL_WRITE)
		return error_set_hint(error_create(ERROR_USAGE, "%s can only be read", name),
			"leave out the value: ctl %s", name);
	if (!(entry->access & access)) {
		error = error_create(ERROR_USAGE, "%s can only be written", name);
		return error_set_hint(error, "it takes %s%s%s", mallctl_type_text(entry->type),
			entry->use ? "; what you want may be: " : "", entry->use ? entry->use : "");
	}
	*ret = entry;
	return NULL;
}

static struct error *explain_missing(const struct jemalloc *jemalloc, const char *name)
{
	const char *path = jemalloc->instance->path;

	if (strncmp(name, "stats.", strlen("stats.")) == 0)
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "the jemalloc in %s does not know %s", path, name),
			"it was built without statistics (--disable-stats; in Rust, enable the "
			"feature 'stats' of tikv-jemalloc-sys), or the index does not exist");
	if (strstr(name, "prof"))
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "the jemalloc in %s does not know %s", path, name),
			"its heap profiler was not built in, or not switched on at start: "
			"`heap status` tells");
	return error_create(ERROR_UNSUPPORTED,
		"the jemalloc in %s does not know %s: another version, or built without it", path,
		name);
}

struct error *mallctl_explain(const struct jemalloc *jemalloc, const char *name, int result)
{
	switch (result) {
	case ENOENT:
		return explain_missing(jemalloc, name);
	case EPERM:
		return error_create(
			ERROR_UNSUPPORTED, "jemalloc does not permit that use of %s", name);
	case EINVAL:
		return error_create(ERROR_UNSUPPORTED,
			"jemalloc does not take that value for %s, or has another type for it",
			name);
	case EFAULT:
		return error_create(ERROR_FAILED,
			"jemalloc could not do %s (EFAULT: it says no more than that)", name);
	case EAGAIN:
		return error_create(ERROR_FAILED, "jemalloc ran out of memory in %s", name);
	default:
		return error_from_errno(result, "mallctl %s", name);
	}
}
