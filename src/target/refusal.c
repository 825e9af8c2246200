#include "target/refusal.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "target/proc.h"

/* Inode numbers of the first namespaces: include/linux/proc_ns.h. */
#define FIRST_USER_NAMESPACE 0xeffffffdu
#define FIRST_PID_NAMESPACE  0xeffffffcu

/* Root that lacks the capability: to become root is no advice. */
static struct error *explain_weak_root(const struct refusal_facts *facts, struct error *error)
{
	if (facts->in_container)
		return error_set_hint(error,
			"limpet runs as root, but in a container without the capability "
			"CAP_SYS_PTRACE: start the container with --cap-add=SYS_PTRACE, or run "
			"limpet on the host");
	return error_set_hint(error,
		"limpet runs as root, but without the capability CAP_SYS_PTRACE: give it "
		"back to this shell or service (CapabilityBoundingSet, --cap-add)");
}

static struct error *explain_other_user(const struct refusal_facts *facts, struct error *error)
{
	if (facts->own_user == 0)
		return explain_weak_root(facts, error);
	return error_set_hint(error, "run limpet as user %u or as root: sudo limpet -p %d",
		facts->target_user, facts->pid);
}

static struct error *explain_yama(const struct refusal_facts *facts, struct error *error)
{
	if (facts->yama >= 3)
		return error_set_hint(error,
			"kernel.yama.ptrace_scope is 3: nobody may attach to any process until the "
			"next boot with another value");
	if (facts->own_user == 0)
		return explain_weak_root(facts, error);
	if (facts->yama == 2)
		return error_set_hint(error,
			"kernel.yama.ptrace_scope is 2: run limpet as root (sudo limpet -p %d)",
			facts->pid);
	return error_set_hint(error,
		"kernel.yama.ptrace_scope is 1: run limpet as root (sudo limpet -p %d), or allow "
		"it "
		"until the next boot: sudo sysctl kernel.yama.ptrace_scope=0",
		facts->pid);
}

static struct error *explain_closed(const struct refusal_facts *facts, struct error *error)
{
	if (facts->own_user == 0)
		return explain_weak_root(facts, error);
	return error_set_hint(error, "run limpet as root: sudo limpet -p %d", facts->pid);
}

struct error *refusal_explain(const struct refusal_facts *facts)
{
	const char *name = facts->name;
	pid_t pid = facts->pid;

	if (facts->yama >= 3 && !facts->own_capability)
		return explain_yama(facts,
			error_create(ERROR_DENIED,
				"not permitted to attach to process %d (%s): the Yama security "
				"module forbids it",
				pid, name));
	if (!facts->own_capability && facts->own_user != facts->target_user)
		return explain_other_user(
			facts, error_create(ERROR_DENIED,
				       "not permitted to attach to process %d (%s): it belongs to "
				       "user %u, "
				       "limpet runs as user %u",
				       pid, name, facts->target_user, facts->own_user));
	if (facts->yama >= 1 && (facts->yama >= 3 || !facts->own_capability))
		return explain_yama(facts,
			error_create(ERROR_DENIED,
				"not permitted to attach to process %d (%s): the Yama security "
				"module forbids it",
				pid, name));
	if (!facts->dumpable && !facts->own_capability)
		return explain_closed(facts,
			error_create(ERROR_DENIED,
				"not permitted to attach to process %d (%s): it has closed itself "
				"to other processes of its user (set-user-ID, or "
				"PR_SET_DUMPABLE)",
				pid, name));
	return error_set_hint(
		error_create(ERROR_DENIED, "not permitted to attach to process %d (%s)", pid, name),
		"a security module or a seccomp filter forbids ptrace here: in a container, start "
		"it with --cap-add=SYS_PTRACE; else see `dmesg` or `ausearch -m avc`");
}

static int read_yama_scope(void)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = file_read("/proc/sys/kernel/yama/ptrace_scope", 64, &text);

	if (error || !text.count || text.items[0] < '0' || text.items[0] > '9') {
		error_destroy(error);
		return -1;
	}
	return text.items[0] - '0';
}

static bool in_first_namespace(const char *path, ino_t first)
{
	struct stat status;

	return stat(path, &status) == 0 && status.st_ino == first;
}

/* A process that is not dumpable has its /proc files owned by root. */
static bool looks_dumpable(pid_t pid, uid_t user)
{
	struct stat status;
	pid_t task = 0;
	char path[64];

	(void)proc_find_living(pid, &task);
	proc_format_path(path, sizeof(path), pid, task, "mem");
	return stat(path, &status) < 0 || status.st_uid == user;
}

struct error *refusal_of_process(pid_t pid, const char *name)
{
	struct proc_status own, target;
	struct error *error = proc_read_status(getpid(), 0, &own);

	if (!error)
		error = proc_read_status(pid, 0, &target);
	if (error)
		return error;
	struct refusal_facts facts = {
		.pid = pid,
		.name = name,
		.own_user = own.users[1],
		.target_user = target.users[1],
		.own_capability = own.effective_capabilities >> CAP_SYS_PTRACE & 1,
		.yama = read_yama_scope(),
		.in_container = !in_first_namespace("/proc/self/ns/user", FIRST_USER_NAMESPACE) ||
				!in_first_namespace("/proc/self/ns/pid", FIRST_PID_NAMESPACE),
		.dumpable = looks_dumpable(pid, target.users[1]),
	};
	return refusal_explain(&facts);
}
