#pragma once

#include "base/error.h"
#include "cli/report_request.h"
#include "export/report_list.h"

/* What tree, peek, list and traces say with --json. */

/* The table, each row with its callers and callees; pattern: of those that match; NULL: all. */
struct error *answer_calls(struct session *session, const struct report_request *request,
	const struct pattern *pattern) MUST_CHECK;

struct error *answer_listing(struct session *session, const struct report_request *request,
	const struct listing *listing) MUST_CHECK;

struct error *answer_traces(struct session *session, const struct report_request *request)
	MUST_CHECK;
