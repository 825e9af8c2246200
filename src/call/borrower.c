#include "call/borrower.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/string_builder.h"
#include "call/candidates.h"

#define PATIENCE    (2 * NANOSECONDS_PER_SECOND)
#define FIRST_PAUSE (NANOSECONDS_PER_MILLISECOND / 4)
#define LAST_PAUSE  (50 * NANOSECONDS_PER_MILLISECOND)
#define LISTED_MAX  8

struct search {
	struct borrower *borrower;
	plan_function *plan;
	void *context;
	struct call_chain *chain;
	struct candidate_list list;
	struct borrowed *borrowed;
	const struct candidate *confined; /* one that may not make the calls; NULL: none */
};

void borrower_deinit(struct borrower *borrower)
{
	unwind_result_deinit(&borrower->unwound);
}

/* What is left of its time is for the program to see, whether it is sent off or not. */
static bool plan(struct search *search, const struct candidate *candidate,
	const struct capture *found, struct borrow *borrow)
{
	const struct call_situation situation = {
		.found = found->raw,
		.thread = (uint64_t)candidate->status.inside,
		.signal_mask = found->signal_mask,
		.caught_signals = candidate->status.caught_signals,
		.own_signals = search->borrower->own_signals,
		.original_system_call = candidate->wait.call->number,
		.time_left = thread_wait_left(&candidate->wait, candidate->place),
	};

	borrow->time_left = situation.time_left;
	borrow->written = blocking_call_written(candidate->wait.call, candidate->wait.arguments);

	return search->plan(search->context, &situation, found, search->chain, &borrow->registers);
}

static void note_taken(struct search *search, const struct candidate *candidate,
	const struct capture *found, const struct borrow *borrow)
{
	struct borrowed *borrowed = search->borrowed;

	borrowed->committed = borrow->committed;
	borrowed->thread = candidate->thread;
	borrowed->stack_pointer = found->raw.user.rsp;
	borrowed->held = borrow->held;
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
		!candidate_list_has_stack_room(
			&search->list, found->raw.user.rsp, search->chain->address))
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
	note_taken(search, candidate, found, &borrow);
	*ret_taken = true;
	return NULL;
}

bool borrowed_is_back(struct borrower *borrower, const struct borrowed *borrowed)
{
	struct thread_status status;

	if (!target_thread_status(borrower->target, borrowed->thread, &status))
		return true;
	return status.state == 'S' && status.system_call >= 0 &&
	       status.stack_pointer == borrowed->stack_pointer;
}

static struct error *try_all(struct search *search, bool *ret_taken)
{
	struct error *error = candidate_list_read(&search->list);

	search->confined = NULL;
	for (size_t i = 0; !error && !*ret_taken && i < search->list.candidates.count; i++) {
		struct candidate *candidate = &search->list.candidates.items[i];
		struct capture found;

		if (candidate->refusal)
			continue;
		error = candidate_judge(&search->list, candidate, &found);
		if (!error && candidate->refusal == REFUSAL_SECCOMP)
			search->confined = candidate;
		if (!error && !candidate->refusal)
			error = take(search, candidate, &found, ret_taken);
	}
	return error;
}

static struct error *not_that_thread(const struct search *search)
{
	const struct borrower *borrower = search->borrower;

	if (!search->list.candidates.count)
		return error_create(ERROR_GONE, "process %d has no thread %d any more",
			borrower->target->identity.pid, borrower->only);
	return error_set_hint(error_create(ERROR_UNSUPPORTED,
				      "thread %d (%s) cannot be borrowed for a call without risk "
				      "now: %s",
				      borrower->only, search->list.candidates.items[0].status.name,
				      thread_refusal_text(borrower->refusal)),
		"nothing was changed; try again when it waits, outside the allocator and without a "
		"long time-out");
}

static struct error *no_thread(const struct search *search)
{
	STRING_BUILDER(list);

	for (size_t i = 0; i < search->list.candidates.count && i < LISTED_MAX; i++) {
		const struct candidate *candidate = &search->list.candidates.items[i];

		string_append_format(&list, "\n    thread %d (%s): %s", candidate->thread,
			candidate->status.name, thread_refusal_text(candidate->refusal));
	}
	if (search->list.candidates.count > LISTED_MAX)
		string_append_format(
			&list, "\n    and %zu more", search->list.candidates.count - LISTED_MAX);
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"no thread of process %d can be borrowed for a call without risk:%s",
			search->borrower->target->identity.pid, list.text ? list.text : ""),
		"nothing was changed; try again when the process is less busy. limpet needs one "
		"thread that waits, outside the allocator and without a long time-out");
}

static void note_refusal(struct search *search)
{
	const struct candidates *candidates = &search->list.candidates;

	if (search->borrower->only)
		search->borrower->refusal =
			candidates->count ? candidates->items[0].refusal : REFUSAL_EXITED;
}

static struct error *search_thread(struct search *search)
{
	struct borrower *borrower = search->borrower;
	uint64_t patience = borrower->only ? borrower->patience : PATIENCE;
	uint64_t deadline = clock_monotonic() + patience, pause = FIRST_PAUSE;
	bool taken = false;

	borrower->refusal = REFUSAL_NONE;
	for (;;) {
		struct error *error = try_all(search, &taken);

		if (error || taken)
			return error;
		if (search->confined) {
			note_refusal(search);
			return call_permission_explain(
				&search->confined->permission, search->confined->thread);
		}
		if (clock_monotonic() >= deadline) {
			note_refusal(search);
			return borrower->only ? not_that_thread(search) : no_thread(search);
		}
		clock_back_off(&pause, LAST_PAUSE);
	}
}

struct error *borrow_thread(
	struct borrower *borrower, plan_function *how, void *context, struct borrowed *ret)
{
	struct search search = {
		.borrower = borrower,
		.list = {.borrower = borrower},
		.plan = how,
		.context = context,
		.chain = malloc(sizeof(*search.chain)),
		.borrowed = ret,
	};
	struct error *error = search.chain ? search_thread(&search) : &error_no_memory;

	candidate_list_deinit(&search.list);
	free(search.chain);
	return error;
}
