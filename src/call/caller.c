#include "call/caller.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "call/area.h"

#define POLL_FIRST     (5 * NANOSECONDS_PER_MICROSECOND)
#define POLL_LAST      (2 * NANOSECONDS_PER_MILLISECOND)
#define LEAVE_PATIENCE (2 * NANOSECONDS_PER_SECOND)

struct caller {
	struct borrower borrower;
	struct call_area area;
	struct call_block block; /* the one that goes into the area next */
	size_t arguments_used;
	struct borrowed last; /* the thread that made the last calls */
	bool in_flight;       /* it has not been seen to have left the area */
};

struct error *caller_create(struct target *target, struct module_table *modules,
	struct unwinder *unwinder, struct caller **ret)
{
	struct caller *caller = calloc(1, sizeof(*caller));

	if (!caller)
		return &error_no_memory;
	caller->borrower =
		(struct borrower){.target = target, .modules = modules, .unwinder = unwinder};
	*ret = caller;
	return NULL;
}

void caller_destroy(struct caller *caller)
{
	if (!caller)
		return;
	borrower_deinit(&caller->borrower);
	free(caller);
}

bool caller_area(const struct caller *caller, uint64_t *ret_address, size_t *ret_length)
{
	*ret_address = caller->area.address;
	*ret_length = CALL_AREA_SIZE;
	return caller->area.address != 0;
}

uint64_t caller_find_function(struct caller *caller, const char *name)
{
	struct module_table *modules = caller->borrower.modules;
	size_t count;
	struct module *items = module_table_items(modules, &count);

	for (size_t i = 0; i < count; i++) {
		const struct elf_symbol *symbol;

		module_load(modules, &items[i]);
		if (!items[i].image)
			continue;
		symbol = elf_image_symbol_named(items[i].image, name);
		if (symbol && symbol->address + items[i].bias >= items[i].start &&
			symbol->address + items[i].bias < items[i].end)
			return symbol->address + items[i].bias;
	}
	return 0;
}

static struct error *check_target(struct target *target)
{
	pid_t pid = target->identity.pid;
	struct thread_status status;

	if (!target_thread_status(target, pid, &status))
		return NULL;
	switch (judge_restrictions(&status)) {
	case REFUSAL_SECCOMP:
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "process %d restricts its system calls with "
					      "seccomp, and might be killed for one that limpet "
					      "makes in it",
					      pid),
			"profiling the CPU works all the same, as it makes no calls; for the "
			"heap, relax the filter (SystemCallFilter= of a systemd service)");
	case REFUSAL_SHADOW_STACK:
		return error_create(ERROR_UNSUPPORTED,
			"process %d runs with a hardware shadow stack, which a call would break",
			pid);
	default:
		return NULL;
	}
}

/* What the last calls left: the thread may still be on its way out. */
static bool has_left(struct caller *caller)
{
	struct target *target = caller->borrower.target;
	struct thread_status status;

	if (!target_thread_status(target, caller->last.thread, &status))
		return true;
	/* Back in a system call that no code of the area makes. */
	return status.state == 'S' && status.system_call == caller->last.system_call;
}

/* Or it runs on in the program, where only a stop shows it. */
static bool is_elsewhere(struct caller *caller)
{
	struct capture capture = {.thread = caller->last.thread, .stack_wanted = 8};
	struct error *error = target_capture(caller->borrower.target, 0, &capture, 1);
	uint64_t pc;

	if (error) {
		error_destroy(error);
		return false;
	}
	if (capture.outcome == CAPTURE_THREAD_GONE)
		return true;
	pc = registers_pc(&capture.registers);
	return capture.outcome == CAPTURE_DONE &&
	       (pc < caller->area.address || pc >= caller->area.address + CALL_AREA_SIZE);
}

static uint64_t read_state(struct caller *caller)
{
	uint64_t state = CALL_STATE_IDLE;
	uint64_t address =
		caller->area.address + CALL_AREA_BLOCK + offsetof(struct call_block, state);

	target_read(caller->borrower.target, address, &state, sizeof(state));
	return state;
}

/* Not after an execve(2), which takes all memory away. */
static bool area_is_there(struct caller *caller)
{
	char byte;

	return target_read(caller->borrower.target, caller->area.address, &byte, 1) == 1;
}

static struct error *wait_until_left(struct caller *caller)
{
	uint64_t deadline = clock_monotonic() + LEAVE_PATIENCE;

	while (caller->in_flight) {
		if (read_state(caller) == CALL_STATE_LEFT &&
			(has_left(caller) || is_elsewhere(caller))) {
			caller->in_flight = false;
			break;
		}
		if (clock_monotonic() > deadline)
			return error_set_hint(
				error_create(ERROR_FAILED,
					"thread %d is still in the call that was made on it",
					caller->last.thread),
				"it will return to the program by itself as soon as the call "
				"ends; until then there can be no other");
		clock_sleep(POLL_LAST / 4);
	}
	return NULL;
}

/* Libraries come and go, and execve(2) replaces all of them, and limpet's memory with them. */
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
	if (caller->area.address && !area_is_there(caller)) {
		caller->area.address = 0;
		caller->in_flight = false;
	}
	return error;
}

struct error *caller_begin(struct caller *caller)
{
	struct borrower *borrower = &caller->borrower;
	struct error *error = refresh(caller);

	if (!error)
		error = wait_until_left(caller);
	if (!error && !caller->area.address) {
		error = check_target(borrower->target);
		if (!error)
			error = target_claim(borrower->target);
		if (!error)
			error = call_area_create(&caller->area, borrower);
	}
	caller->arguments_used = 0;
	return error;
}

struct error *caller_reserve(struct caller *caller, size_t length, uint64_t *ret)
{
	static const uint8_t zeros[CALL_AREA_ARGUMENTS_SIZE];
	size_t used = caller->arguments_used;
	struct error *error;
	uint64_t address;

	if (length > CALL_AREA_ARGUMENTS_SIZE - used)
		return error_create(ERROR_FAILED, "arguments of %zu bytes are too large for a call",
			used + length);
	address = caller->area.address + CALL_AREA_ARGUMENTS + used;
	error = target_write(caller->borrower.target, address, zeros, length);
	if (error)
		return error;
	caller->arguments_used = (used + length + 15) & ~(size_t)15;
	*ret = address;
	return NULL;
}

struct error *caller_put(struct caller *caller, const void *bytes, size_t length, uint64_t *ret)
{
	struct error *error = caller_reserve(caller, length, ret);

	return error ? error : target_write(caller->borrower.target, *ret, bytes, length);
}

struct error *caller_get(struct caller *caller, uint64_t address, void *bytes, size_t length)
{
	struct target *target = caller->borrower.target;

	if (target_read(target, address, bytes, length) == length)
		return NULL;
	return error_create(ERROR_GONE, "process %d is gone", target->identity.pid);
}

struct stub_plan {
	struct caller *caller;
	uint64_t errno_location;
	struct memory_write write;
};

static bool plan_stub(void *context, const struct call_situation *situation,
	const struct capture *found, struct borrow *borrow)
{
	struct stub_plan *plan = context;
	struct caller *caller = plan->caller;

	(void)found;
	call_plan_stub(situation, caller->area.address, plan->errno_location, &caller->block,
		&borrow->registers);
	plan->write = (struct memory_write){
		caller->area.address + CALL_AREA_BLOCK, &caller->block, sizeof(caller->block)};
	borrow->writes = &plan->write;
	borrow->write_count = 1;
	return true;
}

static struct error *left_alone(struct caller *caller)
{
	return error_set_hint(
		error_create(ERROR_INTERRUPTED, "did not wait for the call on thread %d (%s)",
			caller->last.thread, caller->last.name),
		"it ends by itself, and gives the thread back to the program then");
}

static struct error *wait_for_results(
	struct caller *caller, bool (*interrupted)(void *context), void *context)
{
	struct target *target = caller->borrower.target;
	uint64_t pause = POLL_FIRST;

	while (read_state(caller) < CALL_STATE_RETURNED) {
		struct thread_status status;

		if (!area_is_there(caller))
			return error_create(ERROR_GONE,
				"process %d has ended or executed another program during the call",
				target->identity.pid);

		if (interrupted && interrupted(context))
			return left_alone(caller);
		if (!target_thread_status(target, caller->last.thread, &status))
			return error_create(ERROR_GONE,
				"thread %d (%s), which made the call, is gone", caller->last.thread,
				caller->last.name);
		clock_sleep(pause);
		pause = pause * 2 < POLL_LAST ? pause * 2 : POLL_LAST;
	}
	return NULL;
}

/* Results, and when the last one was there. */
static struct error *read_results(
	struct caller *caller, struct call_item *items, size_t count, struct call_report *report)
{
	uint64_t block = caller->area.address + CALL_AREA_BLOCK;
	uint64_t returned_at[2];
	struct error *error = caller_get(
		caller, block + offsetof(struct call_block, items), items, count * sizeof(*items));

	if (!error)
		error = caller_get(caller, block + offsetof(struct call_block, returned_at),
			returned_at, sizeof(returned_at));
	if (error)
		return error;
	*report = (struct call_report){
		.thread = caller->last.thread,
		.held = caller->last.held,
		.borrowed = returned_at[0] * NANOSECONDS_PER_SECOND + returned_at[1] -
			    caller->last.committed,
	};
	memcpy(report->thread_name, caller->last.name, sizeof(report->thread_name));
	return NULL;
}

struct error *caller_run(struct caller *caller, struct call_item *items, size_t count,
	bool (*interrupted)(void *context), void *context, struct call_report *ret_report)
{
	struct stub_plan plan = {.caller = caller};
	struct error *error;

	if (count > CALL_COUNT_MAX)
		return error_create(ERROR_FAILED, "%zu calls at once are too many", count);
	plan.errno_location = caller_find_function(caller, "__errno_location");
	memset(&caller->block, 0, sizeof(caller->block));
	memcpy(caller->block.items, items, count * sizeof(*items));
	caller->block.count = count;
	error = borrow_thread(&caller->borrower, plan_stub, &plan, false, &caller->last);
	if (error)
		return error;
	caller->in_flight = true;
	error = wait_for_results(caller, interrupted, context);
	if (error)
		return error;
	return read_results(caller, items, count, ret_report);
}

struct error *caller_release(struct caller *caller)
{
	struct error *error = caller->area.address ? refresh(caller) : NULL;

	if (!error)
		error = wait_until_left(caller);

	if (!error)
		error = call_area_remove(&caller->area, &caller->borrower);
	if (!error)
		target_release(caller->borrower.target);
	return error;
}
