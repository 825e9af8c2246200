#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/string_builder.h"
#include "push/label.h"
#include "push/pusher.h"

/*
 * What a pusher and its process say to each other. Numbers are little endian, texts end in NUL. All
 * that is read may be any bytes.
 */

enum push_order_kind {
	PUSH_ORDER_PROFILE = 'P', /* with the file's descriptor */
	PUSH_ORDER_TOKEN = 'T',   /* the token, or nothing if it cannot be read any more */
	PUSH_ORDER_END = 'E',
};

/* To the process. The texts are those of the bytes that were read. */
struct push_order {
	enum push_order_kind kind;
	struct push_profile profile;
	struct push_label labels[PUSH_LABELS_MAX];
	const char *token;
	uint64_t patience;
};

void push_order_write(const struct push_order *order, struct string_builder *to);
/* What points into *ret stays valid as long as that and the bytes do. false: it is none. */
bool push_order_read(const void *bytes, size_t length, struct push_order *ret);

/* To whoever started it. */
struct push_note {
	bool wants_token; /* the one that it has was not accepted */
	uint64_t received;
	struct push_counts counts;
	char problem[PUSH_TEXT_SIZE];
};

#define PUSH_NOTE_MAX (PUSH_TEXT_SIZE + 128)
size_t push_note_write(const struct push_note *note, unsigned char to[static PUSH_NOTE_MAX]);
bool push_note_read(const void *bytes, size_t length, struct push_note *ret);
