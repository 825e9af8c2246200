#include "cli/push_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/string_builder.h"

const char *const push_kind_names[] = {"pyroscope", "pyroscope-push", "parca", NULL};

/* The keys end where the '=' was. */
static struct error *copy_keys(const struct arguments *arguments, char **ret)
{
	STRING_BUILDER(keys);

	ARRAY_FOR_EACH (given, &arguments->options) {
		if (strcmp(given->option->name, "label") != 0)
			continue;
		if (!strchr(given->value, '='))
			return error_set_hint(
				error_create(ERROR_USAGE, "'%s' is no label", given->value),
				"KEY=VALUE is expected: --label env=production");
		string_append_bytes(
			&keys, given->value, (size_t)(strchr(given->value, '=') - given->value));
		string_append_bytes(&keys, "", 1);
	}
	return string_builder_finish(&keys, ret);
}

static struct error *read_labels(
	const struct arguments *arguments, struct push_request_options *options)
{
	struct error *error = copy_keys(arguments, &options->keys);
	const char *key = options->keys;

	if (error)
		return error;
	ARRAY_FOR_EACH (given, &arguments->options) {
		if (strcmp(given->option->name, "label") != 0)
			continue;
		error = push_labels_append(
			&options->labels, (struct push_label){key, strchr(given->value, '=') + 1});
		if (error)
			return error;
		key += strlen(key) + 1;
	}
	return NULL;
}

static bool fits_header(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

static struct error *check_texts(
	const struct push_options *options, const char *token_option, const char *user_option)
{
	if (options->user && (!fits_header(options->user) || strchr(options->user, ':')))
		return error_create(ERROR_USAGE, "'%s' is no name of a user", options->user);
	if (options->tenant && (!*options->tenant || !fits_header(options->tenant)))
		return error_create(ERROR_USAGE, "'%s' is no tenant", options->tenant);
	if (options->user && !options->token_file)
		return error_set_hint(
			error_create(ERROR_USAGE, "--%s needs a password", user_option),
			"put it into a file that only you can read: --%s FILE", token_option);
	return NULL;
}

struct error *push_options_read(const struct arguments *arguments, const char *url,
	const char *token_option, const char *user_option, struct push_request_options *ret)
{
	struct push_request_options options = {
		.options = {
			.url = url,
			.token_file = arguments_value(arguments, token_option),
			.user = arguments_value(arguments, user_option),
			.tenant = arguments_value(arguments, "tenant"),
			.ca_file = arguments_value(arguments, "ca-file"),
		}};
	struct error *error = push_find_kind(url, arguments_value(arguments, "collector"),
		&options.kind_known, &options.options.kind);

	if (!error)
		error = check_texts(&options.options, token_option, user_option);
	if (!error)
		error = read_labels(arguments, &options);
	if (error) {
		push_options_deinit(&options);
		return error;
	}
	*ret = options;
	return NULL;
}

void push_options_deinit(struct push_request_options *options)
{
	free(options->keys);
	push_labels_deinit(&options->labels);
	*options = (struct push_request_options){0};
}
