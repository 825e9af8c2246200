#pragma once

#include "base/array.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "push/pusher.h"

/* Options of commands that send to a collector, and what they say. */
#define PUSH_OPTIONS                                                                               \
	{                                                                                          \
		.name = "collector",                                                               \
		.argument = "KIND",                                                                \
		.help = "what the URL is of: pyroscope, pyroscope-push (its push API) or parca",   \
		.choices = push_kind_names,                                                        \
	},                                                                                         \
		{                                                                                  \
			.name = "label",                                                           \
			.argument = "KEY=VALUE",                                                   \
			.help = "a label of the series; may be given several times",               \
		},                                                                                 \
		{                                                                                  \
			.name = "tenant",                                                          \
			.argument = "ID",                                                          \
			.help = "the tenant, as X-Scope-OrgID",                                    \
		},                                                                                 \
	{                                                                                          \
		.name = "ca-file", .argument = "FILE",                                             \
		.help = "certificates of the authorities to trust for https://",                   \
	}

#define PUSH_TOKEN_OPTIONS                                                                         \
	{                                                                                          \
		.name = "token-file",                                                              \
		.argument = "FILE",                                                                \
		.help = "holds the token, and nobody else can read it",                            \
	},                                                                                         \
	{                                                                                          \
		.name = "user", .argument = "NAME",                                                \
		.help = "the token is the password of this user",                                  \
	}

extern const char *const push_kind_names[];

ARRAY_DEFINE(push_labels, struct push_label)

/* What was given; all but the labels' keys is the arguments'. */
struct push_request_options {
	struct push_options options; /* .kind holds if kind_known */
	bool kind_known;
	struct push_labels labels;
	char *keys; /* what their keys are in */
};

/*
 * token_option, user_option: what the options are called that name the token's file and its user.
 * ERROR_USAGE, with hints. The labels are checked when something is sent.
 */
struct error *push_options_read(const struct arguments *arguments, const char *url,
	const char *token_option, const char *user_option, struct push_request_options *ret)
	MUST_CHECK;
void push_options_deinit(struct push_request_options *options);
