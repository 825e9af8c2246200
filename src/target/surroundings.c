#include "target/surroundings.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "target/limits.h"
#include "target/proc.h"

#define FILE_LIMIT (1024 * 1024)
#define PATH_SIZE  512

/* The first namespaces: include/linux/proc_ns.h. */
#define FIRST_USERS     "user:[4026531837]"
#define FIRST_PROCESSES "pid:[4026531836]"

#ifndef CAP_CHECKPOINT_RESTORE /* since Linux 5.9 */
#define CAP_CHECKPOINT_RESTORE 40
#endif

/* What cannot be read is empty. */
static void read_file(const char *root, const char *path, struct u8_array *ret)
{
	char whole[PATH_SIZE];

	if (snprintf(whole, sizeof(whole), "%s%s", root, path) < (int)sizeof(whole))
		error_destroy(file_read(whole, FILE_LIMIT, ret));
}

/* The first line, as far as there is room. */
static void read_line(const char *root, const char *path, char *ret, size_t size)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	size_t length = 0;

	read_file(root, path, &text);
	while (length < text.count && length + 1 < size && text.items[length] &&
		text.items[length] != '\n')
		length++;
	if (length)
		memcpy(ret, text.items, length);
	ret[length] = '\0';
}

/* A number at the file's start, or -1. */
static int read_number(const char *root, const char *path)
{
	char line[32];

	read_line(root, path, line, sizeof(line));
	return line[0] >= '0' && line[0] <= '9' ? atoi(line) : -1;
}

static void read_link(
	const char *root, const char *process, const char *name, char *ret, size_t size)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/proc/%s/ns/%s", root, process, name);
	ssize_t length = readlink(path, ret, size - 1);
	ret[length > 0 ? length : 0] = '\0';
}

static bool is_of_first(const char *root, const char *name, const char *first)
{
	char link[64];

	read_link(root, "self", name, link, sizeof(link));
	return !*link || strcmp(link, first) == 0;
}

static bool is_of_same(const char *root, const char *process, const char *name)
{
	char own[64], other[64];

	read_link(root, "self", name, own, sizeof(own));
	read_link(root, process, name, other, sizeof(other));
	return !*own || !*other || strcmp(own, other) == 0;
}

static bool exists(const char *root, const char *path)
{
	char whole[PATH_SIZE];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return access(whole, F_OK) == 0;
}

static enum container_kind find_container(const char *root, const struct host_facts *facts)
{
	if (exists(root, "/var/run/secrets/kubernetes.io"))
		return CONTAINER_KUBERNETES;
	if (exists(root, "/.dockerenv"))
		return CONTAINER_DOCKER;
	if (exists(root, "/run/.containerenv"))
		return CONTAINER_PODMAN;
	return facts->own_processes ? CONTAINER_OTHER : CONTAINER_NONE;
}

static struct error *read_status(const char *root, const char *process, struct proc_status *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%s/status", process);
	read_file(root, path, &text);
	if (!text.count)
		return error_create(ERROR_GONE, "there is no process %s here", process);
	if (!proc_parse_status(cursor_over(text.items, text.count), ret))
		return error_create(ERROR_MALFORMED, "%s does not have the form of proc(5)", path);
	return NULL;
}

static void read_label(const char *root, const char *process, char *ret, size_t size)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%s/attr/current", process);
	read_line(root, path, ret, size);
}

static bool has_capability(const struct proc_status *status, int capability)
{
	return status->effective_capabilities >> capability & 1;
}

/* os-release(5): ID=debian, perhaps quoted. */
static void read_distribution(const char *root, char *ret, size_t size)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct cursor rest, line;

	*ret = '\0';
	read_file(root, "/etc/os-release", &text);
	rest = cursor_over(text.items, text.count);
	while (cursor_take_line(&rest, &line)) {
		if (cursor_left(&line) > 3 && memcmp(line.at, "ID=", 3) == 0)
			snprintf(ret, size, "%.*s", (int)(cursor_left(&line) - 3),
				(const char *)line.at + 3);
	}
	size_t length = strlen(ret);
	if (length > 1 && ret[0] == '"' && ret[length - 1] == '"') {
		memmove(ret, ret + 1, length - 2);
		ret[length - 2] = '\0';
	}
}

static void read_kernel(const char *root, struct host_facts *ret)
{
	read_line(root, "/proc/sys/kernel/osrelease", ret->release, sizeof(ret->release));
	if (sscanf(ret->release, "%u.%u", &ret->major, &ret->minor) != 2)
		ret->major = ret->minor = 0;
	ret->yama = read_number(root, "/proc/sys/kernel/yama/ptrace_scope");
	ret->selinux = read_number(root, "/sys/fs/selinux/enforce");
	read_line(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
		ret->clock_source, sizeof(ret->clock_source));
}

static uint64_t read_open_files(const char *root)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct process_limits limits;

	read_file(root, "/proc/self/limits", &text);
	return limits_parse(cursor_over(text.items, text.count), &limits) ? limits.open_files : 0;
}

struct error *host_facts_read(const char *root, struct host_facts *ret)
{
	struct proc_status status = {0};
	struct error *error = read_status(root, "self", &status);

	if (error)
		return error;
	*ret = (struct host_facts){
		.user = status.users[1],
		.may_trace = has_capability(&status, CAP_SYS_PTRACE),
		.may_open_map_files = has_capability(&status, CAP_SYS_ADMIN) ||
				      has_capability(&status, CAP_CHECKPOINT_RESTORE),
		.seccomp = status.seccomp,
		.own_users = !is_of_first(root, "user", FIRST_USERS),
		.own_processes = !is_of_first(root, "pid", FIRST_PROCESSES),
		.open_files = read_open_files(root),
	};
	read_kernel(root, ret);
	read_distribution(root, ret->distribution, sizeof(ret->distribution));
	read_label(root, "self", ret->label, sizeof(ret->label));
	ret->container = find_container(root, ret);
	return NULL;
}

/* Process 0 does not exist: the kernel says so, unless a filter says no before. */
static int try_ptrace(void)
{
	return ptrace(PTRACE_SEIZE, 0, NULL, NULL) < 0 && errno == ESRCH;
}

static int try_process_vm_readv(void)
{
	return process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) == 0;
}

/* In a child, which a filter may kill. */
static enum probe_outcome probe(int (*is_permitted)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(!is_permitted());
	if (child < 0 || waitpid(child, &status, 0) != child)
		return PROBE_NOT_MADE;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? PROBE_PERMITTED : PROBE_REFUSED;
}

void host_facts_probe(struct host_facts *facts)
{
	if (!facts->seccomp)
		return;
	facts->ptrace = probe(try_ptrace);
	facts->process_vm_readv = probe(try_process_vm_readv);
}

static void read_name(const char *root, pid_t pid, char ret[static 16])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	read_line(root, path, ret, 16);
}

static char read_state(const char *root, const char *process)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct proc_stat stat;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/stat", process);
	read_file(root, path, &text);
	return proc_parse_stat(cursor_over(text.items, text.count), &stat) ? stat.state : '?';
}

/* A process that is not dumpable has its files owned by root. */
static bool looks_dumpable(const char *root, const char *process, uid_t user)
{
	char path[PATH_SIZE];
	struct stat status;

	snprintf(path, sizeof(path), "%s/proc/%s/mem", root, process);
	return stat(path, &status) < 0 || status.st_uid == user;
}

struct error *process_facts_read(const char *root, pid_t pid, struct process_facts *ret)
{
	struct proc_status status = {0};
	char process[16];

	snprintf(process, sizeof(process), "%d", pid);
	struct error *error = read_status(root, process, &status);
	if (error)
		return error;
	*ret = (struct process_facts){
		.pid = pid,
		.inside = status.inside ? status.inside : pid,
		.state = read_state(root, process),
		.user = status.users[1],
		.threads = status.threads,
		.tracer = status.tracer,
		.seccomp = status.seccomp,
		.seccomp_filters = status.seccomp_filters,
		.dumpable = looks_dumpable(root, process, status.users[1]),
		.same_users = is_of_same(root, process, "user"),
		.same_processes = is_of_same(root, process, "pid"),
		.same_mounts = is_of_same(root, process, "mnt"),
		.same_times = is_of_same(root, process, "time"),
	};
	read_name(root, pid, ret->name);
	if (ret->tracer)
		read_name(root, ret->tracer, ret->tracer_name);
	read_label(root, process, ret->label, sizeof(ret->label));
	return NULL;
}
