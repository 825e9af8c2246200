#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/blocking_calls.h"
#include "arch/raw_registers.h"
#include "arch/registers.h"
#include "arch/seccomp_program.h"
#include "base/array.h"
#include "base/error.h"
#include "base/mappings.h"
#include "base/reader.h"
#include "base/stack_copy.h"

/*
 * The seam between limpet and what it looks at. Two implementations: a live process (live.h) and
 * a recorded snapshot (snapshot.h). Whoever uses a target does not know which one it has; what an
 * implementation cannot do answers ERROR_UNSUPPORTED.
 */

struct target_identity {
	pid_t pid;
	pid_t inside;     /* its PID as it sees itself, in its own namespace */
	char *name;       /* comm */
	char *executable; /* path, as the process sees it; "" if unknown */
	char *alias; /* of the same file, by the process's name: "/usr/bin/redis-server"; or NULL */
	uint64_t
		start_time; /* of the process, clock ticks since boot: with the PID, its identity */
	uid_t user;
};

struct thread {
	pid_t id;
	uint64_t cpu_time; /* ns that the kernel charged to it so far */
	uint64_t runs;     /* how often it has come onto a CPU; 0: unknown */
};
ARRAY_DEFINE(thread_array, struct thread)
ARRAY_DEFINE(descriptor_array, int)

struct target_memory { /* bytes */
	uint64_t resident;
	uint64_t proportional; /* shared pages divided by those who share them */
	uint64_t swapped;
};

struct target_figures {
	uint64_t cpu_time; /* ns, as target_cpu_time() */
	uint64_t resident; /* bytes, as target_resident_size() */
	uint64_t threads;
	uint64_t descriptors; /* that are open; 0 if they were not asked for */
};

struct thread_status {
	char name[16];
	char state;               /* as in /proc/PID/stat: R S D T t Z X I */
	pid_t inside;             /* its TID as the process sees it */
	int64_t system_call;      /* number of the one it sleeps in, or -1 */
	uint64_t arguments[6];    /* of that system call */
	uint64_t program_counter; /* behind its instruction */
	uint64_t stack_pointer;   /* in it */
	uint64_t sleeps;          /* how often it has gone to sleep, or has been stopped */
	uint64_t caught_signals;  /* of the process: those with a handler, bit 0 for signal 1 */
	unsigned seccomp;         /* 0: none, 1: strict, 2: filters */
	unsigned seccomp_filters;
	bool shadow_stack;
};

enum capture_outcome {
	CAPTURE_DONE,
	CAPTURE_ASLEEP,      /* left alone: see running_only */
	CAPTURE_THREAD_GONE, /* it exited; nothing wrong with that */
	CAPTURE_NOT_STOPPED, /* did not stop in time: uninterruptible sleep, no CPU */
	CAPTURE_SUSPENDED,   /* SIGSTOP or a terminal holds it; left as found */
	CAPTURE_STACK_UNREADABLE,
	CAPTURE_FOREIGN, /* a 32-bit thread */
	CAPTURE_TRACED,  /* another tracer has it */
	CAPTURE_OUTCOME_COUNT,
};

/* One phrase for each, such as "thread did not stop in time". */
const char *capture_outcome_text(enum capture_outcome outcome);

/* How much of a thread's stacks is to be copied, in bytes. */
struct stack_wish {
	size_t own; /* of the one that it is on; up to CAPTURE_STACK_MAX */
	/*
	 * Of each other one that its frames may go on on: where a running thread's frame pointers
	 * lead to, and, unless it is 0, from that address on. 0: none; up to CAPTURE_OTHER_MAX.
	 */
	size_t other;
	uint64_t other_address;
};

/* What is asked of one thread, and what came of it. */
struct capture {
	pid_t thread;               /* in */
	struct stack_wish wish;     /* in */
	bool running_only;          /* in: not to be stopped unless it runs or waits for a CPU */
	bool extended_wanted;       /* in: the vector registers too */
	struct time_left time_left; /* in: for a call that the stop makes fail, and is hidden */
	int memory; /* in: for its scratch, as in struct borrow; of the first capture alone */
	enum capture_outcome outcome;
	struct registers registers;
	struct raw_registers raw; /* of one that was stopped */
	uint32_t unknown;       /* of registers: a bit for each that only a stop would have shown */
	int64_t system_call;    /* number of the one it is in, or on its way back from; or -1 */
	uint64_t signal_mask;   /* blocked signals, bit 0 for signal 1 */
	uint64_t stack_address; /* of stack[0]: sp less the red zone */
	const uint8_t *stack;   /* borrowed, until the next capture of this target */
	size_t stack_length;
	struct stack_copy others[OTHER_STACKS]; /* borrowed likewise */
	const uint8_t *extended;                /* NT_X86_XSTATE; borrowed likewise */
	size_t extended_length;
	uint64_t cpu_time; /* of the thread, ns, right before; 0: that was not asked for */
	uint64_t held;     /* ns that the thread stood still */
	bool shortened;    /* it has gone on with what time_left says */
	bool moved;        /* it was not, or no longer, in the sleep that time_left is about */
};

#define SERIES_THREADS_MAX  8
#define SERIES_ROUNDS_MAX   128
#define SERIES_CAPTURES_MAX 256

/* Captures of the same threads at several times, with nobody asking in between. */
struct capture_series {
	const struct capture *threads;     /* in: as asked of target_capture(); with running_only */
	size_t thread_count;               /* in */
	uint64_t times[SERIES_ROUNDS_MAX]; /* in: target_now(), ascending */
	size_t rounds;                     /* in */
	size_t rounds_done;                /* out: how many of them there was room and need for */
	size_t count;                      /* out */
	struct series_capture {
		size_t round;
		struct capture capture; /* whose outcome is not CAPTURE_ASLEEP */
	} captures[SERIES_CAPTURES_MAX];
};

/* A thread that sleeps, as far as it is seen without a stop. */
struct sleeper {
	struct registers registers;
	uint32_t unknown;       /* a bit for each register that only a stop would show */
	char state;             /* as in struct thread_status: S, D, ... */
	int64_t system_call;    /* number; -1: it sleeps elsewhere in the kernel */
	uint64_t stack_address; /* of stack[0]: sp less the red zone */
	const uint8_t *stack;   /* borrowed, until the next one of this target */
	size_t stack_length;
	struct stack_copy other; /* borrowed likewise */
};

#define CAPTURE_BATCH_MAX 128
#define CAPTURE_STACK_MAX (1024 * 1024)
#define CAPTURE_OTHER_MAX (256 * 1024)
/* Bytes that a wish may be, with all stacks, and those of a batch together. */
#define CAPTURE_WISH_MAX   ((size_t)CAPTURE_STACK_MAX + (size_t)OTHER_STACKS * CAPTURE_OTHER_MAX)
#define CAPTURE_WISHES_MAX (64 * CAPTURE_WISH_MAX)

/* Bytes of a wish: its own stack, and the others. */
static inline size_t stack_wish_size(const struct stack_wish *wish)
{
	return wish->own + OTHER_STACKS * wish->other;
}

/* Frames end, and begin, so far below where frame pointers point to. */
#define CAPTURE_OTHER_BELOW 1024

/* Bytes to be put into the target's memory. */
struct memory_write {
	uint64_t address;
	const void *bytes;
	size_t length;
};

enum borrow_outcome {
	BORROW_DONE,
	BORROW_THREAD_GONE,
	BORROW_NOT_STOPPED,
	BORROW_SUSPENDED,
	BORROW_TRACED,
	BORROW_MOVED_ON,       /* not where it was when it was captured */
	BORROW_SIGNAL_PENDING, /* a signal waits for it, and comes first */
	BORROW_UNWRITABLE,     /* its memory could not be written; nothing was changed */
	BORROW_FAILED,         /* the kernel refused the registers; nothing was changed */
};

/* Sends a thread elsewhere, to code that brings it back by itself. */
struct borrow {
	const struct capture *found; /* where the thread must still be, to the last stack byte */
	int memory; /* target_open_memory(), from before anything was learnt of the program */
	const struct memory_write *writes; /* into memory that is dead to the program */
	size_t write_count;
	const struct memory_write *checks; /* bytes that must be there: what the plan relies on */
	size_t check_count;
	struct raw_registers registers; /* what it goes on with */
	struct time_left time_left;     /* as in a capture, if it is not sent off */
	uint64_t written; /* address of bytes that may have changed: blocking_call_written() */
	enum borrow_outcome outcome;
	uint64_t held;      /* ns that the thread stood still */
	uint64_t committed; /* monotonic ns: when it was sent off */
};

enum filters_outcome {
	FILTERS_READ,
	FILTERS_THREAD_GONE,
	FILTERS_NOT_STOPPED,
	FILTERS_TRACED,
	FILTERS_NO_RIGHT,     /* CAP_SYS_ADMIN in the first user namespace is what it takes */
	FILTERS_CONFINED,     /* limpet is under seccomp itself, and is not told */
	FILTERS_NOT_RECORDED, /* the kernel keeps none: CONFIG_CHECKPOINT_RESTORE, or eBPF */
	FILTERS_TOO_MANY,
	FILTERS_OUTCOME_COUNT,
};

/* One phrase for each, such as "limpet is confined by seccomp itself". */
const char *filters_outcome_text(enum filters_outcome outcome);

/* The seccomp filters of one thread. */
struct seccomp_filters {
	enum filters_outcome outcome;
	struct seccomp_program *programs; /* in the order in which they were installed */
	size_t count;
	struct sock_filter *items; /* of all programs */
	uint64_t held;             /* ns that the thread stood still */
};

void seccomp_filters_deinit(struct seccomp_filters *filters);

struct target;

#define TARGET_ROOT_SIZE 96

struct target_operations {
	void (*destroy)(struct target *target);
	struct error *(*list_threads)(struct target *target, struct thread_array *ret);
	struct error *(*refresh_threads)(
		struct target *target, struct thread *threads, size_t count);
	struct error *(*list_mappings)(struct target *target, struct mappings *ret);
	size_t (*read)(struct target *target, uint64_t address, void *buffer, size_t length);
	struct error *(*open_mapping)(
		struct target *target, const struct mapping *mapping, int *ret_fd);
	struct error *(*open_trusted)(struct target *target, const char *path, int *ret_fd);
	void (*root)(struct target *target, char ret[TARGET_ROOT_SIZE]);
	const char *(*build_id)(struct target *target, const struct mapping *mapping);
	bool (*thread_status)(struct target *target, pid_t thread, struct thread_status *ret);
	uint64_t (*asleep_for)(struct target *target, pid_t thread);
	bool (*read_sleeper)(struct target *target, pid_t thread, const struct stack_wish *wish,
		struct sleeper *ret);
	uint64_t (*receive_time_out)(struct target *target, int descriptor);
	struct error *(*open_memory)(struct target *target, int *ret_fd);
	struct error *(*find_descriptors)(
		struct target *target, const char *path, struct descriptor_array *ret);
	struct error *(*claim)(struct target *target);
	void (*release)(struct target *target);
	struct error *(*borrow)(struct target *target, struct borrow *borrow);
	struct error *(*seccomp_filters)(
		struct target *target, pid_t thread, struct seccomp_filters *ret);
	struct error *(*cpu_time)(struct target *target, uint64_t *ret);
	struct error *(*memory_use)(struct target *target, struct target_memory *ret);
	struct error *(*resident_size)(struct target *target, uint64_t *ret);
	struct error *(*figures)(
		struct target *target, bool descriptors, struct target_figures *ret);
	struct error *(*open_end)(struct target *target, int *ret_fd);
	struct error *(*capture)(
		struct target *target, uint64_t time, struct capture *captures, size_t count);
	struct error *(*capture_series)(struct target *target, struct capture_series *series);
	uint64_t (*tracer_time)(struct target *target);
	uint64_t (*now)(struct target *target);
	struct error *(*wait_until)(struct target *target, uint64_t time);
};

struct target {
	const struct target_operations *operations;
	struct target_identity identity;
};

void target_destroy(struct target *target); /* lets go of everything; takes NULL */

/* Appends all threads that live now. ERROR_GONE if the process does not. */
struct error *target_list_threads(struct target *target, struct thread_array *ret) MUST_CHECK;

/*
 * Reads the CPU times of threads again that were listed before: cheap, however many threads there
 * are beside them. Those that are gone get the id 0. ERROR_UNSUPPORTED of a recording, where they
 * come with the list alone.
 */
struct error *target_refresh_threads(struct target *target, struct thread *threads, size_t count)
	MUST_CHECK;

/* How many seccomp filters limpet itself runs under: those of its container, if any. */
unsigned target_own_seccomp_filters(void);

/* Whether a user means that thread: by its name or its number. */
bool thread_is_meant(const char *text, pid_t thread, const char *name);

/* false: the thread is gone. */
bool target_thread_status(struct target *target, pid_t thread, struct thread_status *ret);

/* The thread that has this number as the process sees it. ERROR_NOT_FOUND: none has. */
struct error *target_find_thread(struct target *target, pid_t inside, pid_t *ret) MUST_CHECK;

/* ns that a sleeping thread has slept by now, or a little less; 0: unknown, or not asleep. */
uint64_t target_asleep_for(struct target *target, pid_t thread);

/* ns that a receiver waits at most: SO_RCVTIMEO. 0: for ever, no socket, or not to be seen. */
uint64_t target_receive_time_out(struct target *target, int descriptor);

/*
 * Reads a sleeping thread without a stop, with as much of its stack as is wanted and there, and of
 * another one if its address is known. All is of one and the same sleep. false: it runs, or has run
 * meanwhile, or cannot be read so; then target_capture() can.
 */
bool target_read_sleeper(
	struct target *target, pid_t thread, const struct stack_wish *wish, struct sleeper *ret);

struct error *target_list_mappings(struct target *target, struct mappings *ret) MUST_CHECK;

/* Bytes read from the start on; 0 if the address is not readable. */
size_t target_read(struct target *target, uint64_t address, void *buffer, size_t length);
struct memory_reader target_reader(struct target *target);

/* The file behind a mapping, also when it is deleted or in another mount namespace. */
struct error *target_open_mapping(struct target *target, const struct mapping *mapping, int *ret_fd)
	MUST_CHECK;

/*
 * The folder that is the root of the process's files: "/proc/PID/root"; "" if they are limpet's
 * own. false of a recording, whose files are anybody's.
 */
bool target_root(struct target *target, char ret[static TARGET_ROOT_SIZE]);

/*
 * The build id that the file of a mapping had when it was recorded, in hexadecimal; "" of a
 * process, whose files are there, and if it is not known. Borrowed.
 */
const char *target_build_id(struct target *target, const struct mapping *mapping);

/*
 * Opens a file that the process may have written, by its absolute path as the process sees it. What
 * somebody else put there, by mistake or to deceive, is ERROR_DENIED: a file that neither the user
 * of the process nor root owns, one that was last written before the process began, a symbolic
 * link, anything else than a regular file. ERROR_NOT_FOUND, ERROR_GONE; ERROR_UNSUPPORTED of a
 * recording.
 */
struct error *target_open_trusted(struct target *target, const char *path, int *ret_fd) MUST_CHECK;

/* ns of CPU that the kernel charged to the whole process, threads that exited included. */
struct error *target_cpu_time(struct target *target, uint64_t *ret) MUST_CHECK;

/* ns of CPU that limpet itself has used, with the process that does its tracing of this target. */
uint64_t target_own_cpu_time(struct target *target);

/* As proc_read_memory(). ERROR_UNSUPPORTED of a recording, too. */
struct error *target_memory_use(struct target *target, struct target_memory *ret) MUST_CHECK;
/* RSS in bytes, as the kernel counts along: cheap, and may lag behind by some pages. */
struct error *target_resident_size(struct target *target, uint64_t *ret) MUST_CHECK;

/*
 * What can be looked at again and again: files of /proc alone are read, and the process is not
 * touched. descriptors: count them, too. ERROR_GONE, also when another process has its PID by now;
 * ERROR_UNSUPPORTED of a recording.
 */
struct error *target_read_figures(
	struct target *target, bool descriptors, struct target_figures *ret) MUST_CHECK;

/*
 * A descriptor that poll(2) finds readable once the process has ended. The caller closes it.
 * ERROR_GONE: it has. ERROR_UNSUPPORTED of a recording, and before Linux 5.3.
 */
struct error *target_open_end(struct target *target, int *ret_fd) MUST_CHECK;

/*
 * Waits until that time (target_now(); 0: at once), then stops each thread for the copy of its
 * registers and stack, all together, and lets each go as soon as it is copied. What became of each
 * is its outcome; an error is about the whole target: ERROR_GONE, ERROR_DENIED. At most
 * CAPTURE_BATCH_MAX threads, and CAPTURE_WISHES_MAX.
 */
struct error *target_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count) MUST_CHECK;

/* Whether there is target_capture_series(): a recording takes up every single round. */
bool target_has_series(const struct target *target);

/*
 * target_capture() at each of the times, at a fraction of what that costs: limpet sleeps meanwhile.
 * The series ends early where there is no room for another round, or where the threads have gone to
 * other CPUs. Errors as of target_capture().
 */
struct error *target_capture_series(struct target *target, struct capture_series *series)
	MUST_CHECK;

/*
 * A descriptor that reads and writes the memory by address (pread(2), pwrite(2)), whatever the
 * protection of the pages, as long as the process executes the program that it executes now: not
 * another process that gets its PID, and not another program. The caller closes it.
 */
struct error *target_open_memory(struct target *target, int *ret_fd) MUST_CHECK;

/*
 * The descriptors of the process that are files by that path, as /proc/PID/fd names them: appended.
 * ERROR_GONE, ERROR_DENIED.
 */
struct error *target_find_descriptors(
	struct target *target, const char *path, struct descriptor_array *ret) MUST_CHECK;

/*
 * Keeps every other limpet from borrowing threads of this process, until as many target_release(),
 * or the end of limpet. ERROR_DENIED when another one does not let go in time.
 */
struct error *target_claim(struct target *target) MUST_CHECK;
void target_release(struct target *target);

/*
 * Stops the thread; if it is still where it was found and no signal waits for it, does the writes,
 * commits the registers in one request, and detaches. What came of it is the
 * outcome; on any but BORROW_DONE the thread goes on as if nothing had been.
 */
struct error *target_borrow(struct target *target, struct borrow *borrow) MUST_CHECK;

/*
 * Copies the thread's filters, for which it is stopped, unless it is known ahead that it has none,
 * or that the kernel will not tell. What came of it is the outcome. The caller deinitializes it.
 */
struct error *target_seccomp_filters(
	struct target *target, pid_t thread, struct seccomp_filters *ret) MUST_CHECK;

/* The clock that capturing goes by: monotonic ns. A snapshot's time is that of its recording. */
uint64_t target_now(struct target *target);
/* ERROR_GONE when the process ended meanwhile, or the recording did; returns early on a signal. */
struct error *target_wait_until(struct target *target, uint64_t time) MUST_CHECK;
