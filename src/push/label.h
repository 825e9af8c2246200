#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/string_builder.h"
#include "push/pusher.h"

/*
 * Names and labels that both collectors take. Sources: Pyroscope 2.2 (pkg/validation/validate.go
 * and limits.go: names of letters, digits and '_', at most 1024 bytes, values 2048, 30 in all;
 * api/model/labelset: /ingest has no way to write ',' and '}' in a value, takes the blanks around
 * it off, and wants letters, digits and "_.-/" in the application's name; pkg/model/labels.go:
 * names that begin with "__" are dropped). Parca 0.28 (pkg/normalizer/normalizer.go: no name
 * twice).
 */
#define PUSH_LABEL_NAME_MAX  1024
#define PUSH_LABEL_VALUE_MAX 2048
#define PUSH_LABELS_MAX      24 /* some of the 30 are taken */

/* ERROR_USAGE, with a hint. */
struct error *push_labels_check(enum push_kind kind, const struct push_label *labels, size_t count)
	MUST_CHECK;

/* The name as that collector takes it: what it would refuse becomes '_'. Never empty. */
void push_service_append(enum push_kind kind, const char *service, struct string_builder *to);

/* Whether the text is whole UTF-8. */
bool push_is_utf8(const char *text);
