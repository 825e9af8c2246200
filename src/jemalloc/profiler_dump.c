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
#include "jemalloc/dump_maps.h"
#include "jemalloc/profiler.h"
#include "target/limit_checks.h"
#include "target/proc.h"

#define DUMP_LIMIT      ((size_t)8 << 30)
#define HIGH_DESCRIPTOR 500 /* away from those that a program may count on getting next */
#define TRIES           4

/*
 * All in one order, so that whatever becomes of limpet, nothing is left open: a file in memory,
 * moved to a descriptor that is known ahead for the sake of its path, and closed again; the dump;
 * some time for limpet to open the file, too; the file's end.
 */
enum {
	CREATE,
	MOVE,
	CLOSE_FIRST,
	DUMP,
	HOLD, /* the first of so many sleeps, that limpet shortens */
};

#define HOLDS 12
#define CLOSE (HOLD + HOLDS)
#define ITEMS (CLOSE + 1)

/* Short ones first: limpet is mostly there at once. Together 250 ms, if it never is. */
static const struct timespec hold_lengths[] = {
	{.tv_nsec = 100000}, {.tv_nsec = 2000000}, {.tv_nsec = 60000000}};
#define HOLDS_OF_A_LENGTH (HOLDS / ARRAY_SIZE(hold_lengths))

struct dump {
	struct jemalloc *jemalloc;
	pid_t process;
	struct call_wait wait; /* the caller's */
	int descriptor;        /* of the target's */
	int file;              /* limpet's own; -1: not open yet */
	uint64_t holds;        /* address of hold_lengths */
};

/* Writing past RLIMIT_FSIZE would send the process SIGXFSZ, which ends it. */
static struct error *check_limits(pid_t process)
{
	const struct limit_need need = {.open_files = 2, .file_size = LIMIT_NONE};

	return limit_check_process(process, &need);
}

static void name_of(const struct dump *dump, char name[32])
{
	snprintf(name, 32, "fd/%d", dump->descriptor);
}

/* Another thread of the process may have something else there. */
static bool is_dump(int file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return file_links_to(AT_FDCWD, path, CALL_MEMORY_FILE_LINK);
}

static void try_to_open(struct dump *dump)
{
	static const struct timespec none[ARRAY_SIZE(hold_lengths)];
	char name[32];

	if (dump->file >= 0)
		return;
	name_of(dump, name);
	CLEANUP(cleanup_close)
	int file = proc_open_living(dump->process, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (file < 0 || !is_dump(file))
		return;
	dump->file = TAKE_FD(file);
	caller_change(dump->jemalloc->caller, dump->holds, none, sizeof(none));
}

static bool open_or_interrupted(void *context)
{
	struct dump *dump = context;

	try_to_open(dump);
	return dump->wait.interrupted && dump->wait.interrupted(dump->wait.context);
}

static struct error *choose_descriptor(struct dump *dump)
{
	char name[32];
	int link;

	for (dump->descriptor = HIGH_DESCRIPTOR; dump->descriptor < INT_MAX; dump->descriptor++) {
		name_of(dump, name);
		link = proc_open_living(dump->process, name, O_PATH | O_NOFOLLOW);
		if (link < 0)
			return errno == ENOENT || errno == ESRCH
				       ? NULL
				       : error_from_errno(errno, "cannot look at /proc/%d/%s",
						 dump->process, name);
		close(link);
	}
	return error_create(ERROR_UNSUPPORTED, "the process has no descriptor left");
}

static struct error *plan_dump(const struct dump *dump, struct call_item *item)
{
	struct caller *caller = dump->jemalloc->caller;
	uint64_t name, path, pointer;
	struct error *error;
	char text[64];

	snprintf(text, sizeof(text), "/proc/thread-self/fd/%d", dump->descriptor);
	error = caller_put(caller, "prof.dump", sizeof("prof.dump"), &name);
	if (!error)
		error = caller_put(caller, text, strlen(text) + 1, &path);
	if (!error)
		error = caller_put_pointer(caller, path, &pointer);
	if (error)
		return error;
	*item = (struct call_item){.function = dump->jemalloc->instance->mallctl,
		.arguments = {name, 0, 0, pointer, sizeof(uint64_t)},
		.only_if_from = MOVE + 1,
		.only_if_value = (uint64_t)dump->descriptor};
	return NULL;
}

static struct error *plan_holds(struct dump *dump, struct call_item *items)
{
	struct error *error = caller_share(
		dump->jemalloc->caller, hold_lengths, sizeof(hold_lengths), &dump->holds);

	for (size_t i = 0; !error && i < HOLDS; i++)
		items[i] = (struct call_item){.number = SYS_nanosleep,
			.arguments = {
				dump->holds + i / HOLDS_OF_A_LENGTH * sizeof(hold_lengths[0])}};
	return error;
}

static struct error *plan(struct dump *dump, struct call_item items[ITEMS])
{
	struct caller *caller = dump->jemalloc->caller;
	struct error *error = caller_begin(caller);
	uint64_t name;

	if (!error)
		error = caller_put(caller, CALL_MEMORY_FILE, sizeof(CALL_MEMORY_FILE), &name);
	if (error)
		return error;
	items[CREATE] =
		(struct call_item){.number = SYS_memfd_create, .arguments = {name, MFD_CLOEXEC}};
	items[MOVE] = (struct call_item){.number = SYS_fcntl,
		.arguments = {0, F_DUPFD_CLOEXEC, (uint64_t)dump->descriptor},
		.first_from = CREATE + 1,
		.opens = 1};
	items[CLOSE_FIRST] = (struct call_item){.number = SYS_close, .first_from = CREATE + 1};
	items[CLOSE] = (struct call_item){.number = SYS_close, .first_from = MOVE + 1};
	error = plan_dump(dump, &items[DUMP]);
	return error ? error : plan_holds(dump, &items[HOLD]);
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

static struct error *explain_dump(const struct jemalloc *jemalloc, int result)
{
	if (result != EFAULT)
		return mallctl_explain(jemalloc, "prof.dump", result);
	return error_set_hint(
		error_create(ERROR_FAILED, "jemalloc could not write the dump (EFAULT)"),
		"it says no more than that: /proc may be missing in the process's root directory, "
		"memory may be short, or the borrowed thread was ending");
}

static struct error *not_opened(const struct dump *dump)
{
	return error_set_hint(
		error_create(ERROR_FAILED,
			"limpet did not get to open /proc/%d/fd/%d before the process closed it",
			dump->process, dump->descriptor),
		"the machine is very busy, or the file is kept from limpet; try again");
}

static struct error *run(struct dump *dump, struct call_item items[ITEMS])
{
	struct jemalloc *jemalloc = dump->jemalloc;
	const struct call_wait wait = {open_or_interrupted, dump};
	struct error *error = plan(dump, items);

	return error ? error
		     : caller_run(jemalloc->caller, items, ITEMS, true, &wait, &jemalloc->report);
}

/* *ret_again: another thread has taken the descriptor meanwhile, and nothing was dumped. */
static struct error *dump_once(struct dump *dump, bool *ret_again)
{
	struct call_item items[ITEMS];
	struct error *error = choose_descriptor(dump);

	*ret_again = false;
	if (!error)
		error = run(dump, items);
	if (!error)
		error = explain_files(items);
	if (error)
		return error;
	*ret_again = items[DUMP].result == CALL_NOT_MADE;
	if (*ret_again)
		return error_create(ERROR_FAILED,
			"the process keeps taking the descriptors that limpet chooses");
	if ((int)items[DUMP].result)
		return explain_dump(dump->jemalloc, (int)items[DUMP].result);
	return dump->file < 0 ? not_opened(dump) : NULL;
}

static struct error *dump_in_time(struct dump *dump)
{
	for (unsigned tries = 0;; tries++) {
		bool again;
		struct error *error = dump_once(dump, &again);

		if (!error || !again || tries == TRIES)
			return error;
		error_destroy(error);
		cleanup_close(&dump->file);
		dump->file = -1;
	}
}

struct error *profiler_dump(struct jemalloc *jemalloc, pid_t process, struct u8_array *ret)
{
	struct dump dump = {
		.jemalloc = jemalloc, .process = process, .wait = jemalloc->wait, .file = -1};
	struct error *error = check_limits(process);

	if (!error)
		error = dump_in_time(&dump);
	if (!error)
		error = file_read_fd(dump.file, DUMP_LIMIT, ret);
	if (!error)
		error = dump_maps_complete(process, ret);
	cleanup_close(&dump.file);
	return error ? error_add_context(error, "heap dump") : NULL;
}
