#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

/* Whether a call that makes a descriptor did. */
static bool opened(int fd)
{
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool reads_file(int parent)
{
	(void)parent;
	return opened(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static bool writes_file(int parent)
{
	(void)parent;
	return opened(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static bool creates_file(int parent)
{
	(void)parent;
	return opened(open("/dev/shm/limpet-sandbox", O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
}

static bool opens_by_openat2(int parent)
{
	uint64_t how[3] = {O_RDONLY};

	(void)parent;
	return opened((int)syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how)));
}

static bool makes_internet_socket(int parent)
{
	(void)parent;
	return opened(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static bool makes_packet_socket(int parent)
{
	(void)parent;
	return opened(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static bool makes_netlink_socket(int parent)
{
	(void)parent;
	return opened(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static bool listens(int parent)
{
	(void)parent;
	return listen(3, 1) == 0 || errno != EPERM;
}

static bool resolves_name(int parent)
{
	struct addrinfo *found = NULL;

	(void)parent;
	if (getaddrinfo("localhost", "80", NULL, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

static bool executes(int parent)
{
	char *const words[] = {strdup("true"), NULL};

	(void)parent;
	execv("/bin/true", words);
	if (errno == EPERM)
		syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, NULL, 0);
	free(words[0]);
	return errno != EPERM;
}

static bool forks(int parent)
{
	const pid_t child = fork();

	(void)parent;
	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return child > 0;
}

static void *nothing(void *argument)
{
	return argument;
}

static bool makes_thread(int parent)
{
	pthread_t thread;

	(void)parent;
	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool traces_parent(int parent)
{
	return ptrace(PTRACE_SEIZE, parent, NULL, NULL) == 0 ||
	       ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0 || errno != EPERM;
}

static bool reads_parent(int parent)
{
	char here;
	struct iovec own = {&here, 1}, other = {&here, 1};

	return process_vm_readv(parent, &own, 1, &other, 1, 0) >= 0 || errno != EPERM;
}

static bool writes_parent(int parent)
{
	static char here;
	struct iovec own = {&here, 1}, other = {&here, 1};

	return process_vm_writev(parent, &own, 1, &other, 1, 0) >= 0 || errno != EPERM;
}

static bool signals_parent(int parent)
{
	return kill(parent, 0) == 0 || syscall(SYS_tgkill, parent, parent, 0) == 0 ||
	       opened((int)syscall(SYS_pidfd_open, parent, 0));
}

static bool looks_at_parent(int parent)
{
	return getpriority(PRIO_PROCESS, (id_t)parent) >= 0 || getpgid(parent) >= 0;
}

static bool maps_code(int parent)
{
	void *at = mmap(
		NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)parent;
	if (at != MAP_FAILED)
		munmap(at, PAGE);
	return at != MAP_FAILED;
}

static bool turns_data_to_code(int parent)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool done = at == MAP_FAILED || mprotect(at, PAGE, PROT_READ | PROT_EXEC) == 0;

	(void)parent;
	if (at != MAP_FAILED)
		munmap(at, PAGE);
	return done;
}

static bool changes_user(int parent)
{
	(void)parent;
	return setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0;
}

static bool raises_limit(int parent)
{
	const struct rlimit limit = {1, 1};

	(void)parent;
	return setrlimit(RLIMIT_CORE, &limit) == 0;
}

static bool mounts(int parent)
{
	(void)parent;
	return mount("none", "/", "tmpfs", 0, NULL) == 0 || errno != EPERM;
}

static bool unshares(int parent)
{
	(void)parent;
	return unshare(CLONE_NEWUSER) == 0 || errno != EPERM;
}

static bool uses_bpf(int parent)
{
	union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY};

	(void)parent;
	return opened((int)syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes))) ||
	       errno != EPERM;
}

static bool counts_events(int parent)
{
	struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE};

	(void)parent;
	return opened((int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0)) ||
	       errno != EPERM;
}

static bool loads_module(int parent)
{
	(void)parent;
	return syscall(SYS_finit_module, 0, "", 0) == 0 || errno != EPERM;
}

static bool lets_others_look(int parent)
{
	(void)parent;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool uses_ring(int parent)
{
	(void)parent;
	return syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno != EPERM;
}

static bool allocates(int parent)
{
	void *block = malloc(1 << 20);

	(void)parent;
	if (block)
		memset(block, 1, 1 << 20);
	free(block);
	return block != NULL;
}

const struct attempt attempts[] = {
	{"allocate", allocates, true, true},
	{"read a file", reads_file, false, true},
	{"write a file", writes_file, false, false},
	{"create a file", creates_file, false, false},
	{"open by openat2", opens_by_openat2, false, false},
	{"make an internet socket", makes_internet_socket, false, true},
	{"make a packet socket", makes_packet_socket, false, false},
	{"make a netlink socket", makes_netlink_socket, false, false},
	{"listen", listens, false, false},
	{"resolve a name", resolves_name, false, true},
	{"execute a program", executes, false, false},
	{"fork", forks, false, false},
	{"make a thread", makes_thread, false, true},
	{"trace the parent", traces_parent, false, false},
	{"read the parent's memory", reads_parent, false, false},
	{"write the parent's memory", writes_parent, false, false},
	{"signal the parent", signals_parent, false, false},
	{"look at the parent", looks_at_parent, false, false},
	{"map code", maps_code, false, false},
	{"turn data to code", turns_data_to_code, false, false},
	{"become root", changes_user, false, false},
	{"raise a limit", raises_limit, false, false},
	{"mount", mounts, false, false},
	{"unshare", unshares, false, false},
	{"use bpf", uses_bpf, false, false},
	{"count events", counts_events, false, false},
	{"load a module", loads_module, false, false},
	{"use io_uring", uses_ring, false, false},
	{"let others look inside", lets_others_look, false, false},
};
const size_t attempt_count = sizeof(attempts) / sizeof(attempts[0]);
