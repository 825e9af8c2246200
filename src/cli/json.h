#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "call/leftovers.h"
#include "call/report.h"
#include "jemalloc/mallctl.h"

/*
 * What commands say with --json. Values that could not be made, for want of memory, are NULL, make
 * NULL of what they are put into, and are reported by print_json().
 */

/* Any bytes: what is no UTF-8 becomes U+FFFD (RFC 8259 wants UTF-8). NULL: null. */
json_t *json_text(const char *text);
/* "0x7f00": JSON's numbers do not hold addresses. */
json_t *json_address(uint64_t address);

/* Takes over both; an array that lacks an item becomes NULL. */
void json_add(json_t **array, json_t *item);

/* Takes over both; an object that lacks a value becomes NULL. */
void json_put(json_t **object, const char *key, json_t *value);

/* Takes over the object; prints it in one line. */
struct error *print_json(FILE *out, json_t *object) MUST_CHECK;

json_t *json_mallctl_value(const struct mallctl_value *value);

/* What several commands tell alike. */
json_t *json_call(const struct call_report *call);
json_t *json_leftovers(const struct leftovers *leftovers);
