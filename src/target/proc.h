#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cursor.h"
#include "base/error.h"
#include "target/target.h"

/* The texts of /proc/PID and /proc/PID/task/TID (proc(5)), parsed. */

struct proc_stat { /* stat */
	pid_t id;
	char name[16];
	char state;
	uint64_t flags;     /* PF_* of the kernel's sched.h */
	uint64_t user_time; /* clock ticks */
	uint64_t system_time;
	uint64_t start_time; /* clock ticks since boot */
	int processor;       /* that it ran on last */
};

struct proc_status {   /* status; what an older kernel does not say is 0 */
	pid_t process; /* Tgid */
	pid_t parent;
	pid_t tracer;   /* 0: none */
	pid_t inside;   /* its number in its own PID namespace: the last of NSpid */
	uid_t users[4]; /* real, effective, saved, file system */
	uint64_t pending_signals, shared_pending_signals, blocked_signals, caught_signals;
	uint64_t effective_capabilities;
	uint64_t address_space, data, locked_memory; /* bytes: VmSize, VmData, VmLck */
	uint64_t resident;                           /* bytes: VmRSS */
	uint64_t threads;
	uint64_t switches;        /* voluntary and forced */
	uint64_t sleeps;          /* voluntary_ctxt_switches */
	unsigned seccomp;         /* 0 none, 1 strict, 2 filter */
	unsigned seccomp_filters; /* how many; since Linux 5.9 */
	bool kernel_thread;       /* Kthread: 1; since Linux 6.13 */
	bool shadow_stack;        /* x86_Thread_features: shstk */
};

struct proc_system_call { /* syscall: the one it sleeps in */
	int64_t number;
	uint64_t arguments[6];
	uint64_t stack_pointer;
	uint64_t program_counter; /* behind the instruction */
};

/* false: not in the form of proc(5). */
bool proc_parse_stat(struct cursor text, struct proc_stat *ret);
bool proc_parse_status(struct cursor text, struct proc_status *ret);
/* One value of status or meminfo, such as "  300 kB": bytes. */
bool proc_parse_kib(struct cursor text, uint64_t *ret);
bool proc_parse_memory(struct cursor text, struct target_memory *ret);
/* schedstat: ns on a CPU. */
bool proc_parse_schedstat(struct cursor text, uint64_t *ret);
/* schedstat: ns that it has waited for a CPU, up to when it came onto one last. */
bool proc_parse_waited(struct cursor text, uint64_t *ret);
/* schedstat: how often it came onto a CPU. */
bool proc_parse_arrivals(struct cursor text, uint64_t *ret);
/* sched (kernel/sched/debug.c): ns of the scheduler's clock when the run time was last updated. */
bool proc_parse_last_run(struct cursor text, uint64_t *ret);
/* sched: how often it left a CPU, voluntarily or not. */
bool proc_parse_switches(struct cursor text, uint64_t *ret);
/* sched: how often it went to sleep, or was stopped. */
bool proc_parse_sleeps(struct cursor text, uint64_t *ret);
/* syscall: number -1 when it runs, or sleeps elsewhere. */
bool proc_parse_system_call(struct cursor text, struct proc_system_call *ret);

/* Read and parsed; ERROR_GONE if the process or thread does not exist. task 0: the process. */
struct error *proc_read_stat(pid_t process, pid_t task, struct proc_stat *ret) MUST_CHECK;
struct error *proc_read_status(pid_t process, pid_t task, struct proc_status *ret) MUST_CHECK;

/*
 * The kernel looks at every page of the process for that. ERROR_UNSUPPORTED before Linux 4.14.
 */
struct error *proc_read_memory(pid_t process, struct target_memory *ret) MUST_CHECK;

/* One file of /proc/PID or /proc/PID/task/TASK; ERROR_GONE if its owner does not exist. */
struct error *proc_read(pid_t process, pid_t task, const char *name, struct u8_array *ret)
	MUST_CHECK;

/* What a link such as exe points to; "" if it cannot be read. To be freed; NULL: no memory. */
char *proc_read_link(pid_t process, pid_t task, const char *name);

/* The path of such a file. */
void proc_format_path(char *path, size_t size, pid_t process, pid_t task, const char *name);

/*
 * When the first thread of a process has exited (pthread_exit() in main()) and others run on, its
 * stat tells of a zombie, and its memory, mappings and files are seen only through those others.
 * *ret_task: 0 where the process itself will do, else a thread that lives. false: none does, which
 * leaves an exit status, or nothing.
 */
bool proc_find_living(pid_t process, pid_t *ret_task);
bool proc_task_lives(pid_t process, pid_t task);

/* Opens a file of the process, or of a thread that lives. -1 and errno; ESRCH: none does. */
int proc_open_living(pid_t process, const char *name, int flags);
