#include "../base/test_support.h"

#include "base/cleanup.h"
#include "cli/doctor.h"

#define MACHINE                                                                                    \
	.host = {.release = "6.1.0",                                                               \
		.major = 6,                                                                        \
		.minor = 1,                                                                        \
		.user = 1000,                                                                      \
		.yama = -1,                                                                        \
		.selinux = -1,                                                                     \
		.open_files = 1024,                                                                \
		.clock_source = "tsc",                                                             \
		.distribution = "debian"},                                                         \
	.place = {.is_writable = true, .free_bytes = UINT64_C(1) << 40, .time = 1800000000}

static struct diagnosis machine(void)
{
	return (struct diagnosis){MACHINE};
}

static struct diagnosis process(void)
{
	struct diagnosis diagnosis = {MACHINE};
	static char word[] = "42";

	diagnosis.asked_for = word;
	diagnosis.is_there = true;
	diagnosis.process = (struct process_facts){
		.pid = 42,
		.inside = 42,
		.name = "server",
		.state = 'S',
		.user = 1000,
		.threads = 3,
		.dumpable = true,
		.same_users = true,
		.same_processes = true,
		.same_mounts = true,
		.same_times = true,
	};
	return diagnosis;
}

/* The first row of that check; found and remedy: parts of the texts; NULL: there is none. */
static void assert_row(const struct diagnosis *diagnosis, const char *check, enum check_state state,
	const char *found, const char *remedy)
{
	CLEANUP(findings_deinit) struct findings findings = {0};

	assert_success(doctor_examine(diagnosis, &findings));
	ARRAY_FOR_EACH (finding, &findings.items) {
		if (strcmp(finding->check->name, check) != 0)
			continue;
		assert_non_null(found);
		if (!strstr(finding->found, found))
			fail_msg("%s: not found: %s, in: %s", check, found, finding->found);
		assert_int_equal(finding->state, state);
		if (!remedy)
			assert_null(finding->remedy);
		else if (!finding->remedy || !strstr(finding->remedy, remedy))
			fail_msg("%s: not found: %s, in: %s", check, remedy,
				finding->remedy ? finding->remedy : "(none)");
		return;
	}
	if (found)
		fail_msg("%s has no row", check);
}

static void assert_well(const struct diagnosis *diagnosis, bool expected)
{
	CLEANUP(findings_deinit) struct findings findings = {0};

	assert_success(doctor_examine(diagnosis, &findings));
	assert_int_equal(findings_are_well(&findings), expected);
}

static void kernels(void **state)
{
	struct diagnosis diagnosis = machine();

	(void)state;
	assert_row(&diagnosis, "kernel", CHECK_OK, "Linux 6.1.0", NULL);
	assert_well(&diagnosis, true);
	diagnosis.host.major = 5;
	diagnosis.host.minor = 5;
	assert_row(&diagnosis, "kernel", CHECK_WARN, "before 5.6", "none is needed");
	diagnosis.host.minor = 6;
	assert_row(&diagnosis, "kernel", CHECK_OK, "Linux", NULL);
	diagnosis.host.major = 3;
	assert_row(&diagnosis, "kernel", CHECK_NO, "older than 3.17", "newer");
	assert_well(&diagnosis, false);
	diagnosis.host.major = 0;
	assert_row(&diagnosis, "kernel", CHECK_UNKNOWN, "unknown version", NULL);
}

static void rights(void **state)
{
	struct diagnosis diagnosis = machine();

	(void)state;
	assert_row(&diagnosis, "rights", CHECK_WARN, "user 1000 without CAP_SYS_PTRACE",
		"sudo setcap cap_sys_ptrace+ep");
	diagnosis.host.user = 0;
	assert_row(&diagnosis, "rights", CHECK_WARN, "user 0 without", "CapabilityBoundingSet");
	diagnosis.host.container = CONTAINER_PODMAN;
	assert_row(&diagnosis, "rights", CHECK_WARN, "user 0 without", "--cap-add=SYS_PTRACE");
	diagnosis.host.may_trace = true;
	assert_row(&diagnosis, "rights", CHECK_OK, "other users' processes", NULL);
}

static void yama(void **state)
{
	struct diagnosis diagnosis = machine();

	(void)state;
	assert_row(&diagnosis, "yama", CHECK_OK, "has no Yama", NULL);
	diagnosis.host.yama = 0;
	assert_row(&diagnosis, "yama", CHECK_OK, "ptrace_scope is 0", NULL);
	diagnosis.host.yama = 1;
	assert_row(&diagnosis, "yama", CHECK_NO, "only a parent",
		"sudo sysctl kernel.yama.ptrace_scope=0");
	diagnosis.host.yama = 2;
	assert_row(&diagnosis, "yama", CHECK_NO, "takes CAP_SYS_PTRACE", "sudo limpet");
	diagnosis.host.may_trace = true;
	assert_row(&diagnosis, "yama", CHECK_OK, "which CAP_SYS_PTRACE passes", NULL);
	diagnosis.host.yama = 3;
	assert_row(&diagnosis, "yama", CHECK_NO, "nobody may attach", "/etc/sysctl.d");
}

static void own_filters(void **state)
{
	struct diagnosis diagnosis = machine();

	(void)state;
	assert_row(&diagnosis, "seccomp", CHECK_OK, "not confined", NULL);
	diagnosis.host.seccomp = 2;
	diagnosis.host.ptrace = diagnosis.host.process_vm_readv = PROBE_PERMITTED;
	assert_row(&diagnosis, "seccomp", CHECK_OK, "permit ptrace", NULL);
	diagnosis.host.ptrace = PROBE_REFUSED;
	assert_row(&diagnosis, "seccomp", CHECK_NO, "refuse ptrace", "SystemCallFilter=@debug");
	assert_well(&diagnosis, false);
	diagnosis.host.process_vm_readv = PROBE_REFUSED;
	diagnosis.host.container = CONTAINER_DOCKER;
	assert_row(&diagnosis, "seccomp", CHECK_NO, "refuse ptrace and process_vm_readv",
		"--security-opt seccomp=unconfined");
	diagnosis.host.ptrace = PROBE_PERMITTED;
	diagnosis.host.container = CONTAINER_KUBERNETES;
	assert_row(&diagnosis, "seccomp", CHECK_NO, "refuse process_vm_readv", "securityContext");
}

static void containers(void **state)
{
	struct diagnosis diagnosis = machine();

	(void)state;
	assert_row(&diagnosis, "container", CHECK_OK, "on the host itself", NULL);
	diagnosis.host.own_users = true;
	assert_row(&diagnosis, "container", CHECK_WARN, "user namespace", "outside of it");
	diagnosis.host.container = CONTAINER_DOCKER;
	assert_row(&diagnosis, "container", CHECK_OK, "sees the host's processes", NULL);
	diagnosis.host.own_processes = true;
	assert_row(&diagnosis, "container", CHECK_WARN, "a Docker container",
		"docker run --pid=container:NAME --cap-add=SYS_PTRACE");
	diagnosis.host.container = CONTAINER_PODMAN;
	assert_row(&diagnosis, "container", CHECK_WARN, "Podman", "podman run --pid=container:");
	diagnosis.host.container = CONTAINER_KUBERNETES;
	assert_row(&diagnosis, "container", CHECK_WARN, "Kubernetes",
		"kubectl debug -it POD --target=CONTAINER");
	diagnosis.host.container = CONTAINER_OTHER;
	assert_row(&diagnosis, "container", CHECK_WARN, "PID namespace", "nsenter");
}

static void security_modules(void **state)
{
	struct diagnosis diagnosis = process();
	CLEANUP(cleanup_error) struct error *refusal = error_create(ERROR_DENIED, "no");

	(void)state;
	assert_row(&diagnosis, "security", CHECK_OK, "no security module", NULL);
	strcpy(diagnosis.host.label, "unconfined");
	strcpy(diagnosis.process.label, "redis (enforce)");
	assert_row(&diagnosis, "security", CHECK_OK, "no security module", NULL);
	diagnosis.refusal = refusal;
	assert_row(&diagnosis, "security", CHECK_WARN, "'redis (enforce)'", "ausearch");
	strcpy(diagnosis.host.label, "docker-default (enforce)");
	assert_row(&diagnosis, "security", CHECK_NO, "'docker-default (enforce)'",
		"apparmor=unconfined");
	diagnosis.host.selinux = 1;
	assert_row(&diagnosis, "security", CHECK_NO, "confined as", "setsebool deny_ptrace off");
}

static void processes(void **state)
{
	struct diagnosis diagnosis = machine(), there = process();
	CLEANUP(cleanup_error)
	struct error *gone =
		error_set_hint(error_create(ERROR_GONE, "there is no process 42"), "`ps -e`");
	static char word[] = "42";

	(void)state;
	assert_row(&diagnosis, "process", CHECK_OK, "none is named", "doctor PID");
	assert_row(&there, "process", CHECK_OK, "42 (server) of user 1000, 3 threads", NULL);
	diagnosis.asked_for = word;
	diagnosis.refusal = gone;
	assert_row(&diagnosis, "process", CHECK_NO, "there is no process 42", "ps -e");
	assert_well(&diagnosis, false);
	assert_row(&diagnosis, "tracing", CHECK_OK, NULL, NULL);
	diagnosis.host.own_processes = true;
	assert_row(&diagnosis, "process", CHECK_NO, "there is no process 42", "row container");
}

static void tracing(void **state)
{
	struct diagnosis diagnosis = process();
	struct attachment attachment = {0};
	CLEANUP(cleanup_error)
	struct error *denied = error_set_hint(error_create(ERROR_DENIED, "denied"), "sudo");

	(void)state;
	diagnosis.attachment = &attachment;
	assert_row(&diagnosis, "tracing", CHECK_OK, "permitted", NULL);
	diagnosis.host.seccomp = 2;
	diagnosis.host.ptrace = PROBE_REFUSED;
	assert_row(&diagnosis, "tracing", CHECK_NO, "but not stopped", NULL);
	diagnosis.attachment = NULL;
	diagnosis.refusal = denied;
	assert_row(&diagnosis, "tracing", CHECK_NO, "denied", "sudo");
	assert_well(&diagnosis, false);
}

static void tracers(void **state)
{
	struct diagnosis diagnosis = process();

	(void)state;
	assert_row(&diagnosis, "tracer", CHECK_OK, NULL, NULL);
	diagnosis.process.tracer = 7;
	strcpy(diagnosis.process.tracer_name, "strace");
	assert_row(&diagnosis, "tracer", CHECK_NO, "process 7 (strace)", "kill -INT 7");
	strcpy(diagnosis.process.tracer_name, "limpet");
	assert_row(&diagnosis, "tracer", CHECK_WARN, "another limpet", NULL);
}

static void namespaces_and_filters(void **state)
{
	struct diagnosis diagnosis = process();

	(void)state;
	assert_row(&diagnosis, "namespaces", CHECK_OK, "those of limpet", NULL);
	assert_row(&diagnosis, "filters", CHECK_OK, NULL, NULL);
	diagnosis.process.same_mounts = diagnosis.process.same_processes = false;
	assert_row(&diagnosis, "namespaces", CHECK_OK, "by way of /proc", NULL);
	diagnosis.process.same_times = false;
	assert_row(&diagnosis, "namespaces", CHECK_OK, "clock is shifted", NULL);
	diagnosis.process.same_users = false;
	assert_row(&diagnosis, "namespaces", CHECK_WARN, "no rights", "sudo limpet -p 42");
	diagnosis.process.seccomp = 2;
	diagnosis.process.seccomp_filters = 2;
	assert_row(&diagnosis, "filters", CHECK_OK, "under 2 seccomp filters", NULL);
}

static void symbols(void **state)
{
	static char path[] = "/srv/server", package[] = "server-dbgsym";
	struct module_facts module = {.path = path, .is_main = true};
	struct diagnosis diagnosis = process();

	(void)state;
	assert_row(&diagnosis, "symbols", CHECK_OK, NULL, NULL);
	diagnosis.modules = (struct module_facts_items){.items = &module, .count = 1};
	assert_row(&diagnosis, "symbols", CHECK_WARN, "cannot be opened", "as root");
	module.can_be_opened = true;
	assert_row(&diagnosis, "symbols", CHECK_WARN, "is stripped", "set symbols FILE");
	module.has_build_id = true;
	assert_row(&diagnosis, "symbols", CHECK_WARN, "is stripped",
		"DEBUGINFOD_URLS=https://debuginfod.debian.net");
	module.package = package;
	assert_row(
		&diagnosis, "symbols", CHECK_WARN, "is stripped", "apt-get install server-dbgsym");
	assert_row(&diagnosis, "frames", CHECK_WARN, "no tables of frames",
		"-fasynchronous-unwind-tables");
	module.has_symbols = module.has_frames = true;
	assert_row(&diagnosis, "symbols", CHECK_WARN, "no debug information", "apt-get");
	assert_row(&diagnosis, "frames", CHECK_OK, "all of these", NULL);
	module.is_main = false;
	assert_row(&diagnosis, "symbols", CHECK_OK, "has symbols", NULL);
	module.has_lines = true;
	assert_row(&diagnosis, "symbols", CHECK_OK, "and debug information", NULL);
	assert_well(&diagnosis, true);
}

static void run_times(void **state)
{
	static const struct run_time node = {"Node", "node", "--perf-basic-prof"};
	struct diagnosis diagnosis = process();

	(void)state;
	assert_row(&diagnosis, "run time", CHECK_OK, NULL, NULL);
	diagnosis.run_time = &node;
	assert_row(&diagnosis, "run time", CHECK_WARN, "Node makes code", "--perf-basic-prof");
	diagnosis.has_perf_map = true;
	assert_row(&diagnosis, "run time", CHECK_OK, "/tmp/perf-42.map", NULL);
}

static void allocators(void **state)
{
	struct jemalloc_instances none = {0};
	struct diagnosis diagnosis = process();

	(void)state;
	assert_row(&diagnosis, "jemalloc", CHECK_OK, NULL, NULL);
	diagnosis.instances = &none;
	diagnosis.allocator = ALLOCATOR_GLIBC;
	assert_row(&diagnosis, "jemalloc", CHECK_NO, "glibc's malloc", "LD_PRELOAD=libjemalloc");
	diagnosis.allocator = ALLOCATOR_TCMALLOC;
	assert_row(&diagnosis, "jemalloc", CHECK_NO, "tcmalloc", "HEAPPROFILE");
	diagnosis.allocator = ALLOCATOR_GO;
	assert_row(&diagnosis, "jemalloc", CHECK_NO, "Go's own", "net/http/pprof");
	assert_row(&diagnosis, "profiler", CHECK_OK, NULL, NULL);
	assert_well(&diagnosis, true);
}

static void profilers(void **state)
{
	static char path[] = "libjemalloc.so.2", prefix[] = "", version[] = "5.3.0";
	struct jemalloc_instance instance = {.path = path, .prefix = prefix};
	struct jemalloc_instances one = {.items = &instance, .count = 1};
	struct diagnosis diagnosis = process();
	CLEANUP(cleanup_error)
	struct error *off = error_set_hint(
		error_create(ERROR_UNSUPPORTED, "opt.prof is false"), "MALLOC_CONF=prof:true");

	(void)state;
	diagnosis.instances = &one;
	assert_row(&diagnosis, "jemalloc", CHECK_OK, "libjemalloc.so.2", NULL);
	assert_row(&diagnosis, "profiler", CHECK_UNKNOWN, "not asked", "heap status");
	diagnosis.asked = true;
	diagnosis.profiler_refusal = off;
	assert_row(&diagnosis, "profiler", CHECK_NO, "opt.prof is false", "MALLOC_CONF=prof:true");
	diagnosis.profiler_refusal = NULL;
	diagnosis.status = (struct profiler_status){.version = version,
		.built_in = true,
		.enabled = true,
		.lg_sample = 19,
		.lg_interval = -1};
	assert_row(&diagnosis, "profiler", CHECK_OK, "5.3.0, ready and off, one sample in 512kB",
		"heap record -d 30");
	assert_row(&diagnosis, "own dumps", CHECK_OK, NULL, NULL);
	diagnosis.status.wait = SAMPLE_WAIT_LOST;
	assert_row(&diagnosis, "profiler", CHECK_WARN, "may not be sampled later", "heap on");
	diagnosis.status.active = true;
	diagnosis.status.dumps_at_peaks = true;
	assert_row(&diagnosis, "profiler", CHECK_OK, "on, one sample", NULL);
	assert_row(&diagnosis, "own dumps", CHECK_WARN, "at each new peak", "heap gdump off");
	diagnosis.status_error = off;
	assert_row(&diagnosis, "profiler", CHECK_UNKNOWN, "opt.prof is false", "MALLOC_CONF");
}

static void calls(void **state)
{
	struct diagnosis diagnosis = process();
	CLEANUP(cleanup_error)
	struct error *refusal = error_set_hint(error_create(ERROR_UNSUPPORTED, "limit"), "raise");

	(void)state;
	assert_row(&diagnosis, "own thread", CHECK_OK, NULL, NULL);
	diagnosis.surveyed = true;
	assert_row(&diagnosis, "own thread", CHECK_OK, "possible", NULL);
	assert_row(&diagnosis, "borrowed", CHECK_OK, "possible", NULL);
	assert_row(&diagnosis, "threads", CHECK_WARN, "0 of 0", "try again");
	diagnosis.survey.usable = 1;
	assert_row(&diagnosis, "threads", CHECK_OK, "1 of 0", NULL);
	diagnosis.survey.own = diagnosis.survey.borrowed = diagnosis.call_refusal = refusal;
	assert_row(&diagnosis, "own thread", CHECK_NO, "limit", "raise");
	assert_row(&diagnosis, "borrowed", CHECK_NO, "limit", "raise");
	assert_row(&diagnosis, "calls", CHECK_NO, "limit", "raise");
	assert_row(&diagnosis, "left over", CHECK_OK, NULL, NULL);
	diagnosis.leftovers.area_count = 2;
	assert_row(&diagnosis, "left over", CHECK_WARN, "2 areas", "ctl epoch");
	assert_well(&diagnosis, true);
}

static void places(void **state)
{
	struct diagnosis diagnosis = machine();

	(void)state;
	assert_row(&diagnosis, "output", CHECK_OK, "1TB are free", NULL);
	diagnosis.place.free_bytes = 1024;
	assert_row(&diagnosis, "output", CHECK_WARN, "but 1kB free", "df -h");
	diagnosis.place.is_writable = false;
	assert_row(&diagnosis, "output", CHECK_WARN, "cannot be written", "cd /tmp");
	assert_row(&diagnosis, "terminal", CHECK_OK, "no terminal", NULL);
	diagnosis.place.is_terminal = true;
	assert_row(&diagnosis, "terminal", CHECK_OK, "without color", NULL);
	assert_row(&diagnosis, "limits", CHECK_OK, "1024 files", NULL);
	diagnosis.host.open_files = 64;
	assert_row(&diagnosis, "limits", CHECK_WARN, "but 64 files", "ulimit -n 1024");
	diagnosis.host.open_files = 0;
	assert_row(&diagnosis, "limits", CHECK_UNKNOWN, "cannot be read", NULL);
	assert_row(&diagnosis, "clock", CHECK_OK, "clock source tsc", NULL);
	strcpy(diagnosis.host.clock_source, "hpet");
	assert_row(&diagnosis, "clock", CHECK_WARN, "hpet", "echo tsc");
	diagnosis.place.time = 0;
	assert_row(&diagnosis, "clock", CHECK_WARN, "before 2020", "timedatectl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels),
		cmocka_unit_test(rights),
		cmocka_unit_test(yama),
		cmocka_unit_test(own_filters),
		cmocka_unit_test(containers),
		cmocka_unit_test(security_modules),
		cmocka_unit_test(processes),
		cmocka_unit_test(tracing),
		cmocka_unit_test(tracers),
		cmocka_unit_test(namespaces_and_filters),
		cmocka_unit_test(symbols),
		cmocka_unit_test(run_times),
		cmocka_unit_test(allocators),
		cmocka_unit_test(profilers),
		cmocka_unit_test(calls),
		cmocka_unit_test(places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
