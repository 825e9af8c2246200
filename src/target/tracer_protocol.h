#pragma once

#include <sys/types.h>

#include "target/target.h"

/* What limpet and its tracer process share: one mapping, and a socket to take turns. */

enum tracer_command {
	TRACER_CAPTURE,
	TRACER_SERIES,
	TRACER_BORROW,
	TRACER_FILTERS,
};

enum tracer_stage {
	STAGE_UNTOUCHED,
	STAGE_INTERRUPTED, /* seized, will stop */
	STAGE_RUNS_ON,     /* stopped once, and let run up to its next system call */
	STAGE_RESOLVED,    /* let go; outcome is valid */
};

/* Who has the turn, and whether limpet is to be told when it comes back. */
enum tracer_turn {
	TURN_TRACER,  /* limpet looks again by itself */
	TURN_WATCHED, /* limpet sleeps until the socket tells it */
	TURN_LIMPET,
};

#define EXTENDED_STATE_MAX (16 * 1024)
#define BORROW_WRITES_MAX  4
#define BORROW_BYTES_MAX   (128 * 1024)
#define BORROW_CHECK_MAX   64

struct tracer_item {
	/* asked */
	pid_t thread;
	struct stack_wish wish;
	size_t stack_offset; /* into the arena; its own stack, and the others behind it */
	bool running_only;
	bool extended_wanted;
	struct time_left time_left;
	/* answered */
	bool shortened;
	bool moved;
	enum tracer_stage stage;
	struct raw_registers fallback; /* for a thread that runs on, if a signal comes first */
	bool on_cpu;     /* right before it was interrupted; with running_only alone */
	bool runnable;   /* as seen before any of the batch was interrupted; with running_only alone
			  */
	bool displaced;  /* runs no longer because the tracer took its CPU */
	bool confirm;    /* as far as is known: how long it waits for its CPU will tell */
	bool refuted;    /* it has told otherwise */
	uint64_t waited; /* ns for a CPU, before it was interrupted */
	int processor;   /* that it ran on last; -1: unknown */
	bool alone;      /* the only one that is runnable */
	bool strayed;    /* alone, and on another CPU than the tracer's */
	uint64_t cpu_time; /* ns, before it was interrupted; 0: not asked for */
	size_t round;      /* of a series */
	int seize_errno;   /* why it could not be seized, or 0 */
	enum capture_outcome outcome;
	struct raw_registers raw; /* unless asleep */
	bool asleep;              /* read without a stop; then registers, unknown and system_call */
	struct registers registers;
	uint32_t unknown;
	int64_t system_call;
	uint64_t signal_mask;
	uint64_t stack_address;
	size_t stack_length;
	uint64_t other_addresses[OTHER_STACKS];
	size_t other_lengths[OTHER_STACKS];
	size_t extended_length;
	uint64_t held;
};

struct tracer_write {
	uint64_t address;
	size_t offset; /* into borrow bytes */
	size_t length;
};

struct tracer_borrow_request {
	struct raw_registers expected;
	uint64_t expected_mask;
	uint64_t stack_address;
	size_t stack_length;    /* the expected bytes are at the arena's start */
	size_t extended_length; /* 0: not compared; the expected bytes in extended[1] */
	uint64_t written;       /* of the stack, not compared: see struct borrow */
	struct raw_registers registers;
	struct tracer_write writes[BORROW_WRITES_MAX];
	size_t write_count;
	struct tracer_write checks[BORROW_WRITES_MAX]; /* what must be there */
	size_t check_count;
	uint8_t bytes[BORROW_BYTES_MAX];
	enum borrow_outcome outcome;
	uint64_t committed; /* monotonic ns */
	bool sent;          /* the thread has its new registers, whatever becomes of the tracer */
};

#define FILTERS_MAX 256
/* Of all filters of a thread: MAX_INSNS_PER_PATH in kernel/seccomp.c of Linux 6.18. */
#define FILTER_ITEMS_MAX 32768

/* The instructions are at the arena's start, one filter behind the other. */
struct tracer_filters_answer {
	int refused; /* errno; E2BIG: more than there is room for */
	size_t count;
	size_t lengths[FILTERS_MAX]; /* instructions */
};

/* Of the arena, a thread has its own stack, and the others behind it: stack_wish_size(). */
static inline size_t arena_other(const struct tracer_item *item, size_t number)
{
	return item->stack_offset + item->wish.own + number * item->wish.other;
}

/* Of the arena, for a series: those pages stay in use. */
#define SERIES_ARENA ((size_t)4 * 1024 * 1024)

/* What a series leaves behind: of each round those that were not left alone. */
struct tracer_series {
	uint64_t times[SERIES_ROUNDS_MAX]; /* monotonic ns */
	size_t rounds;
	size_t rounds_done;
	size_t round_size; /* bytes of the arena for a round, ... */
	size_t used;       /* ... and those that are in use */
	size_t record_count;
	struct tracer_item records[SERIES_CAPTURES_MAX];
};

/* So many are looked at one by one: a look takes some microseconds, mostly from a thread. */
#define TRACER_FEW 16

static inline void tracer_resolve(struct tracer_item *item, enum capture_outcome outcome)
{
	item->outcome = outcome;
	item->stage = STAGE_RESOLVED;
}

struct tracer_shared {
	pid_t process;
	enum tracer_command command;
	uint64_t time; /* to begin at, monotonic ns; 0: at once */
	int memory;    /* the tracer process's own: what it writes goes through it; -1: none */
	/*
	 * The tracer is to stay away from the CPUs of the threads: then a single one that is
	 * stopped runs on where it was, and finds its caches as it left them.
	 */
	bool apart;
	bool early; /* a series ended before its time: limpet is told in any case */
	enum tracer_turn turn;
	uint64_t stopped_since; /* monotonic ns; 0: no thread stands still */
	size_t processors;      /* so many threads can run at a time */
	size_t count;
	struct tracer_item items[CAPTURE_BATCH_MAX];
	struct tracer_series series;
	struct tracer_borrow_request borrow;
	struct tracer_filters_answer filters;
	uint8_t extended[2][EXTENDED_STATE_MAX]; /* of the first item alone */
	uint8_t arena[CAPTURE_WISHES_MAX];
};

/*
 * A thread is given this long to stop, ns. A runnable one may have to wait for a CPU; to let go of
 * it before it has stopped would make some system calls fail with EINTR.
 */
#define STOP_DEADLINE (2 * 1000 * 1000 * 1000ULL)

/* A thread stands still for some microseconds: after this long, ns, something is wrong. */
#define HOLD_DEADLINE (250 * 1000 * 1000ULL)

/* si_status of a stop at a system call, with PTRACE_O_TRACESYSGOOD. */
#define TRACER_SYSTEM_CALL_STOP (5 | 0x80)

/* Copies the filters of a thread that is stopped. */
void tracer_copy_filters(struct tracer_shared *shared, pid_t thread);

/*
 * The tracer process: answers requests on the socket until it is closed or limpet has died. Never
 * returns.
 */
void tracer_child_run(struct tracer_shared *shared, int socket, pid_t limpet)
	__attribute__((noreturn));
