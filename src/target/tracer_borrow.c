#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/tracer_stop.h"

/* restart_syscall(2) stands for the call it continues once a thread has been stopped in it. */
static bool same_registers(const struct raw_registers *now, const struct raw_registers *then)
{
	struct raw_registers expected = *then;

	if (now->user.orig_rax != then->user.orig_rax && now->user.rax == then->user.rax &&
		now->user.orig_rax == SYS_restart_syscall)
		expected.user.orig_rax = now->user.orig_rax;
	return memcmp(&now->user, &expected.user, sizeof(now->user)) == 0;
}

/* A stop itself makes the kernel write there. */
static void forget_written(const struct tracer_borrow_request *request, uint8_t *stack)
{
	uint64_t offset = request->written - request->stack_address;

	if (offset < request->stack_length &&
		request->stack_length - offset >= BLOCKING_CALL_WRITTEN)
		memset(stack + offset, 0, BLOCKING_CALL_WRITTEN);
}

static bool same_memory(struct tracer_shared *shared, pid_t thread)
{
	const struct tracer_borrow_request *request = &shared->borrow;
	uint8_t *now = shared->arena + CAPTURE_STACK_MAX;

	if (stop_read_memory(thread, request->stack_address, now, request->stack_length) !=
		request->stack_length)
		return false;
	forget_written(request, now);
	forget_written(request, shared->arena);
	return memcmp(now, shared->arena, request->stack_length) == 0;
}

static bool same_extended(struct tracer_shared *shared, pid_t thread)
{
	size_t length = shared->borrow.extended_length;

	return !length || (stop_get_extended(thread, shared->extended[0]) == length &&
				  memcmp(shared->extended[0], shared->extended[1], length) == 0);
}

/* What the plan relies on: that the process executes the program that it was made for. */
static bool same_program(const struct tracer_shared *shared, pid_t thread)
{
	const struct tracer_borrow_request *request = &shared->borrow;
	uint8_t now[BORROW_CHECK_MAX];

	for (size_t i = 0; i < request->check_count; i++) {
		const struct tracer_write *check = &request->checks[i];

		if (stop_read_memory(thread, check->address, now, check->length) != check->length ||
			memcmp(now, request->bytes + check->offset, check->length) != 0)
			return false;
	}
	return true;
}

static bool write_memory(const struct tracer_shared *shared)
{
	const struct tracer_borrow_request *request = &shared->borrow;

	for (size_t i = 0; i < request->write_count; i++) {
		const struct tracer_write *write = &request->writes[i];

		if (pwrite(shared->memory, request->bytes + write->offset, write->length,
			    (off_t)write->address) != (ssize_t)write->length)
			return false;
	}
	return true;
}

/*
 * The thread runs up to its first system call, the signal return that its detour begins with: then
 * no handler of the program can come before that.
 */
static enum stop_end send_off(
	struct tracer_shared *shared, const struct stop *stop, const struct raw_registers *found)
{
	struct tracer_borrow_request *request = &shared->borrow;
	enum stop_end end;

	request->committed = clock_monotonic();
	request->outcome = BORROW_DONE;
	request->sent = true;
	end = stop_run_on(shared, stop, &request->registers, found);
	if (end == STOP_DIED)
		request->sent = false;
	return end;
}

void tracer_borrow_take_back(struct tracer_shared *shared, const struct stop *stop)
{
	struct tracer_borrow_request *request = &shared->borrow;

	if (shared->command != TRACER_BORROW || !request->sent)
		return;
	request->sent = false;
	request->outcome = stop->suspended ? BORROW_SUSPENDED : BORROW_SIGNAL_PENDING;
}

static bool is_as_found(
	struct tracer_shared *shared, pid_t thread, const struct raw_registers *now, uint64_t mask)
{
	const struct tracer_borrow_request *request = &shared->borrow;

	return same_registers(now, &request->expected) && mask == request->expected_mask &&
	       same_program(shared, thread) && same_memory(shared, thread) &&
	       same_extended(shared, thread);
}

enum stop_end tracer_borrow_stopped(struct tracer_shared *shared, struct stop *stop)
{
	struct tracer_borrow_request *request = &shared->borrow;
	pid_t thread = stop->item->thread;
	struct raw_registers now;
	uint64_t mask;

	request->outcome = BORROW_SUSPENDED;
	if (stop->suspended)
		return stop_let_go(shared, stop);
	request->outcome = BORROW_THREAD_GONE;
	if (stop_get_registers(thread, &now) ||
		ptrace(PTRACE_GETSIGMASK, thread, sizeof(mask), &mask))
		return stop_let_go(shared, stop);
	stop->item->moved = stop_has_moved(shared->process, stop->item);
	request->outcome = BORROW_SIGNAL_PENDING;
	if (stop->signal || stop_handler_waits(shared->process, thread, 0))
		return stop_let_go_unseen(shared, stop, &now);
	request->outcome = BORROW_MOVED_ON;
	if (stop->item->moved || !is_as_found(shared, thread, &now, mask))
		return stop_let_go_unseen(shared, stop, &now);
	request->outcome = BORROW_UNWRITABLE;
	if (!write_memory(shared))
		return stop_let_go_unseen(shared, stop, &now);
	return send_off(shared, stop, &now);
}
