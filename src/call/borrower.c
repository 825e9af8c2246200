#include "call/borrower.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/string_builder.h"
#include "call/needed_calls.h"

#define PATIENCE    (2 * NANOSECONDS_PER_SECOND)
#define FIRST_PAUSE (NANOSECONDS_PER_MILLISECOND / 4)
#define LAST_PAUSE  (50 * NANOSECONDS_PER_MILLISECOND)
#define STACK_COPY  (256 * 1024)
#define LISTED_MAX  8
#define PAGE        4096

struct candidate {
	pid_t thread;
	unsigned rank;
	struct thread_status status;
	struct thread_wait wait;
	enum thread_refusal refusal;
};
ARRAY_DEFINE(candidates, struct candidate)

struct search {
	struct borrower *borrower;
	plan_function *plan;
	void *context;
	struct call_chain *chain;
	struct candidates candidates;
	struct mappings mappings; /* read once for all candidates: there may be thousands */
	bool mapped;
	struct borrowed *borrowed;
	pid_t confined; /* a thread that may not make the calls; 0: none */
	struct call_permission permission;
};

void borrower_deinit(struct borrower *borrower)
{
	unwind_result_deinit(&borrower->unwound);
}

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return (a->thread > b->thread) - (a->thread < b->thread);
}

static struct error *list_candidates(struct search *search)
{
	struct target *target = search->borrower->target;
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error = target_list_threads(target, &threads);

	search->candidates.count = 0;
	for (size_t i = 0; !error && i < threads.count; i++) {
		struct candidate candidate = {.thread = threads.items[i].id, .rank = UINT32_MAX};

		if (!target_thread_status(target, candidate.thread, &candidate.status))
			continue;
		candidate.wait = thread_wait_find(
			target, candidate.thread, &candidate.status, &search->borrower->waits);
		candidate.refusal =
			candidate.status.shadow_stack
				? REFUSAL_SHADOW_STACK
				: judge_status(&candidate.status, &candidate.wait, &candidate.rank);
		error = candidates_append(&search->candidates, candidate);
	}
	if (!error && search->candidates.count)
		qsort(search->candidates.items, search->candidates.count, sizeof(struct candidate),
			compare_candidates);
	return error;
}

static struct error *unwind_found(struct borrower *borrower, const struct capture *found)
{
	struct unwind_input input = {
		.registers = found->registers,
		.stack_address = found->stack_address,
		.stack = found->stack,
		.stack_length = found->stack_length,
	};

	return unwind_stack(borrower->unwinder, &input, &borrower->unwound);
}

/* Between the judgement and the look it may have gone into another system call. */
static bool waits_as_judged(const struct candidate *candidate, const struct raw_registers *found)
{
	uint64_t arguments[6];

	raw_arguments(found, arguments);
	return raw_interrupted_system_call(found) == candidate->status.system_call &&
	       memcmp(arguments, candidate->status.arguments, sizeof(arguments)) == 0;
}

/* It sleeps again, maybe with another argument, by which it is known from now on. */
static void note_stop(struct candidate *candidate, struct capture *found)
{
	const struct time_left *left = &found->time_left;

	candidate->wait.sleeps += 2; /* the stop is one, too */
	if (!found->shortened)
		return;
	raw_set_argument(&found->raw, left->argument, left->value);
	candidate->wait.arguments[left->argument] = left->value;
}

/* Stops the thread for a look, and lets it go again. */
static struct error *look(struct search *search, struct candidate *candidate, struct capture *found)
{
	struct borrower *borrower = search->borrower;
	struct memory_reader reader = target_reader(borrower->target);
	struct error *error;

	*found = (struct capture){
		.thread = candidate->thread,
		.stack_wanted = STACK_COPY,
		.extended_wanted = true,
		.time_left = thread_wait_left(&candidate->wait, borrower->scratch),
		.memory = borrower->memory,
	};
	thread_wait_remember(&borrower->waits, candidate->thread, &candidate->wait);
	error = target_capture(borrower->target, 0, found, 1);
	if (error)
		return error;
	candidate->refusal = REFUSAL_NOT_CAPTURED;
	if (found->outcome != CAPTURE_DONE)
		return NULL;
	candidate->refusal = REFUSAL_RUNNING;
	if (found->moved || !waits_as_judged(candidate, &found->raw))
		return NULL;
	note_stop(candidate, found);
	error = unwind_found(borrower, found);
	if (!error)
		candidate->refusal = judge_stack(borrower->modules, &reader, &borrower->unwound,
			candidate->wait.call->number == SYS_futex);
	return error;
}

static void forget_mappings(struct search *search)
{
	if (search->mapped)
		mappings_deinit(&search->mappings);
	search->mapped = false;
}

static struct error *learn_mappings(struct search *search)
{
	struct error *error;

	forget_mappings(search);
	error = target_list_mappings(search->borrower->target, &search->mappings);
	search->mapped = !error;
	return error;
}

/* Room on its stack below end for what the calls need: a stack that grows makes it by itself. */
static bool has_stack_room(const struct search *search, uint64_t sp, uint64_t end)
{
	const struct mapping *mapping = mappings_find(&search->mappings, sp);

	return mapping && mapping->readable && mapping->writable && end >= mapping->start + PAGE &&
	       (strcmp(mapping->path, "[stack]") == 0 || end - mapping->start >= BORROW_STACK_ROOM);
}

/* What is left of its time is for the program to see, whether it is sent off or not. */
static bool plan(struct search *search, const struct candidate *candidate,
	const struct capture *found, struct borrow *borrow)
{
	const struct call_situation situation = {
		.found = found->raw,
		.signal_mask = found->signal_mask,
		.caught_signals = candidate->status.caught_signals,
		.own_signals = search->borrower->own_signals,
		.original_system_call = candidate->wait.call->number,
		.time_left = thread_wait_left(&candidate->wait, search->borrower->scratch),
	};

	borrow->time_left = situation.time_left;
	borrow->written = blocking_call_written(candidate->wait.call, candidate->wait.arguments);

	return search->plan(search->context, &situation, found, search->chain, &borrow->registers);
}

static void note_taken(
	struct search *search, const struct candidate *candidate, const struct borrow *borrow)
{
	struct borrowed *borrowed = search->borrowed;

	borrowed->committed = borrow->committed;
	borrowed->thread = candidate->thread;
	borrowed->system_call = candidate->wait.call->number;
	borrowed->held = borrow->held;
	memcpy(borrowed->arguments, candidate->wait.arguments, sizeof(borrowed->arguments));
	if (borrow->time_left.replaces)
		borrowed->arguments[borrow->time_left.argument] = borrow->time_left.value;
	memcpy(borrowed->name, candidate->status.name, sizeof(borrowed->name));
}

static struct error *take(struct search *search, struct candidate *candidate,
	const struct capture *found, bool *ret_taken)
{
	struct target *target = search->borrower->target;
	struct borrow borrow = {.found = found};
	struct error *error;

	candidate->refusal = REFUSAL_STACK_ROOM;
	if (!plan(search, candidate, found, &borrow) ||
		!has_stack_room(search, found->raw.user.rsp, search->chain->address))
		return NULL;
	candidate->refusal = REFUSAL_BORROW;
	const struct memory_write writes[] = {
		{search->chain->address, search->chain->bytes, search->chain->length},
		{borrow.time_left.scratch, borrow.time_left.timespec,
			sizeof(borrow.time_left.timespec)}};
	const struct memory_write check = {search->borrower->signal_return, CALL_SIGNAL_RETURN,
		sizeof(CALL_SIGNAL_RETURN) - 1};
	borrow.memory = search->borrower->memory;
	borrow.checks = &check;
	borrow.check_count = 1;
	borrow.writes = writes;
	borrow.write_count = borrow.time_left.scratch ? 2 : 1;
	error = target_borrow(target, &borrow);
	if (error || borrow.outcome != BORROW_DONE)
		return error;
	note_taken(search, candidate, &borrow);
	*ret_taken = true;
	return NULL;
}

bool borrowed_is_back(struct borrower *borrower, const struct borrowed *borrowed)
{
	struct thread_status status;

	if (!target_thread_status(borrower->target, borrowed->thread, &status))
		return true;
	return status.state == 'S' && status.system_call == borrowed->system_call &&
	       memcmp(status.arguments, borrowed->arguments, sizeof(status.arguments)) == 0;
}

static struct error *judge_filters(struct search *search, struct candidate *candidate)
{
	struct call_permission permission;
	struct error *error = needed_calls_permitted(
		search->borrower->target, candidate->thread, search->borrower->order, &permission);

	if (error || permission.permission == PERMISSION_GRANTED)
		return error;
	candidate->refusal = REFUSAL_SECCOMP;
	search->confined = candidate->thread;
	search->permission = permission;
	return NULL;
}

static struct error *try_all(struct search *search, bool *ret_taken)
{
	struct error *error = list_candidates(search);

	if (!error)
		error = learn_mappings(search);
	for (size_t i = 0; !error && !*ret_taken && i < search->candidates.count; i++) {
		struct candidate *candidate = &search->candidates.items[i];
		uint64_t sp = candidate->status.stack_pointer;
		struct capture found;

		if (!candidate->refusal && !has_stack_room(search, sp, sp))
			candidate->refusal = REFUSAL_STACK_ROOM;
		if (!candidate->refusal && candidate->status.seccomp)
			error = judge_filters(search, candidate);
		if (error || candidate->refusal)
			continue;
		error = look(search, candidate, &found);
		if (!error && !candidate->refusal)
			error = take(search, candidate, &found, ret_taken);
	}
	return error;
}

static struct error *no_thread(const struct search *search)
{
	STRING_BUILDER(list);

	for (size_t i = 0; i < search->candidates.count && i < LISTED_MAX; i++) {
		const struct candidate *candidate = &search->candidates.items[i];

		string_append_format(&list, "\n    thread %d (%s): %s", candidate->thread,
			candidate->status.name, thread_refusal_text(candidate->refusal));
	}
	if (search->candidates.count > LISTED_MAX)
		string_append_format(
			&list, "\n    and %zu more", search->candidates.count - LISTED_MAX);
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"no thread of process %d can be borrowed for a call without risk:%s",
			search->borrower->target->identity.pid, list.text ? list.text : ""),
		"nothing was changed; try again when the process is less busy. limpet needs one "
		"thread that waits, outside the allocator and without a long time-out");
}

static struct error *search_thread(struct search *search)
{
	uint64_t deadline = clock_monotonic() + PATIENCE, pause = FIRST_PAUSE;
	bool taken = false;

	for (;;) {
		struct error *error = try_all(search, &taken);

		if (error || taken)
			return error;
		if (search->confined)
			return call_permission_explain(&search->permission, search->confined);
		if (clock_monotonic() > deadline)
			return no_thread(search);
		clock_back_off(&pause, LAST_PAUSE);
	}
}

struct error *borrow_thread(
	struct borrower *borrower, plan_function *how, void *context, struct borrowed *ret)
{
	struct search search = {
		.borrower = borrower,
		.plan = how,
		.context = context,
		.chain = malloc(sizeof(*search.chain)),
		.borrowed = ret,
	};
	struct error *error = search.chain ? search_thread(&search) : &error_no_memory;

	candidates_deinit(&search.candidates);
	forget_mappings(&search);
	free(search.chain);
	return error;
}
