#include "jemalloc/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "call/leftovers.h"
#include "target/limit_checks.h"
#include "target/proc.h"

#define FILE_LIMIT      ((size_t)8 << 30)
#define HIGH_DESCRIPTOR 500 /* away from those that a program may count on getting next */
#define TRIES           4

/*
 * All in one order, so that whatever becomes of limpet, nothing is left open: a file in memory,
 * moved to a descriptor that is known ahead for the sake of its path, and closed again; the call;
 * some time for limpet to open the file, too; the file's end.
 */
enum {
	CREATE,
	MOVE,
	CLOSE_FIRST,
	CALL,
	HOLD, /* the first of so many sleeps, that limpet shortens */
};

#define HOLDS 12
#define CLOSE (HOLD + HOLDS)
#define ITEMS (CLOSE + 1)

/* Short ones first: limpet is mostly there at once. Together 250 ms, if it never is. */
static const struct timespec hold_lengths[] = {
	{.tv_nsec = 100000}, {.tv_nsec = 2000000}, {.tv_nsec = 60000000}};
#define HOLDS_OF_A_LENGTH (HOLDS / ARRAY_SIZE(hold_lengths))

struct writing {
	struct jemalloc *jemalloc;
	pid_t process;
	memory_file_plan *plan;
	void *context;
	struct call_wait wait; /* the caller's */
	int descriptor;        /* of the target's */
	int file;              /* limpet's own; -1: not open yet */
	uint64_t result;       /* of the call */
	uint64_t holds;        /* address of hold_lengths */
};

/* Writing past RLIMIT_FSIZE would send the process SIGXFSZ, which ends it. */
static struct error *check_limits(pid_t process)
{
	const struct limit_need need = {.open_files = 2, .file_size = LIMIT_NONE};

	return limit_check_process(process, &need);
}

static void name_of(const struct writing *writing, char name[32])
{
	snprintf(name, 32, "fd/%d", writing->descriptor);
}

/* Another thread of the process may have something else there. */
static bool is_memory_file(int file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return file_links_to(AT_FDCWD, path, CALL_MEMORY_FILE_LINK);
}

static void try_to_open(struct writing *writing)
{
	static const struct timespec none[ARRAY_SIZE(hold_lengths)];
	char name[32];

	if (writing->file >= 0)
		return;
	name_of(writing, name);
	CLEANUP(cleanup_close)
	int file = proc_open_living(writing->process, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (file < 0 || !is_memory_file(file))
		return;
	writing->file = TAKE_FD(file);
	caller_change(writing->jemalloc->caller, writing->holds, none, sizeof(none));
}

static bool open_or_interrupted(void *context)
{
	struct writing *writing = context;

	try_to_open(writing);
	return writing->wait.interrupted && writing->wait.interrupted(writing->wait.context);
}

static struct error *choose_descriptor(struct writing *writing)
{
	char name[32];
	int link;

	for (writing->descriptor = HIGH_DESCRIPTOR; writing->descriptor < INT_MAX;
		writing->descriptor++) {
		name_of(writing, name);
		link = proc_open_living(writing->process, name, O_PATH | O_NOFOLLOW);
		if (link < 0)
			return errno == ENOENT || errno == ESRCH
				       ? NULL
				       : error_from_errno(errno, "cannot look at /proc/%d/%s",
						 writing->process, name);
		close(link);
	}
	return error_create(ERROR_UNSUPPORTED, "the process has no descriptor left");
}

static struct error *plan_holds(struct writing *writing, struct call_item *items)
{
	struct error *error = caller_share(
		writing->jemalloc->caller, hold_lengths, sizeof(hold_lengths), &writing->holds);

	for (size_t i = 0; !error && i < HOLDS; i++)
		items[i] = (struct call_item){.number = SYS_nanosleep,
			.arguments = {
				writing->holds + i / HOLDS_OF_A_LENGTH * sizeof(hold_lengths[0])}};
	return error;
}

static struct error *plan_all(struct writing *writing, struct call_item items[ITEMS])
{
	struct caller *caller = writing->jemalloc->caller;
	struct error *error = caller_begin(caller);
	uint64_t name;

	if (!error)
		error = caller_put(caller, CALL_MEMORY_FILE, sizeof(CALL_MEMORY_FILE), &name);
	if (error)
		return error;
	items[CREATE] =
		(struct call_item){.number = SYS_memfd_create, .arguments = {name, MFD_CLOEXEC}};
	items[MOVE] = (struct call_item){.number = SYS_fcntl,
		.arguments = {0, F_DUPFD_CLOEXEC, (uint64_t)writing->descriptor},
		.first_from = CREATE + 1,
		.opens = 1};
	items[CLOSE_FIRST] = (struct call_item){.number = SYS_close, .first_from = CREATE + 1};
	items[CLOSE] = (struct call_item){.number = SYS_close, .first_from = MOVE + 1};
	error = writing->plan(
		writing->jemalloc, writing->context, writing->descriptor, &items[CALL]);
	items[CALL].only_if_from = MOVE + 1;
	items[CALL].only_if_value = (uint64_t)writing->descriptor;
	return error ? error : plan_holds(writing, &items[HOLD]);
}

static struct error *explain_files(const struct call_item items[ITEMS])
{
	int64_t first = (int64_t)items[CREATE].result, high = (int64_t)items[MOVE].result;

	if (first < 0)
		return error_set_hint(error_from_errno((int)-first,
					      "the process could not make a file in memory"),
			first == -EMFILE ? "its table of descriptors is full: see ulimit -n"
					 : "nothing was changed");
	if (high < 0)
		return error_set_hint(
			error_from_errno((int)-high, "the process has no descriptor %d or above",
				HIGH_DESCRIPTOR),
			"its limit on open files is too low for that: see ulimit -n");
	return NULL;
}

static struct error *not_opened(const struct writing *writing)
{
	return error_set_hint(
		error_create(ERROR_FAILED,
			"limpet did not get to open /proc/%d/fd/%d before the process closed it",
			writing->process, writing->descriptor),
		"the machine is very busy, or the file is kept from limpet; try again");
}

static struct error *run(struct writing *writing, struct call_item items[ITEMS])
{
	struct jemalloc *jemalloc = writing->jemalloc;
	const struct call_wait wait = {open_or_interrupted, writing};
	struct error *error = plan_all(writing, items);

	return error ? error
		     : caller_run(jemalloc->caller, items, ITEMS, true, &wait, &jemalloc->report);
}

/* *ret_again: another thread has taken the descriptor meanwhile, and nothing was called. */
static struct error *write_once(struct writing *writing, bool *ret_again)
{
	struct call_item items[ITEMS];
	struct error *error = choose_descriptor(writing);

	*ret_again = false;
	if (!error)
		error = run(writing, items);
	if (!error)
		error = explain_files(items);
	if (error)
		return error;
	*ret_again = items[CALL].result == CALL_NOT_MADE;
	if (*ret_again)
		return error_create(ERROR_FAILED,
			"the process keeps taking the descriptors that limpet chooses");
	writing->result = items[CALL].result;
	return writing->file < 0 ? not_opened(writing) : NULL;
}

static struct error *write_in_time(struct writing *writing)
{
	for (unsigned tries = 0;; tries++) {
		bool again;
		struct error *error = write_once(writing, &again);

		if (!error || !again || tries == TRIES)
			return error;
		error_destroy(error);
		cleanup_close(&writing->file);
		writing->file = -1;
	}
}

struct error *memory_file_read(struct jemalloc *jemalloc, pid_t process, memory_file_plan *plan,
	void *context, uint64_t *ret_result, struct u8_array *ret)
{
	struct writing writing = {
		.jemalloc = jemalloc,
		.process = process,
		.plan = plan,
		.context = context,
		.wait = jemalloc->wait,
		.file = -1,
	};
	struct error *error = check_limits(process);

	if (!error)
		error = write_in_time(&writing);
	if (!error)
		error = file_read_fd(writing.file, FILE_LIMIT, ret);
	if (!error)
		*ret_result = writing.result;
	cleanup_close(&writing.file);
	return error;
}
