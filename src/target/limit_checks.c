#include "target/limit_checks.h"

#include <linux/capability.h>

#include "base/array.h"

#define KIB 1024
#define MIB (1024 * KIB)

/* Of __vm_enough_memory() in mm/util.c of Linux 6.18: vm.user_reserve_kbytes, admin_reserve_kbytes.
 */
#define OVERCOMMIT_NEVER 2
#define USER_RESERVE     (128ULL * MIB)
#define ADMIN_RESERVE    (8ULL * MIB)

static bool exceeds(uint64_t used, uint64_t more, uint64_t limit)
{
	return more && limit != LIMIT_NONE && (used > limit || more > limit - used);
}

static uint64_t left_of(uint64_t used, uint64_t limit)
{
	return used < limit ? limit - used : 0;
}

static bool has_capability(const struct limit_facts *facts, int capability)
{
	return facts->status.effective_capabilities >> capability & 1;
}

static struct error *too_little(const struct limit_facts *facts, const char *limit, uint64_t left,
	uint64_t needed, const char *option)
{
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"process %d has %lu KiB left of its limit %s, and the call takes %lu KiB",
			facts->pid, left / KIB, limit, (needed + KIB - 1) / KIB),
		"raise the limit: prlimit --pid %d --%s=unlimited", facts->pid, option);
}

/* may_expand_vm() in mm/mmap.c */
static struct error *check_address_space(
	const struct limit_facts *facts, const struct limit_need *need)
{
	uint64_t used = facts->status.address_space, limit = facts->limits.address_space;

	if (!exceeds(used, need->memory, limit))
		return NULL;
	return too_little(facts, "RLIMIT_AS", left_of(used, limit), need->memory, "as");
}

static struct error *check_data(const struct limit_facts *facts, const struct limit_need *need)
{
	uint64_t used = facts->status.data, limit = facts->limits.data;

	if (!exceeds(used, need->memory, limit))
		return NULL;
	return too_little(facts, "RLIMIT_DATA", left_of(used, limit), need->memory, "data");
}

/*
 * After mlockall(MCL_FUTURE) new mappings are locked as well, and must fit: mlock_future_ok() in
 * mm/mmap.c. The kernel does not tell who has called it; most of the memory locked is its sign.
 */
static struct error *check_locked(const struct limit_facts *facts, const struct limit_need *need)
{
	uint64_t used = facts->status.locked_memory, limit = facts->limits.locked_memory;

	if (!used || used < facts->status.address_space / 2 ||
		has_capability(facts, CAP_IPC_LOCK) || !exceeds(used, need->memory, limit))
		return NULL;
	return too_little(facts, "RLIMIT_MEMLOCK, and locks all its memory", left_of(used, limit),
		need->memory, "memlock");
}

static struct error *check_mappings(const struct limit_facts *facts, const struct limit_need *need)
{
	if (!exceeds(facts->mappings, need->mappings, facts->mappings_max))
		return NULL;
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"process %d has %lu mappings, of which there may be %lu, and "
			"the call makes %lu more",
			facts->pid, facts->mappings, facts->mappings_max, need->mappings),
		"raise the limit: sudo sysctl vm.max_map_count=%lu", 2 * facts->mappings_max);
}

static struct error *check_commit(const struct limit_facts *facts, const struct limit_need *need)
{
	uint64_t reserve = facts->status.address_space / 32;

	if (facts->overcommit != OVERCOMMIT_NEVER || !need->memory)
		return NULL;
	reserve = (reserve < USER_RESERVE ? reserve : USER_RESERVE) + ADMIN_RESERVE;
	if (need->memory < UINT64_MAX - reserve &&
		!exceeds(facts->committed, need->memory + reserve, facts->commit_limit))
		return NULL;
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"the machine promises no more memory than it has "
			"(vm.overcommit_memory is 2), and the %lu KiB that the call takes in "
			"process %d are not left",
			(need->memory + KIB - 1) / KIB, facts->pid),
		"end some program, or permit more: sudo sysctl vm.overcommit_memory=0");
}

/* copy_process() in kernel/fork.c: not for root, nor for two capabilities. */
static struct error *check_processes(const struct limit_facts *facts, const struct limit_need *need)
{
	if (!facts->status.users[0] || has_capability(facts, CAP_SYS_RESOURCE) ||
		has_capability(facts, CAP_SYS_ADMIN) ||
		!exceeds(facts->user_tasks, need->threads, facts->limits.processes))
		return NULL;
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"user %u has %lu threads, of which process %d lets there be %lu "
			"(RLIMIT_NPROC), and the call starts another",
			facts->status.users[0], facts->user_tasks, facts->pid,
			facts->limits.processes),
		"raise the limit: prlimit --pid %d --nproc=unlimited", facts->pid);
}

static struct error *check_group(const struct limit_facts *facts, const struct limit_need *need)
{
	if (!exceeds(facts->group_tasks, need->threads, facts->group_tasks_max))
		return NULL;
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"the control group of process %d has %lu threads, of which there may be "
			"%lu (pids.max), and the call starts another",
			facts->pid, facts->group_tasks, facts->group_tasks_max),
		"raise the limit: TasksMax= of a systemd service, --pids-limit of a container");
}

static struct error *check_open_files(
	const struct limit_facts *facts, const struct limit_need *need)
{
	if (!exceeds(facts->open_files, need->open_files, facts->limits.open_files))
		return NULL;
	return error_set_hint(error_create(ERROR_UNSUPPORTED,
				      "process %d has %lu open files, of which there may be %lu "
				      "(RLIMIT_NOFILE), and the call opens another",
				      facts->pid, facts->open_files, facts->limits.open_files),
		"raise the limit: prlimit --pid %d --nofile=%lu", facts->pid,
		2 * facts->limits.open_files);
}

/* Writing past it sends SIGXFSZ, which ends the process. */
static struct error *check_file_size(const struct limit_facts *facts, const struct limit_need *need)
{
	if (!exceeds(0, need->file_size, facts->limits.file_size))
		return NULL;
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"process %d has a limit on the size of files (RLIMIT_FSIZE), and would be "
			"killed for writing one that exceeds it",
			facts->pid),
		"lift the limit first: prlimit --pid %d --fsize=unlimited", facts->pid);
}

typedef struct error *check_function(
	const struct limit_facts *facts, const struct limit_need *need);

static check_function *const checks[] = {
	check_address_space,
	check_data,
	check_locked,
	check_mappings,
	check_commit,
	check_processes,
	check_group,
	check_open_files,
	check_file_size,
};

struct error *limit_check(const struct limit_facts *facts, const struct limit_need *need)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct error *error = checks[i](facts, need);

		if (error)
			return error;
	}
	return NULL;
}
