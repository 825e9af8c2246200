#include "push/label.h"

#include <jansson.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

bool push_is_utf8(const char *text)
{
	json_t *string = json_string(text);
	bool is = string != NULL;

	json_decref(string);
	return is;
}

static struct error *check_name(const char *name)
{
	size_t length = strlen(name);

	if (!length || strchr(DIGITS, name[0]) || name[strspn(name, LETTERS DIGITS "_")] ||
		length > PUSH_LABEL_NAME_MAX)
		return error_set_hint(error_create(ERROR_USAGE, "'%s' is no name of a label", name),
			"letters, digits and _ are allowed, %d at most, a digit not first",
			PUSH_LABEL_NAME_MAX);
	if (strncmp(name, "__", 2) == 0)
		return error_set_hint(
			error_create(ERROR_USAGE, "the label %s is the collector's own", name),
			"names that begin with __ are reserved");
	if (strcmp(name, "service_name") == 0)
		return error_set_hint(
			error_create(ERROR_USAGE, "service_name is not to be given as a label"),
			"it is what --service sets");
	return NULL;
}

static struct error *check_value(enum push_kind kind, const struct push_label *label)
{
	const char *value = label->value;
	size_t length = strlen(value);

	if (length > PUSH_LABEL_VALUE_MAX)
		return error_create(ERROR_USAGE,
			"the value of the label %s is longer than %d bytes", label->key,
			PUSH_LABEL_VALUE_MAX);
	if (!push_is_utf8(value))
		return error_create(
			ERROR_USAGE, "the value of the label %s is no UTF-8", label->key);
	if (kind != PUSH_PYROSCOPE)
		return NULL;
	if (value[strcspn(value, ",}")] ||
		(length && (strchr(" \t\r\n", value[0]) || strchr(" \t\r\n", value[length - 1]))))
		return error_set_hint(
			error_create(ERROR_USAGE,
				"Pyroscope's /ingest cannot take the value '%s' of the label %s",
				value, label->key),
			"no comma, no } and no blanks around it; its push API has no such limit: "
			"--collector pyroscope-push");
	return NULL;
}

struct error *push_labels_check(enum push_kind kind, const struct push_label *labels, size_t count)
{
	if (count > PUSH_LABELS_MAX)
		return error_create(ERROR_USAGE,
			"%zu labels are too many: Pyroscope takes 30 with its own, limpet %d of "
			"yours",
			count, PUSH_LABELS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct error *error = check_name(labels[i].key);

		if (!error)
			error = check_value(kind, &labels[i]);
		if (error)
			return error;
		for (size_t j = 0; j < i; j++)
			if (strcmp(labels[i].key, labels[j].key) == 0)
				return error_create(
					ERROR_USAGE, "the label %s is there twice", labels[i].key);
	}
	return NULL;
}

void push_service_append(enum push_kind kind, const char *service, struct string_builder *to)
{
	bool strict = kind == PUSH_PYROSCOPE;
	bool utf8 = push_is_utf8(service);
	size_t length = strlen(service);

	if (length > PUSH_LABEL_VALUE_MAX) { /* which may cut a character in two */
		length = PUSH_LABEL_VALUE_MAX;
		utf8 = false;
	}
	if (!length)
		string_append(to, "unknown");
	for (size_t i = 0; i < length; i++) {
		char c = service[i];
		bool fits = strict ? c && strchr(LETTERS DIGITS "_.-/", c)
				   : (unsigned char)c >= ' ' && (utf8 || (unsigned char)c < 0x7f);

		string_append_char(to, fits ? c : '_');
	}
}
