#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "call/leftovers.h"
#include "call/report.h"
#include "jemalloc/mallctl.h"
#include "session/session.h"

/*
 * What commands say with --json. Values that could not be made, for want of memory, are NULL, make
 * NULL of what they are put into, and are reported by answer_put_all().
 */

/* Any bytes: what is no UTF-8 becomes U+FFFD (RFC 8259 wants UTF-8). NULL: null. */
json_t *json_text(const char *text);
/* "0x7f00": JSON's numbers do not hold addresses. */
json_t *json_address(uint64_t address);

/* Takes over both; an array that lacks an item becomes NULL. */
void json_add(json_t **array, json_t *item);

/* Takes over both; an object that lacks a value becomes NULL. */
void json_put(json_t **object, const char *key, json_t *value);

/* RFC 3339, in UTC, of ns since 1970; 0: null. */
json_t *json_time(int64_t time);

/* The number of one of the session, the name of the file of another one. */
json_t *json_profile(const struct session_profile *profile);

/* What `profiles` tells of one of the session. */
json_t *json_session_profile(const struct session_profile *entry);

/* pid, name and executable. */
json_t *json_process(const struct target_identity *identity);

json_t *json_mallctl_value(const struct mallctl_value *value);

/* What several commands tell alike. */
json_t *json_call(const struct call_report *call);
json_t *json_leftovers(const struct leftovers *leftovers);
