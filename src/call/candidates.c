#include "call/candidates.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "call/needed_calls.h"

#define STACK_COPY (256 * 1024)
#define PAGE       4096

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return (a->thread > b->thread) - (a->thread < b->thread);
}

static struct error *read_mappings(struct candidate_list *list)
{
	struct error *error;

	if (list->mapped)
		mappings_deinit(&list->mappings);
	error = target_list_mappings(list->borrower->target, &list->mappings);
	list->mapped = !error;
	return error;
}

/* A stack that grows makes the room by itself. */
bool candidate_list_has_stack_room(const struct candidate_list *list, uint64_t sp, uint64_t end)
{
	const struct mapping *mapping = mappings_find(&list->mappings, sp);

	return mapping && mapping->readable && mapping->writable && end >= mapping->start + PAGE &&
	       (strcmp(mapping->path, "[stack]") == 0 || end - mapping->start >= BORROW_STACK_ROOM);
}

/* What is left of its time-out has to be put somewhere. */
static bool needs_place(const struct thread_wait *wait)
{
	return wait->timed && wait->call->form == TIME_OUT_TIMESPEC;
}

/* false: what is left of a long time-out cannot be put anywhere. */
static bool find_place(struct borrower *borrower, struct candidate *candidate)
{
	if (!needs_place(&candidate->wait))
		return true;
	candidate->place = time_places_take(&borrower->places, borrower->target, candidate->thread);
	return candidate->place || candidate->wait.time_out <= TIME_OUT_MAX;
}

static void judge_listed(const struct candidate_list *list, struct candidate *candidate)
{
	uint64_t sp = candidate->status.stack_pointer;

	candidate->refusal = judge_status(&candidate->status, &candidate->wait, &candidate->rank);
	if (!candidate->refusal && needs_place(&candidate->wait) && !list->borrower->places.count &&
		candidate->wait.time_out > TIME_OUT_MAX)
		candidate->refusal = REFUSAL_TIME_OUT;
	if (!candidate->refusal && !candidate_list_has_stack_room(list, sp, sp))
		candidate->refusal = REFUSAL_STACK_ROOM;
}

/* None that is gone. */
static struct error *list_thread(struct candidate_list *list, pid_t thread)
{
	struct borrower *borrower = list->borrower;
	struct candidate candidate = {.thread = thread, .rank = UINT32_MAX};

	if (!target_thread_status(borrower->target, thread, &candidate.status))
		return NULL;
	time_places_note(&borrower->places, thread, &candidate.status);
	candidate.wait =
		thread_wait_find(borrower->target, thread, &candidate.status, &borrower->waits);
	return candidates_append(&list->candidates, candidate);
}

static struct error *list_threads(struct candidate_list *list)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error;

	list->candidates.count = 0;
	if (list->borrower->only)
		return list_thread(list, list->borrower->only);
	error = target_list_threads(list->borrower->target, &threads);
	for (size_t i = 0; !error && i < threads.count; i++)
		error = list_thread(list, threads.items[i].id);
	return error;
}

/* That does not change: there is no point in being patient. */
static struct error *check_shadow_stacks(const struct candidate_list *list)
{
	size_t count = 0;

	ARRAY_FOR_EACH (candidate, &list->candidates)
		count += candidate->status.shadow_stack;
	if (!count || count < list->candidates.count)
		return NULL;
	return error_create(ERROR_UNSUPPORTED,
		"process %d runs with a hardware shadow stack, which a call would break",
		list->borrower->target->identity.pid);
}

struct error *candidate_list_read(struct candidate_list *list)
{
	struct error *error = list_threads(list);

	if (!error)
		error = check_shadow_stacks(list);
	if (!error)
		error = read_mappings(list);
	if (error || !list->candidates.count)
		return error;
	ARRAY_FOR_EACH (candidate, &list->candidates)
		judge_listed(list, candidate);
	qsort(list->candidates.items, list->candidates.count, sizeof(struct candidate),
		compare_candidates);
	return NULL;
}

void candidate_list_deinit(struct candidate_list *list)
{
	candidates_deinit(&list->candidates);
	if (list->mapped)
		mappings_deinit(&list->mappings);
	list->mapped = false;
}

static struct error *judge_filters(struct borrower *borrower, struct candidate *candidate)
{
	struct error *error;

	if (!candidate->status.seccomp)
		return NULL;
	error = needed_calls_permitted(
		borrower->target, candidate->thread, borrower->order, &candidate->permission);
	if (!error && candidate->permission.permission != PERMISSION_GRANTED)
		candidate->refusal = REFUSAL_SECCOMP;
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

/*
 * What lies above the last frame is no part of where the thread is, and may change by itself: there
 * the C library has the number of the CPU (rseq(2)), and a thread that is let go may be moved.
 */
static void leave_out_rest(const struct unwind_result *unwound, struct capture *found)
{
	uint64_t used = unwound->reached - found->stack_address;

	if (unwound->end == UNWIND_COMPLETE && !unwound->on_other_stack &&
		used < found->stack_length)
		found->stack_length = used;
}

/* Stops the thread for a look, and lets it go again. */
static struct error *look(
	struct borrower *borrower, struct candidate *candidate, struct capture *found)
{
	struct memory_reader reader = target_reader(borrower->target);
	struct error *error;

	*found = (struct capture){
		.thread = candidate->thread,
		.wish.own = STACK_COPY,
		.extended_wanted = true,
		.time_left = thread_wait_left(&candidate->wait, candidate->place),
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
	if (error)
		return error;
	candidate->refusal = judge_stack(borrower->modules, &reader, &borrower->unwound,
		candidate->wait.call->number == SYS_futex);
	leave_out_rest(&borrower->unwound, found);
	return NULL;
}

struct error *candidate_judge(
	struct candidate_list *list, struct candidate *candidate, struct capture *ret_found)
{
	struct error *error;

	if (candidate->refusal)
		return NULL;
	error = judge_filters(list->borrower, candidate);
	if (error || candidate->refusal)
		return error;
	if (!find_place(list->borrower, candidate)) {
		candidate->refusal = REFUSAL_TIME_OUT;
		return NULL;
	}
	return look(list->borrower, candidate, ret_found);
}
