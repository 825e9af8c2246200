#include "call/caller.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "call/direct.h"
#include "call/equipment.h"
#include "call/memory.h"
#include "call/order.h"

struct caller {
	struct borrower borrower;
	struct call_equipment equipment;
	bool equipped;
	enum call_way way;
	pid_t chosen;      /* the thread to make calls on; 0: any */
	uint64_t patience; /* ns, with it */
	struct agent_link *agent;
	bool cleans; /* before the next call: what a dead limpet has left */
	struct leftovers cleaned;
	struct call_order order;
	uint8_t outputs[ORDER_OUTPUTS_MAX]; /* of the last calls */
};

struct error *caller_create(struct target *target, struct module_table *modules,
	struct unwinder *unwinder, struct caller **ret)
{
	struct caller *caller = calloc(1, sizeof(*caller));
	struct error *error;

	if (!caller)
		return &error_no_memory;
	caller->borrower = (struct borrower){
		.target = target, .modules = modules, .unwinder = unwinder, .memory = -1};
	error = agent_link_create(&caller->borrower, &caller->agent);
	if (error)
		free(caller);
	else
		*ret = caller;
	return error;
}

static void close_memory(struct borrower *borrower)
{
	if (borrower->memory >= 0)
		close(borrower->memory);
	borrower->memory = -1;
}

void caller_destroy(struct caller *caller)
{
	if (!caller)
		return;
	agent_link_destroy(caller->agent);
	close_memory(&caller->borrower);
	call_order_deinit(&caller->order);
	borrower_deinit(&caller->borrower);
	free(caller);
}

void caller_prefer(struct caller *caller, enum call_way way)
{
	caller->way = way;
}

void caller_choose_thread(struct caller *caller, pid_t thread, uint64_t patience)
{
	caller->chosen = thread;
	caller->patience = patience;
	caller->borrower.refusal = REFUSAL_NONE;
}

enum thread_refusal caller_refusal(const struct caller *caller)
{
	return caller->chosen ? caller->borrower.refusal : REFUSAL_NONE;
}

/* Not after an execve(2), which replaces all of it. */
static bool is_same_program(const struct borrower *borrower)
{
	char byte;

	return borrower->memory >= 0 &&
	       memory_get(borrower->memory, borrower->signal_return, &byte, sizeof(byte));
}

/* Threads may have theirs from before. */
static void note_places(struct borrower *borrower, struct time_places places)
{
	if (borrower->places.address != places.address || borrower->places.count != places.count)
		borrower->places = places;
}

static struct error *equip(struct caller *caller)
{
	struct borrower *borrower = &caller->borrower;
	struct error *error =
		call_equipment_find(borrower->target, borrower->modules, &caller->equipment);

	if (error)
		return error;
	borrower->signal_return = caller->equipment.gadgets.signal_return;
	note_places(borrower, call_equipment_time_places(&caller->equipment));
	borrower->own_signals = caller->equipment.own_signals;
	caller->equipped = true;
	return NULL;
}

/* Libraries come and go. */
static struct error *refresh(struct caller *caller)
{
	struct borrower *borrower = &caller->borrower;
	struct mappings mappings;
	bool changed;
	struct error *error = target_list_mappings(borrower->target, &mappings);

	if (error)
		return error;
	error = unwinder_update_modules(borrower->unwinder, &mappings, &changed);
	mappings_deinit(&mappings);
	if (error || (caller->equipped && !changed))
		return error;
	caller->equipped = false;
	return equip(caller);
}

/*
 * The memory is opened before anything is learnt of the program: what was learnt is of use only as
 * long as it can be written through that.
 */
struct error *caller_attach(struct caller *caller)
{
	struct borrower *borrower = &caller->borrower;
	struct error *error = NULL;

	if (!is_same_program(borrower)) {
		close_memory(borrower);
		caller->equipped = false;
		caller->cleans = true;
		error = target_open_memory(borrower->target, &borrower->memory);
	}
	return error ? error : refresh(caller);
}

struct error *caller_begin(struct caller *caller)
{
	struct target *target = caller->borrower.target;

	call_order_reset(&caller->order);
	if (!is_same_program(&caller->borrower))
		return error_set_hint(
			error_create(ERROR_GONE, "process %d (%s) has executed another program",
				target->identity.pid, target->identity.name),
			"try again: then it is that one");
	return refresh(caller);
}

struct error *caller_reserve(struct caller *caller, size_t length, uint64_t *ret)
{
	return call_order_reserve(&caller->order, length, ret);
}

struct error *caller_share(struct caller *caller, const void *bytes, size_t length, uint64_t *ret)
{
	return call_order_share(&caller->order, bytes, length, ret);
}

bool caller_change(struct caller *caller, uint64_t address, const void *bytes, size_t length)
{
	const struct call_order *order = &caller->order;
	uint64_t offset = address - CALL_SHARED_BASE;

	if (!order->shared_at || offset > order->shared.count ||
		length > order->shared.count - offset)
		return false;
	return memory_put(caller->borrower.memory, order->shared_at + offset, bytes, length);
}

struct error *caller_put(struct caller *caller, const void *bytes, size_t length, uint64_t *ret)
{
	return call_order_put(&caller->order, bytes, length, ret);
}

struct error *caller_put_pointer(struct caller *caller, uint64_t pointer, uint64_t *ret)
{
	return call_order_put_pointer(&caller->order, pointer, ret);
}

struct error *caller_get(struct caller *caller, uint64_t address, void *bytes, size_t length)
{
	struct target *target = caller->borrower.target;
	uint64_t offset = address - CALL_OUTPUT_BASE;

	if (offset < sizeof(caller->outputs) && length <= sizeof(caller->outputs) - offset) {
		memcpy(bytes, caller->outputs + offset, length);
		return NULL;
	}
	if (target_read(target, address, bytes, length) == length)
		return NULL;
	return error_create(ERROR_GONE, "cannot read %zu bytes at 0x%lx of process %d", length,
		address, target->identity.pid);
}

/* In a process with one thread a second one makes the C library take locks for ever after. */
static bool prefers_borrowing(struct caller *caller, bool long_running)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error;

	if (caller->way != CALL_WAY_AUTO || long_running || agent_link_is_there(caller->agent))
		return caller->way == CALL_WAY_BORROWED;
	error = target_list_threads(caller->borrower.target, &threads);
	error_destroy(error);
	return !error && threads.count == 1;
}

typedef struct error *run_function(struct caller *caller, struct call_order *order,
	const struct call_wait *wait, struct call_report *ret_report);

static struct error *run_directly(struct caller *caller, struct call_order *order,
	const struct call_wait *wait, struct call_report *ret_report)
{
	return direct_run(
		&caller->borrower, &caller->equipment, order, wait, caller->outputs, ret_report);
}

static struct error *run_on_own_thread(struct caller *caller, struct call_order *order,
	const struct call_wait *wait, struct call_report *ret_report)
{
	struct error *error = NULL;

	if (!agent_link_is_there(caller->agent))
		error = agent_link_launch(caller->agent, &caller->equipment, wait);
	return error ? error
		     : agent_link_run(caller->agent, order, wait, caller->outputs, ret_report);
}

/* The other way, for what cannot be had in the preferred one; both reasons if there is none. */
static struct error *run(struct caller *caller, struct call_order *order, bool long_running,
	const struct call_wait *wait, struct call_report *ret_report)
{
	bool borrowed = prefers_borrowing(caller, long_running);
	run_function *preferred = borrowed ? run_directly : run_on_own_thread;
	run_function *other = borrowed ? run_on_own_thread : run_directly;
	struct error *first = preferred(caller, order, wait, ret_report), *second;

	if (!first || first->kind != ERROR_UNSUPPORTED || caller->way != CALL_WAY_AUTO)
		return first;
	second = other(caller, order, wait, ret_report);
	if (second && second->kind == ERROR_UNSUPPORTED) {
		error_destroy(second);
		return first;
	}
	error_destroy(first);
	return second;
}

static struct error *run_on_chosen(struct caller *caller, struct call_order *order,
	const struct call_wait *wait, struct call_report *ret_report)
{
	struct borrower *borrower = &caller->borrower;
	struct error *error;

	borrower->refusal = REFUSAL_NONE;
	if (caller->way == CALL_WAY_OWN)
		return error_set_hint(
			error_create(ERROR_UNSUPPORTED,
				"it has to be asked on thread %d of the program, which the setting "
				"'calls' forbids",
				caller->chosen),
			"`set calls auto` permits it");
	borrower->only = caller->chosen;
	borrower->patience = caller->patience;
	error = run_directly(caller, order, wait, ret_report);
	borrower->only = 0;
	return error;
}

static bool is_nothing(const struct leftovers *leftovers)
{
	return leftovers->area_count + leftovers->descriptor_count == 0;
}

static struct error *clean_claimed(
	struct caller *caller, bool long_running, const struct call_wait *wait)
{
	CLEANUP(call_order_deinit) struct call_order order = {0};
	struct call_report report;
	struct leftovers found;
	struct error *error = direct_wait(&caller->borrower, &caller->equipment);

	if (!error)
		error = leftovers_find(caller->borrower.target, &found);
	if (error || is_nothing(&found))
		return error;
	leftovers_order(&found, &order);
	error = run(caller, &order, long_running, wait, &report);
	if (!error)
		caller->cleaned = found;
	return error;
}

/*
 * What is taken away is what is found under the claim, which keeps it from another limpet; only
 * whether there is something at all is asked before.
 */
static struct error *clean(struct caller *caller, bool long_running, const struct call_wait *wait)
{
	struct target *target = caller->borrower.target;
	struct leftovers found;
	struct error *error;

	if (!caller->cleans || agent_link_is_there(caller->agent))
		return NULL;
	error = leftovers_find(target, &found);
	if (!error && !is_nothing(&found))
		error = target_claim(target);
	if (!error && !is_nothing(&found)) {
		error = clean_claimed(caller, long_running, wait);
		target_release(target);
	}
	caller->cleans = error != NULL;
	return error;
}

struct error *caller_run(struct caller *caller, struct call_item *items, size_t count,
	bool long_running, const struct call_wait *wait, struct call_report *ret_report)
{
	struct call_order *order = &caller->order;
	struct error *error;

	if (count > CALL_COUNT_MAX)
		return error_create(ERROR_FAILED, "%zu calls at once are too many", count);
	memcpy(order->items, items, count * sizeof(*items));
	order->count = count;
	error = clean(caller, long_running, wait);
	if (!error)
		error = caller->chosen ? run_on_chosen(caller, order, wait, ret_report)
				       : run(caller, order, long_running, wait, ret_report);
	if (!error)
		memcpy(items, order->items, count * sizeof(*items));
	return error;
}

struct error *caller_undo_on_leaving(struct caller *caller, const struct call_item *items,
	size_t count, const struct call_wait *wait)
{
	struct call_order *order = &caller->order;
	struct error *error;

	if (count && caller->way == CALL_WAY_BORROWED)
		return error_create(ERROR_UNSUPPORTED, "calls are made on borrowed threads only");
	if (count)
		memcpy(order->items, items, count * sizeof(*items));
	order->count = count;
	error = agent_link_set_undo(caller->agent, order);
	if (error || !count || agent_link_is_there(caller->agent))
		return error;
	error = clean(caller, true, wait);
	if (!error)
		error = agent_link_launch(caller->agent, &caller->equipment, wait);
	/* Nobody has been promised anything. */
	if (error)
		error_destroy(agent_link_set_undo(caller->agent, order));
	return error;
}

struct error *caller_leftovers(struct caller *caller, struct leftovers *ret)
{
	return leftovers_find(caller->borrower.target, ret);
}

bool caller_take_cleaned(struct caller *caller, struct leftovers *ret)
{
	*ret = caller->cleaned;
	caller->cleaned = (struct leftovers){0};
	return !is_nothing(ret);
}

struct error *caller_survey(struct caller *caller, struct call_survey *ret)
{
	return call_survey_make(&caller->borrower, &caller->equipment, ret);
}

struct error *caller_release(struct caller *caller)
{
	return agent_link_leave(caller->agent);
}

bool caller_presence(struct caller *caller, struct agent_presence *ret)
{
	return agent_link_presence(caller->agent, ret);
}
