#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "export/report.h"
#include "profile/profile.h"
#include "session/session.h"

/*
 * What the options "number" and "sample-index", which the command must have, or the settings that
 * stand in for them, say about a table.
 */
struct error *read_table_options(const struct session *session, const struct arguments *arguments,
	struct report_options *ret) MUST_CHECK;

/* Prints the table of the functions that used most; as JSON: the key table. */
struct error *print_table(struct session *session, const struct profile *profile,
	const struct report_options *options) MUST_CHECK;

/* Of which values a report is; with how many functions there are; and one of them. */
struct json_t *values_json(const struct report *report);
struct json_t *table_json(const struct report *report);
struct json_t *row_json(const struct report *report, const struct report_row *row);

/* Its rows, as "table" of what the running command says. */
struct error *answer_table(struct session *session, const struct report *report) MUST_CHECK;

/* Both. */
struct error *print_profile_table(struct session *session, const struct arguments *arguments,
	const struct profile *profile) MUST_CHECK;

/* file_save(), by the option sample-index; as JSON: the keys profile and saved. */
struct error *save_and_answer(struct session *session, const struct arguments *arguments,
	const struct session_profile *profile, const char *path) MUST_CHECK;
