#include "call/agent_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/agent_plan.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "call/direct.h"
#include "call/free_range.h"
#include "call/heartbeat.h"
#include "call/memory.h"
#include "call/needed_calls.h"
#include "target/limit_checks.h"

#define QUIET           NANOSECONDS_PER_SECOND
#define POLL_FIRST      (5 * NANOSECONDS_PER_MICROSECOND)
#define POLL_LAST       (2 * NANOSECONDS_PER_MILLISECOND)
#define LAUNCH_PATIENCE (5 * NANOSECONDS_PER_SECOND)
#define LEAVE_PATIENCE  (5 * NANOSECONDS_PER_SECOND)
#define NEW_MAPPINGS    3 /* one, in two parts, in the midst of others */
#define NEW_THREADS     2 /* the last one takes the memory away */

struct agent_link {
	struct borrower *borrower;
	const struct call_equipment *equipment; /* that it was launched with */
	int memory;                             /* -1: nothing is in the process */
	uint64_t area;
	uint64_t order; /* number of the last one */
	bool takes_memory_along;
	struct call_order undo;
	struct borrowed borrowed;
	struct agent_presence presence;
	struct heartbeat *heartbeat;
};

struct error *agent_link_create(struct borrower *borrower, struct agent_link **ret)
{
	struct agent_link *link = calloc(1, sizeof(*link));

	if (!link)
		return &error_no_memory;
	link->borrower = borrower;
	link->memory = -1;
	*ret = link;
	return NULL;
}

static void forget(struct agent_link *link)
{
	heartbeat_stop(link->heartbeat);
	link->heartbeat = NULL;
	if (link->memory >= 0)
		close(link->memory);
	link->memory = -1;
}

void agent_link_destroy(struct agent_link *link)
{
	if (!link)
		return;
	forget(link);
	call_order_deinit(&link->undo);
	free(link);
}

static uint64_t block_address(const struct agent_link *link, size_t offset)
{
	return link->area + AGENT_BLOCK + offset;
}

#define GET(link, member, ret)                                                                     \
	memory_get((link)->memory, block_address(link, offsetof(struct agent_block, member)), ret, \
		sizeof(((struct agent_block *)NULL)->member))
#define PUT(link, member, value)                                                                   \
	memory_put((link)->memory, block_address(link, offsetof(struct agent_block, member)),      \
		value, sizeof(((struct agent_block *)NULL)->member))

static struct error *check_limits(pid_t process)
{
	const struct limit_need need = {
		.memory = AGENT_SIZE, .mappings = NEW_MAPPINGS, .threads = NEW_THREADS};

	return limit_check_process(process, &need);
}

/* NULL: there are all that it takes to start a thread. */
static const char *missing_function(const struct call_equipment *equipment)
{
	const struct {
		const char *name;
		uint64_t address;
		bool not_of_musl;
	} needed[] = {
		{"pthread_create", equipment->pthread_create, false},
		{"pthread_attr_init", equipment->attribute_init, true},
		{"pthread_attr_setstack", equipment->attribute_set_stack, true},
		{"pthread_attr_setdetachstate", equipment->attribute_set_detached, true},
		{"pthread_attr_destroy", equipment->attribute_destroy, true},
		{"__errno_location", equipment->functions.errno_location, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!needed[i].address && !(needed[i].not_of_musl && equipment->has_musl_built_in))
			return needed[i].name;
	return NULL;
}

struct error *agent_link_check(pid_t process, const struct call_equipment *equipment)
{
	const char *missing = missing_function(equipment);

	if (missing)
		return call_equipment_lacks(missing, "start a thread of its own");
	if (!equipment->gadgets.store)
		return error_create(ERROR_UNSUPPORTED,
			"the process has no code that could keep the results of a call");
	return check_limits(process);
}

bool agent_link_is_there(struct agent_link *link)
{
	uint64_t state;

	return link->memory >= 0 && GET(link, state, &state) && state == AGENT_STATE_READY;
}

static bool plan(void *context, const struct call_situation *situation, const struct capture *found,
	struct call_chain *chain, struct raw_registers *ret)
{
	const struct agent_link *link = context;
	const struct call_equipment *equipment = link->equipment;
	const struct agent_request request = {
		.area = link->area,
		.parameters =
			{
				.pthread_create = equipment->pthread_create,
				.attribute_init = equipment->attribute_init,
				.attribute_set_stack = equipment->attribute_set_stack,
				.attribute_set_detached = equipment->attribute_set_detached,
				.attribute_destroy = equipment->attribute_destroy,
				.musl_attributes = equipment->has_musl_built_in,
				.errno_location = equipment->functions.errno_location,
				.quiet = QUIET,
			},
	};

	return agent_plan(chain, situation, &equipment->gadgets, found->extended,
		found->extended_length, &request, ret);
}

static struct error *refused(const struct agent_link *link)
{
	pid_t pid = link->borrower->target->identity.pid;

	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"process %d did not get a thread for limpet's calls, nor %d KiB for it",
			pid, AGENT_SIZE / 1024),
		"a limit may be in the way (prlimit -p %d: AS, NPROC; a cgroup's pids.max), or "
		"new executable memory is forbidden (SELinux execmem, MemoryDenyWriteExecute=)",
		pid);
}

static struct error *interrupted(const struct agent_link *link)
{
	return error_set_hint(
		error_create(ERROR_INTERRUPTED,
			"did not wait for thread %d (%s), which was to start limpet's "
			"own thread",
			link->borrowed.thread, link->borrowed.name),
		"it goes on by itself, and whatever it starts leaves by itself");
}

static struct error *slow(const struct agent_link *link)
{
	return error_create(ERROR_FAILED,
		"thread %d (%s) does not get on with starting limpet's own thread",
		link->borrowed.thread, link->borrowed.name);
}

/* READY, and the borrowed thread done with it; or back where it was, with nothing there. */
static struct error *wait_for_launch(
	struct agent_link *link, const struct call_wait *wait, uint64_t launched_at[2])
{
	uint64_t deadline = clock_monotonic() + LAUNCH_PATIENCE, pause = POLL_FIRST, state = 0;

	for (;;) {
		bool back = borrowed_is_back(link->borrower, &link->borrowed);
		bool there = GET(link, state, &state);

		if (there && state == AGENT_STATE_READY && GET(link, launched_at, launched_at) &&
			launched_at[0])
			return NULL;
		if (!there && back)
			return refused(link);
		if (wait->interrupted && wait->interrupted(wait->context))
			return interrupted(link);
		if (clock_monotonic() > deadline)
			return there ? slow(link) : refused(link);
		clock_back_off(&pause, POLL_LAST);
	}
}

/* The thread's number here, of which it knows only its own side. */
static pid_t find_thread(struct agent_link *link)
{
	uint64_t inside;
	pid_t thread = 0;

	if (GET(link, thread, &inside))
		error_destroy(target_find_thread(link->borrower->target, (pid_t)inside, &thread));
	return thread;
}

static void note_launch(struct agent_link *link, const uint64_t launched_at[2])
{
	uint64_t launched = launched_at[0] * NANOSECONDS_PER_SECOND + launched_at[1];
	struct call_report *launch = &link->presence.launch;

	link->presence = (struct agent_presence){
		.thread = find_thread(link),
		.address = link->area,
		.length = AGENT_SIZE,
		.leaves_memory = !link->takes_memory_along,
		.launch = {.thread = link->borrowed.thread,
			.held = link->borrowed.held,
			.borrowed = launched - link->borrowed.committed,
			.duration = launched - link->borrowed.committed},
	};
	memcpy(launch->thread_name, link->borrowed.name, sizeof(launch->thread_name));
}

static struct error *gone(const struct agent_link *link)
{
	return error_create(ERROR_GONE,
		"limpet's thread in process %d is gone: the process has ended or executed another "
		"program",
		link->borrower->target->identity.pid);
}

/* With real addresses. */
static bool put_inputs(
	struct agent_link *link, const struct call_order *order, const struct call_places *places)
{
	const uint8_t *bytes = order->inputs.items;
	bool whole = memory_put(link->memory, places->inputs, bytes, order->inputs.count);

	for (size_t i = 0; whole && i < order->pointer_count; i++) {
		uint64_t word;

		memcpy(&word, bytes + order->pointers[i], sizeof(word));
		word = call_resolve(word, places);
		whole = memory_put(
			link->memory, places->inputs + order->pointers[i], &word, sizeof(word));
	}
	return whole;
}

static struct call_item resolve_item(const struct call_item *item, const struct call_places *places)
{
	struct call_item resolved = *item;

	for (int i = 0; i < 6; i++)
		resolved.arguments[i] = call_resolve(item->arguments[i], places);
	return resolved;
}

static struct error *put_undo(struct agent_link *link)
{
	const struct call_places places = {.inputs = link->area + AGENT_UNDO_ARGUMENTS};
	struct agent_undo undo[AGENT_UNDO_MAX] = {0};
	uint64_t none = 0, count = link->undo.count;

	for (size_t i = 0; i < count; i++) {
		undo[i].item = resolve_item(&link->undo.items[i], &places);
		if (!memory_get(link->memory, undo[i].item.function, &undo[i].code,
			    sizeof(undo[i].code)))
			return gone(link);
	}
	if (!PUT(link, undo_count, &none) || !put_inputs(link, &link->undo, &places) ||
		!PUT(link, undo, undo) || !PUT(link, undo_count, &count))
		return gone(link);
	return NULL;
}

struct error *agent_link_set_undo(struct agent_link *link, struct call_order *undo)
{
	struct call_order former = link->undo;

	if (undo->count > AGENT_UNDO_MAX || undo->inputs.count > AGENT_UNDO_ARGUMENTS_SIZE ||
		undo->output_length || undo->shared.count)
		return error_create(ERROR_FAILED, "that is too much to be undone");
	link->undo = *undo;
	*undo = former;
	return agent_link_is_there(link) ? put_undo(link) : NULL;
}

static struct error *launch_claimed(struct agent_link *link, const struct call_wait *wait)
{
	uint64_t launched_at[2];
	struct error *error = find_free_range(link->borrower->target, AGENT_SIZE, &link->area);

	if (!error)
		error = borrow_thread(link->borrower, plan, link, &link->borrowed);
	if (!error)
		error = wait_for_launch(link, wait, launched_at);
	if (!error)
		error = heartbeat_start(link->memory,
			block_address(link, offsetof(struct agent_block, sign_of_life)),
			&link->heartbeat);
	if (!error)
		error = put_undo(link);
	if (!error)
		note_launch(link, launched_at);
	return error;
}

/* Of the very program that the thread is started in. */
static struct error *share_memory(struct agent_link *link)
{
	link->memory = fcntl(link->borrower->memory, F_DUPFD_CLOEXEC, 0);
	return link->memory < 0 ? error_from_errno(errno, "cannot keep the process's memory open")
				: NULL;
}

struct error *agent_link_launch(struct agent_link *link, const struct call_equipment *equipment,
	const struct call_wait *wait)
{
	struct error *error = agent_link_check(link->borrower->target->identity.pid, equipment);

	forget(link);
	if (!error)
		error = share_memory(link);
	if (!error)
		error = target_claim(link->borrower->target);
	if (!error) {
		link->equipment = equipment;
		link->order = 0;
		link->takes_memory_along = equipment->gadgets.thread_exit != 0;
		error = launch_claimed(link, wait);
		target_release(link->borrower->target);
	}
	if (error)
		forget(link);
	return error;
}

/* Where the parts of an order go in the area. */
static struct call_places places_of(const struct agent_link *link, const struct call_order *order)
{
	uint64_t inputs = link->area + AGENT_ARGUMENTS, outputs = inputs + order->inputs.count;

	return (struct call_places){
		.inputs = inputs,
		.outputs = outputs,
		.shared = outputs + order->output_length,
		.agent_write = agent_write_address(link->area),
	};
}

static bool put_arguments(
	struct agent_link *link, const struct call_order *order, const struct call_places *places)
{
	static const uint8_t zeros[ORDER_OUTPUTS_MAX];

	return put_inputs(link, order, places) &&
	       memory_put(link->memory, places->outputs, zeros, order->output_length) &&
	       memory_put(link->memory, places->shared, order->shared.items, order->shared.count);
}

static bool put_items(
	struct agent_link *link, const struct call_order *order, const struct call_places *places)
{
	struct call_item items[CALL_COUNT_MAX];
	uint64_t count = order->count;

	for (size_t i = 0; i < order->count; i++)
		items[i] = resolve_item(&order->items[i], places);
	return memory_put(link->memory, block_address(link, offsetof(struct agent_block, items)),
		       items, order->count * sizeof(items[0])) &&
	       PUT(link, count, &count);
}

static struct error *left_running(void)
{
	return error_set_hint(
		error_create(ERROR_INTERRUPTED, "did not wait for the call on limpet's own thread"),
		"it ends by itself, and holds up no thread of the program");
}

/* Filters that the thread has inherited, or that were put on all threads since. */
static struct error *check_permission(struct agent_link *link, const struct call_order *order)
{
	struct call_permission permission;
	struct error *error = needed_calls_permitted(
		link->borrower->target, link->presence.thread, order, &permission);

	return error ? error : call_permission_explain(&permission, link->presence.thread);
}

static struct error *still_busy(const struct agent_link *link)
{
	return error_set_hint(
		error_create(ERROR_FAILED,
			"limpet's own thread %d is still in a call that was not waited for",
			link->presence.thread),
		"try again when it has ended; it holds up no thread of the program");
}

/* What the call before uses must stay as it is until that has ended. */
static struct error *check_idle(struct agent_link *link)
{
	uint64_t done;

	if (!GET(link, done, &done))
		return gone(link);
	return done == link->order ? NULL : still_busy(link);
}

static struct error *wait_for_done(struct agent_link *link, const struct call_wait *wait)
{
	uint64_t pause = POLL_FIRST, done;

	for (;;) {
		if (!GET(link, done, &done))
			return gone(link);
		if (done == link->order)
			return NULL;
		if (wait->interrupted && wait->interrupted(wait->context))
			return left_running();
		clock_back_off(&pause, POLL_LAST);
	}
}

static struct error *take_results(struct agent_link *link, struct call_order *order,
	uint64_t outputs, uint64_t ordered, void *ret_outputs, struct call_report *report)
{
	struct call_item items[CALL_COUNT_MAX];
	uint64_t returned_at[2];

	if (!memory_get(link->memory, block_address(link, offsetof(struct agent_block, items)),
		    items, order->count * sizeof(items[0])) ||
		!GET(link, returned_at, returned_at) ||
		!memory_get(link->memory, outputs, ret_outputs, order->output_length))
		return gone(link);
	for (size_t i = 0; i < order->count; i++)
		order->items[i].result = items[i].result;
	*report = (struct call_report){
		.thread = link->presence.thread,
		.thread_name = "limpet",
		.own = true,
		.duration = returned_at[0] * NANOSECONDS_PER_SECOND + returned_at[1] - ordered,
	};
	return NULL;
}

struct error *agent_link_run(struct agent_link *link, struct call_order *order,
	const struct call_wait *wait, void *ret_outputs, struct call_report *ret_report)
{
	const struct call_places places = places_of(link, order);
	uint64_t ordered = clock_monotonic();
	struct error *error = check_idle(link);

	if (!error)
		error = check_permission(link, order);
	if (error)
		return error;
	link->order++;
	order->shared_at = places.shared;
	if (!put_arguments(link, order, &places) || !put_items(link, order, &places) ||
		!PUT(link, order, &link->order))
		return gone(link);
	error = wait_for_done(link, wait);
	return error ? error
		     : take_results(link, order, places.outputs, ordered, ret_outputs, ret_report);
}

/* Without the code that takes the memory along, the thread's end is all there is to wait for. */
static bool has_left(struct agent_link *link)
{
	struct thread_status status;
	uint64_t state;

	if (!GET(link, state, &state))
		return true;
	return !link->takes_memory_along && state == AGENT_STATE_LEAVING &&
	       !target_thread_status(link->borrower->target, link->presence.thread, &status);
}

static struct error *unmap_claimed(struct agent_link *link)
{
	struct call_order order = {.count = 1};
	struct call_report report;
	uint64_t state;

	/* Another limpet may have found it meanwhile. */
	if (!GET(link, state, &state) || state != AGENT_STATE_LEAVING)
		return NULL;
	order.items[0] =
		(struct call_item){.number = SYS_munmap, .arguments = {link->area, AGENT_SIZE}};
	return direct_run(
		link->borrower, link->equipment, &order, &(struct call_wait){0}, NULL, &report);
}

/* By a borrowed thread. */
static struct error *unmap(struct agent_link *link)
{
	struct error *error = target_claim(link->borrower->target);

	if (error)
		return error;
	error = unmap_claimed(link);
	target_release(link->borrower->target);
	return error;
}

static struct error *still_there(struct agent_link *link)
{
	return error_set_hint(
		error_create(ERROR_FAILED, "limpet's thread %d in process %d has not left yet",
			link->presence.thread, link->borrower->target->identity.pid),
		"it leaves by itself as soon as the call that it is in ends");
}

struct error *agent_link_leave(struct agent_link *link)
{
	uint64_t deadline = clock_monotonic() + LEAVE_PATIENCE, pause = POLL_FIRST, leave = 1;
	struct error *error = NULL;

	if (link->memory < 0)
		return NULL;
	PUT(link, leave, &leave);
	while (!has_left(link)) {
		if (clock_monotonic() > deadline) {
			error = still_there(link);
			break;
		}
		clock_back_off(&pause, POLL_LAST);
	}
	if (!error && !link->takes_memory_along)
		error = unmap(link);
	forget(link);
	return error;
}

bool agent_link_presence(struct agent_link *link, struct agent_presence *ret)
{
	if (!agent_link_is_there(link))
		return false;
	*ret = link->presence;
	return true;
}
