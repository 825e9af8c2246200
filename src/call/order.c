#include "call/order.h"

#include <stdlib.h>
#include <string.h>

static size_t aligned(size_t length)
{
	return (length + 15) & ~(size_t)15;
}

void call_order_reset(struct call_order *order)
{
	order->count = 0;
	order->inputs.count = 0;
	order->pointer_count = 0;
	order->output_length = 0;
	order->shared.count = 0;
	order->shared_at = 0;
}

void call_order_deinit(struct call_order *order)
{
	u8_array_deinit(&order->inputs);
	u8_array_deinit(&order->shared);
	free(order->pointers);
}

static struct error *too_large(size_t length)
{
	return error_create(
		ERROR_FAILED, "arguments of %zu bytes are too large for a call", length);
}

/* Behind what is there, from a multiple of 16 on; what fills it up is zero. */
static struct error *append(struct u8_array *array, const void *bytes, size_t length, size_t most)
{
	size_t used = array->count, end;
	struct error *error;

	if (length > most - used)
		return too_large(used + length);
	end = aligned(used + length);
	error = u8_array_reserve(array, end);
	if (error)
		return error;
	if (!length)
		return NULL;
	memset(array->items + used, 0, end - used);
	memcpy(array->items + used, bytes, length);
	array->count = end;
	return NULL;
}

struct error *call_order_put(
	struct call_order *order, const void *bytes, size_t length, uint64_t *ret)
{
	size_t used = order->inputs.count;
	struct error *error = append(&order->inputs, bytes, length, ORDER_INPUTS_MAX);

	if (!error)
		*ret = CALL_INPUT_BASE + used;
	return error;
}

struct error *call_order_put_pointer(struct call_order *order, uint64_t pointer, uint64_t *ret)
{
	struct error *error = array_reserve((void **)&order->pointers, &order->pointer_capacity,
		order->pointer_count + 1, sizeof(*order->pointers));

	if (!error)
		error = call_order_put(order, &pointer, sizeof(pointer), ret);
	if (!error)
		order->pointers[order->pointer_count++] = (size_t)(*ret - CALL_INPUT_BASE);
	return error;
}

struct error *call_order_reserve(struct call_order *order, size_t length, uint64_t *ret)
{
	if (length > ORDER_OUTPUTS_MAX - order->output_length)
		return too_large(order->output_length + length);
	*ret = CALL_OUTPUT_BASE + order->output_length;
	order->output_length = aligned(order->output_length + length);
	return NULL;
}

struct error *call_order_share(
	struct call_order *order, const void *bytes, size_t length, uint64_t *ret)
{
	size_t used = order->shared.count;
	struct error *error = append(&order->shared, bytes, length, ORDER_SHARED_MAX);

	if (!error)
		*ret = CALL_SHARED_BASE + used;
	return error;
}
