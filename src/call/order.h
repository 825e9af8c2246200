#pragma once

#include "arch/call_direct.h"
#include "arch/call_item.h"
#include "base/array.h"
#include "base/error.h"

/*
 * What is to be called, and all that the calls read and write. Addresses of inputs, outputs and
 * shared words are stand-ins (CALL_INPUT_BASE, ...) until it is known where they go.
 */
struct call_order {
	struct call_item items[CALL_COUNT_MAX];
	size_t count;
	struct u8_array inputs;
	size_t *pointers; /* offsets of words in the inputs that are stand-ins; owned */
	size_t pointer_count, pointer_capacity;
	size_t output_length;
	struct u8_array shared; /* as it is before the calls */
	uint64_t shared_at;     /* where it is in the target, once it is run */
};

#define ORDER_INPUTS_MAX  0x8000
#define ORDER_OUTPUTS_MAX 0x1000
#define ORDER_SHARED_MAX  0x100

void call_order_reset(struct call_order *order);
void call_order_deinit(struct call_order *order);

/* Copies bytes; *ret is their stand-in, 16-aligned. */
struct error *call_order_put(
	struct call_order *order, const void *bytes, size_t length, uint64_t *ret) MUST_CHECK;
/* A word that is to hold the real address of a stand-in. */
struct error *call_order_put_pointer(struct call_order *order, uint64_t pointer, uint64_t *ret)
	MUST_CHECK;
/* Room for what a call writes, zeroed, 16-aligned. */
struct error *call_order_reserve(struct call_order *order, size_t length, uint64_t *ret) MUST_CHECK;
/* Copies bytes that may be changed from outside while the calls are made; 16-aligned. */
struct error *call_order_share(
	struct call_order *order, const void *bytes, size_t length, uint64_t *ret) MUST_CHECK;
