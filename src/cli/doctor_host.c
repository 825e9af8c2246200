#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "cli/doctor.h"

#define SMALL_SPACE    (256 * 1024 * 1024)
#define FEW_FILES      256
#define SENSIBLE_TIME  1577836800 /* 2020 */
#define ADMITTED_BY_ID "it may trace processes of user %u only"

static bool is_older(const struct host_facts *host, unsigned major, unsigned minor)
{
	return host->major < major || (host->major == major && host->minor < minor);
}

/* memfd_create(2), and pidfd_getfd(2). */
void check_kernel(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct host_facts *host = &diagnosis->host;

	if (!host->major) {
		add_finding(findings, CHECK_UNKNOWN, "Linux of unknown version");
	} else if (is_older(host, 3, 17)) {
		add_finding(findings, CHECK_NO, "Linux %s is older than 3.17", host->release);
		add_remedy(findings, "take a newer kernel; `perf record` works with this one");
	} else if (is_older(host, 5, 6)) {
		add_finding(findings, CHECK_WARN,
			"Linux %s: before 5.6 the time limits of sockets cannot be read, and "
			"threads that wait with one are not borrowed for calls",
			host->release);
		add_remedy(findings, "none is needed for `cpu` and `stacks`");
	} else {
		add_finding(findings, CHECK_OK, "Linux %s", host->release);
	}
}

void check_rights(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct host_facts *host = &diagnosis->host;

	if (host->may_trace) {
		add_finding(findings, CHECK_OK,
			"limpet runs as user %u with CAP_SYS_PTRACE: other users' processes, too",
			host->user);
		return;
	}
	add_finding(findings, CHECK_WARN,
		"limpet runs as user %u without CAP_SYS_PTRACE: " ADMITTED_BY_ID, host->user,
		host->user);
	if (host->user == 0 && host->container != CONTAINER_NONE)
		add_remedy(findings, "start the container with --cap-add=SYS_PTRACE");
	else if (host->user == 0)
		add_remedy(findings, "give the capability back to this shell or service: "
				     "CapabilityBoundingSet=CAP_SYS_PTRACE");
	else
		add_remedy(findings, "sudo limpet ..., or once and for all: sudo setcap "
				     "cap_sys_ptrace+ep \"$(command -v limpet)\"");
}

void check_yama(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct host_facts *host = &diagnosis->host;

	if (host->yama < 0) {
		add_finding(findings, CHECK_OK, "this kernel has no Yama");
	} else if (host->yama >= 3) {
		add_finding(findings, CHECK_NO,
			"kernel.yama.ptrace_scope is 3: nobody may attach to any process");
		add_remedy(findings, "set another value in /etc/sysctl.d and boot: it cannot be "
				     "changed before");
	} else if (host->yama == 0 || host->may_trace) {
		add_finding(findings, CHECK_OK, "kernel.yama.ptrace_scope is %d%s", host->yama,
			host->yama ? ", which CAP_SYS_PTRACE passes" : "");
	} else if (host->yama == 2) {
		add_finding(findings, CHECK_NO,
			"kernel.yama.ptrace_scope is 2: it takes CAP_SYS_PTRACE to attach");
		add_remedy(findings, "sudo limpet ...");
	} else {
		add_finding(findings, CHECK_NO,
			"kernel.yama.ptrace_scope is 1: only a parent may attach");
		add_remedy(findings, "sudo limpet ..., or until the next boot: sudo sysctl "
				     "kernel.yama.ptrace_scope=0");
	}
}

static void add_seccomp_remedy(const struct host_facts *host, struct findings *findings)
{
	if (host->container == CONTAINER_KUBERNETES)
		add_remedy(findings, "securityContext: {capabilities: {add: [SYS_PTRACE]}, "
				     "seccompProfile: {type: Unconfined}}");
	else if (host->container != CONTAINER_NONE)
		add_remedy(findings, "start the container with --cap-add=SYS_PTRACE, or with "
				     "--security-opt seccomp=unconfined");
	else
		add_remedy(findings, "of a systemd service: SystemCallFilter=@debug @process; or "
				     "run limpet from another shell");
}

void check_seccomp(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct host_facts *host = &diagnosis->host;
	bool refuses_ptrace = host->ptrace == PROBE_REFUSED;
	bool refuses_reading = host->process_vm_readv == PROBE_REFUSED;

	if (!host->seccomp) {
		add_finding(findings, CHECK_OK, "limpet is not confined");
	} else if (refuses_ptrace || refuses_reading) {
		add_finding(findings, CHECK_NO, "limpet's own seccomp filters refuse %s%s%s",
			refuses_ptrace ? "ptrace" : "",
			refuses_ptrace && refuses_reading ? " and " : "",
			refuses_reading ? "process_vm_readv" : "");
		add_seccomp_remedy(host, findings);
	} else {
		add_finding(findings, CHECK_OK,
			"limpet's own filters permit ptrace and process_vm_readv");
	}
}

static const char *container_text(enum container_kind kind)
{
	switch (kind) {
	case CONTAINER_DOCKER:
		return "a Docker container";
	case CONTAINER_PODMAN:
		return "a Podman container";
	case CONTAINER_KUBERNETES:
		return "a Kubernetes pod";
	default:
		return "a container, or PID namespace of its own";
	}
}

static const char *container_remedy(enum container_kind kind)
{
	switch (kind) {
	case CONTAINER_DOCKER:
		return "docker run --pid=container:NAME --cap-add=SYS_PTRACE ... for the processes "
		       "of another one, --pid=host for all; or run limpet on the host";
	case CONTAINER_PODMAN:
		return "podman run --pid=container:NAME --cap-add=SYS_PTRACE ... for the processes "
		       "of another one, --pid=host for all; or run limpet on the host";
	case CONTAINER_KUBERNETES:
		return "kubectl debug -it POD --target=CONTAINER --image=IMAGE --profile=sysadmin "
		       "for the processes of another container; hostPID: true for all of the node";
	default:
		return "from outside: nsenter -t PID -p limpet ..., or limpet on the host, which "
		       "sees all processes";
	}
}

void check_container(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct host_facts *host = &diagnosis->host;

	if (host->container == CONTAINER_NONE && !host->own_users) {
		add_finding(findings, CHECK_OK, "limpet runs on the host itself");
		return;
	}
	if (host->container != CONTAINER_NONE && !host->own_processes) {
		add_finding(findings, CHECK_OK, "limpet runs in %s that sees the host's processes",
			container_text(host->container));
		return;
	}
	if (host->own_processes) {
		add_finding(findings, CHECK_WARN,
			"limpet runs in %s: it sees the processes of that alone",
			container_text(host->container));
		add_remedy(findings, "%s", container_remedy(host->container));
		return;
	}
	add_finding(findings, CHECK_WARN,
		"limpet runs in a user namespace: its rights end there, root's too");
	add_remedy(findings, "run limpet outside of it");
}

static bool is_confined(const char *label)
{
	return *label && !strstr(label, "unconfined");
}

void check_security_module(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct host_facts *host = &diagnosis->host;
	const char *other = diagnosis->is_there ? diagnosis->process.label : "";

	if (is_confined(host->label)) {
		add_finding(findings, diagnosis->refusal ? CHECK_NO : CHECK_WARN,
			"limpet is confined as '%s', which may forbid it to trace", host->label);
		if (host->selinux >= 0)
			add_remedy(findings, "`ausearch -m avc -ts recent` shows what was denied; "
					     "sudo setsebool deny_ptrace off");
		else
			add_remedy(findings, "`dmesg | grep apparmor` shows what was denied; "
					     "--security-opt apparmor=unconfined for a container");
	} else if (is_confined(other) && diagnosis->refusal) {
		add_finding(findings, CHECK_WARN,
			"the process is confined as '%s', whose profile may forbid that it be "
			"traced",
			other);
		add_remedy(findings, "`dmesg | grep apparmor` or `ausearch -m avc -ts recent` "
				     "shows what was denied");
	} else {
		add_finding(findings, CHECK_OK, "no security module confines limpet%s",
			host->selinux == 1 ? "; SELinux is enforcing" : "");
	}
}

void check_output(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct place_facts *place = &diagnosis->place;
	char space[QUANTITY_SIZE];

	format_bytes((double)place->free_bytes, space);
	if (!place->is_writable) {
		add_finding(
			findings, CHECK_WARN, "files cannot be written into the working directory");
		add_remedy(findings, "cd /tmp, or give -o a whole path");
	} else if (place->free_bytes < SMALL_SPACE) {
		add_finding(findings, CHECK_WARN, "there are but %s free in the working directory",
			space);
		add_remedy(findings, "give -o a path on another disk: `df -h`");
	} else {
		add_finding(findings, CHECK_OK,
			"the working directory can be written to, %s are free", space);
	}
}

void check_terminal(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct place_facts *place = &diagnosis->place;

	if (place->is_terminal)
		add_finding(findings, CHECK_OK, "output goes to a terminal, %s color",
			place->wants_color ? "in" : "without");
	else
		add_finding(findings, CHECK_OK, "output goes to no terminal: `live` needs one");
}

void check_limits(const struct diagnosis *diagnosis, struct findings *findings)
{
	uint64_t files = diagnosis->host.open_files;

	if (!files) {
		add_finding(findings, CHECK_UNKNOWN, "/proc/self/limits cannot be read");
	} else if (files < FEW_FILES) {
		add_finding(findings, CHECK_WARN,
			"limpet may have but %" PRIu64 " files open: too few for many libraries "
			"and threads",
			files);
		add_remedy(findings, "ulimit -n 1024");
	} else {
		add_finding(findings, CHECK_OK, "limpet may have %" PRIu64 " files open", files);
	}
}

static bool is_slow(const char *source)
{
	return strcmp(source, "hpet") == 0 || strcmp(source, "acpi_pm") == 0 ||
	       strcmp(source, "jiffies") == 0;
}

void check_clock(const struct diagnosis *diagnosis, struct findings *findings)
{
	const char *source = diagnosis->host.clock_source;

	if (diagnosis->place.time < SENSIBLE_TIME) {
		add_finding(findings, CHECK_WARN,
			"this machine's clock is before 2020: profiles would say so");
		add_remedy(findings, "sudo timedatectl set-ntp true");
	} else if (is_slow(source)) {
		add_finding(findings, CHECK_WARN,
			"the clock source is %s, which is slow to read and coarse: stops are "
			"longer than they need be",
			source);
		add_remedy(findings, "echo tsc | sudo tee /sys/devices/system/clocksource/"
				     "clocksource0/current_clocksource, if it is available");
	} else {
		add_finding(findings, CHECK_OK, "clock source %s", *source ? source : "unknown");
	}
}
