#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target/surroundings.h"

/* A made-up /proc, /sys and /etc below a folder. */
static char root[] = "/tmp/limpet-surroundings-XXXXXX";

static void make_folders(char *path)
{
	for (char *slash = path + sizeof(root); (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void write_text(const char *path, const char *text)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	make_folders(whole);
	FILE *file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void write_link(const char *path, const char *target)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	make_folders(whole);
	unlink(whole);
	assert_int_equal(symlink(target, whole), 0);
}

static const char limits[] =
	"Limit                     Soft Limit           Hard Limit           Units     \n"
	"Max file size             unlimited            unlimited            bytes     \n"
	"Max data size             unlimited            unlimited            bytes     \n"
	"Max processes             100                  100                  processes \n"
	"Max open files            512                  4096                 files     \n"
	"Max locked memory         65536                65536                bytes     \n"
	"Max address space         unlimited            unlimited            bytes     \n";

static void write_status(const char *path, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text),
		"Name:\tx\nTgid:\t42\nPid:\t42\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\n"
		"Threads:\t3\n%s",
		more);
	write_text(path, text);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void an_empty_machine_is_no_error_but_for_oneself(void **state)
{
	struct host_facts host;

	(void)state;
	assert_error(
		host_facts_read(root, &host), ERROR_GONE, "there is no process self here", NULL);
	write_status("/proc/self/status", "");
	assert_success(host_facts_read(root, &host));
	assert_int_equal(host.major, 0);
	assert_int_equal(host.yama, -1);
	assert_int_equal(host.selinux, -1);
	assert_int_equal(host.container, CONTAINER_NONE);
	assert_int_equal(host.open_files, 0);
	assert_string_equal(host.label, "");
	assert_string_equal(host.distribution, "");
	assert_false(host.own_users || host.own_processes || host.may_trace);
}

static void the_machine_is_read(void **state)
{
	struct host_facts host;

	(void)state;
	write_status("/proc/self/status", "CapEff:\t0000000000080000\nSeccomp:\t2\n");
	write_text("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
	write_text("/proc/sys/kernel/yama/ptrace_scope", "2\n");
	write_text("/sys/fs/selinux/enforce", "1");
	write_text("/proc/self/attr/current", "docker-default (enforce)\n");
	write_text("/proc/self/limits", limits);
	write_text("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	write_text("/etc/os-release", "NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=\"debian\"\n");
	write_link("/proc/self/ns/user", "user:[4026531837]");
	write_link("/proc/self/ns/pid", "pid:[4026532000]");
	assert_success(host_facts_read(root, &host));
	assert_int_equal(host.major, 6);
	assert_int_equal(host.minor, 1);
	assert_int_equal(host.user, 1000);
	assert_true(host.may_trace);
	assert_false(host.may_open_map_files);
	assert_int_equal(host.yama, 2);
	assert_int_equal(host.selinux, 1);
	assert_int_equal(host.seccomp, 2);
	assert_int_equal(host.open_files, 512);
	assert_string_equal(host.label, "docker-default (enforce)");
	assert_string_equal(host.clock_source, "hpet");
	assert_string_equal(host.distribution, "debian");
	assert_true(host.own_processes);
	assert_false(host.own_users);
	assert_int_equal(host.container, CONTAINER_OTHER);
	write_text("/.dockerenv", "");
	assert_success(host_facts_read(root, &host));
	assert_int_equal(host.container, CONTAINER_DOCKER);
	write_text("/var/run/secrets/kubernetes.io/x", "");
	assert_success(host_facts_read(root, &host));
	assert_int_equal(host.container, CONTAINER_KUBERNETES);
}

static void nonsense_is_unknown(void **state)
{
	struct host_facts host;

	(void)state;
	write_text("/proc/sys/kernel/osrelease", "zero\n");
	write_text("/proc/sys/kernel/yama/ptrace_scope", "many\n");
	write_text("/proc/self/limits", "none\n");
	write_text("/etc/os-release", "ID=\nID\n=\n\"\n");
	assert_success(host_facts_read(root, &host));
	assert_int_equal(host.major, 0);
	assert_int_equal(host.yama, -1);
	assert_int_equal(host.open_files, 0);
	assert_string_equal(host.distribution, "");
	write_text("/proc/self/status", "Uid:\tx\n");
	assert_error(host_facts_read(root, &host), ERROR_MALFORMED,
		"/proc/self/status does not have the form of proc(5)", NULL);
}

static void a_process_is_read(void **state)
{
	struct process_facts process;

	(void)state;
	assert_error(process_facts_read(root, 42, &process), ERROR_GONE,
		"there is no process 42 here", NULL);
	write_status("/proc/42/status",
		"TracerPid:\t77\nNSpid:\t42\t7\nSeccomp:\t2\nSeccomp_filters:\t3\n");
	write_text("/proc/42/comm", "server\n");
	write_text("/proc/77/comm", "gdb\n");
	write_link("/proc/self/ns/mnt", "mnt:[1]");
	write_link("/proc/42/ns/mnt", "mnt:[2]");
	write_link("/proc/42/ns/pid", "pid:[4026532000]");
	assert_success(process_facts_read(root, 42, &process));
	assert_string_equal(process.name, "server");
	assert_int_equal(process.user, 1000);
	assert_int_equal(process.threads, 3);
	assert_int_equal(process.inside, 7);
	assert_int_equal(process.tracer, 77);
	assert_string_equal(process.tracer_name, "gdb");
	assert_int_equal(process.seccomp_filters, 3);
	assert_false(process.same_mounts);
	assert_true(process.same_processes);
	assert_true(process.same_users);
	assert_int_equal(process.state, '?');
}

static void what_is_not_confined_is_not_probed(void **state)
{
	struct host_facts host = {0};

	(void)state;
	host_facts_probe(&host);
	assert_int_equal(host.ptrace, PROBE_NOT_MADE);
	host.seccomp = 2;
	host_facts_probe(&host);
	assert_int_not_equal(host.ptrace, PROBE_NOT_MADE);
	assert_int_not_equal(host.process_vm_readv, PROBE_NOT_MADE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_machine_is_no_error_but_for_oneself),
		cmocka_unit_test(the_machine_is_read),
		cmocka_unit_test(nonsense_is_unknown),
		cmocka_unit_test(a_process_is_read),
		cmocka_unit_test(what_is_not_confined_is_not_probed),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
