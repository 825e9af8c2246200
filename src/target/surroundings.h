#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * What decides whether limpet can have a process, read from /proc and /sys, for `doctor` to judge.
 * Nothing is stopped or changed. root: a folder that all paths begin with; "" for the real ones.
 */

enum container_kind {
	CONTAINER_NONE,
	CONTAINER_DOCKER,
	CONTAINER_PODMAN,
	CONTAINER_KUBERNETES,
	CONTAINER_OTHER, /* namespaces of its own, by whomever */
};

enum probe_outcome {
	PROBE_NOT_MADE,
	PROBE_PERMITTED,
	PROBE_REFUSED,
};

struct host_facts {
	char release[64];          /* of the kernel: "6.1.0-18-amd64" */
	unsigned major, minor;     /* of that; 0: unknown */
	uid_t user;                /* limpet's own */
	bool may_trace;            /* CAP_SYS_PTRACE, effective */
	bool may_open_map_files;   /* CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE, likewise */
	int yama;                  /* kernel.yama.ptrace_scope; -1: no Yama */
	int selinux;               /* 1: enforcing, 0: permissive, -1: not there */
	unsigned seccomp;          /* of limpet itself, as in /proc/PID/status: 2 is filters */
	enum probe_outcome ptrace; /* what they say, where there are any */
	enum probe_outcome process_vm_readv;
	bool own_users, own_processes; /* in a user or PID namespace that is not the first */
	enum container_kind container;
	char label[128];       /* of limpet: AppArmor's or SELinux's; "" for none */
	char distribution[32]; /* ID of /etc/os-release: "debian"; "": unknown */
	char clock_source[32]; /* "tsc"; "": unknown */
	uint64_t open_files;   /* how many it may have open; 0: unknown */
};

struct process_facts {
	pid_t pid;
	pid_t inside;  /* as it sees itself */
	char name[16]; /* comm */
	char state;    /* as in /proc/PID/stat */
	uid_t user;    /* effective */
	uint64_t threads;
	pid_t tracer; /* 0: none */
	char tracer_name[16];
	unsigned seccomp, seccomp_filters;
	bool dumpable; /* false: it closed itself to its own user, or is set-user-ID */
	/* Its namespaces are limpet's; true also where that cannot be read. */
	bool same_users, same_processes, same_mounts, same_times;
	char label[128]; /* as limpet's own */
};

struct error *host_facts_read(const char *root, struct host_facts *ret) MUST_CHECK;

/* What limpet's own seccomp filters make of ptrace(2) and process_vm_readv(2): asked in a child. */
void host_facts_probe(struct host_facts *facts);

/* ERROR_GONE: there is no such process here. */
struct error *process_facts_read(const char *root, pid_t pid, struct process_facts *ret) MUST_CHECK;
