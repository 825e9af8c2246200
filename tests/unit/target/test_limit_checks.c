#include "../base/test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "target/limit_checks.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)

/* Nothing is limited, and nothing used but for what a row says. */
static const struct limit_facts no_limits = {
	.pid = 4242,
	.limits = {LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE},
	.status = {.address_space = 64 * MIB, .data = 8 * MIB, .threads = 3, .users = {1000}},
	.mappings = 100,
	.mappings_max = 65530,
	.open_files = 10,
	.user_tasks = 50,
	.group_tasks = 20,
	.group_tasks_max = LIMIT_NONE,
	.commit_limit = LIMIT_NONE,
};

static const struct limit_need all = {
	.memory = 320 * KIB,
	.mappings = 3,
	.threads = 1,
	.open_files = 2,
	.file_size = LIMIT_NONE,
};

static void assert_enough(const struct limit_facts *facts, const struct limit_need *need)
{
	struct error *error = limit_check(facts, need);

	if (error)
		fail_msg("%s", error->message);
}

static void assert_lacking(const struct limit_facts *facts, const char *message, const char *hint)
{
	static const struct limit_need nothing = {0};

	assert_error(limit_check(facts, &all), ERROR_UNSUPPORTED, message, hint);
	assert_enough(facts, &nothing);
}

static void without_limits_there_is_enough(void **state)
{
	(void)state;
	assert_enough(&no_limits, &all);
}

static void the_address_space_is_counted(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.limits.address_space = 64 * MIB + 320 * KIB;
	assert_enough(&facts, &all);
	facts.limits.address_space--;
	assert_lacking(&facts,
		"process 4242 has 319 KiB left of its limit RLIMIT_AS, and the call takes 320 KiB",
		"raise the limit: prlimit --pid 4242 --as=unlimited");
	facts.limits.address_space = MIB;
	assert_lacking(&facts,
		"process 4242 has 0 KiB left of its limit RLIMIT_AS, and the call takes 320 KiB",
		"raise the limit: prlimit --pid 4242 --as=unlimited");
}

static void data_is_counted(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.limits.data = 8 * MIB + 320 * KIB;
	assert_enough(&facts, &all);
	facts.limits.data -= 4 * KIB;
	assert_lacking(&facts,
		"process 4242 has 316 KiB left of its limit RLIMIT_DATA, and the call takes 320 "
		"KiB",
		"raise the limit: prlimit --pid 4242 --data=unlimited");
}

static void locked_memory_is_counted_if_all_is_locked(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.limits.locked_memory = 60 * MIB;
	facts.status.locked_memory = 60 * MIB;
	assert_lacking(&facts,
		"process 4242 has 0 KiB left of its limit RLIMIT_MEMLOCK, and locks all its "
		"memory, "
		"and the call takes 320 KiB",
		"raise the limit: prlimit --pid 4242 --memlock=unlimited");
	facts.status.effective_capabilities = 1ULL << CAP_IPC_LOCK;
	assert_enough(&facts, &all);
	facts.status.effective_capabilities = 0;
	facts.limits.locked_memory = 61 * MIB;
	assert_enough(&facts, &all);
	/* A buffer here and there: what comes is not locked. */
	facts.limits.locked_memory = facts.status.locked_memory = 8 * MIB;
	assert_enough(&facts, &all);
	facts.limits.locked_memory = facts.status.locked_memory = 0;
	assert_enough(&facts, &all);
}

static void mappings_are_counted(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.mappings = 65527;
	assert_enough(&facts, &all);
	facts.mappings = 65528;
	assert_lacking(&facts,
		"process 4242 has 65528 mappings, of which there may be 65530, and the call makes "
		"3 "
		"more",
		"raise the limit: sudo sysctl vm.max_map_count=131060");
}

/* Some is kept back: a 32nd of the process's size, and 8 MiB for root. */
static void promises_count_where_they_are_limited(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.committed = 512 * MIB;
	facts.commit_limit = 512 * MIB + 10 * MIB + 320 * KIB;
	facts.overcommit = 2;
	assert_enough(&facts, &all);
	facts.commit_limit--;
	assert_lacking(&facts,
		"the machine promises no more memory than it has (vm.overcommit_memory is 2), and "
		"the 320 KiB that the call takes in process 4242 are not left",
		"end some program, or permit more: sudo sysctl vm.overcommit_memory=0");
	facts.overcommit = 1;
	assert_enough(&facts, &all);
	facts.overcommit = 2;
	facts.status.address_space = 1024 * 1024 * MIB;
	facts.commit_limit = (512 + 128 + 8) * MIB + 320 * KIB;
	assert_enough(&facts, &all);
}

static void threads_are_counted_by_user(void **state)
{
	static const int exempting[] = {CAP_SYS_RESOURCE, CAP_SYS_ADMIN};
	struct limit_facts facts = no_limits;

	(void)state;
	facts.limits.processes = 51;
	assert_enough(&facts, &all);
	facts.limits.processes = 50;
	assert_lacking(&facts,
		"user 1000 has 50 threads, of which process 4242 lets there be 50 (RLIMIT_NPROC), "
		"and the call starts another",
		"raise the limit: prlimit --pid 4242 --nproc=unlimited");
	for (size_t i = 0; i < ARRAY_SIZE(exempting); i++) {
		facts.status.effective_capabilities = 1ULL << exempting[i];
		assert_enough(&facts, &all);
	}
	facts.status.effective_capabilities = 0;
	facts.status.users[0] = 0;
	assert_enough(&facts, &all);
}

static void threads_are_counted_by_group(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.group_tasks_max = 21;
	assert_enough(&facts, &all);
	facts.group_tasks_max = 20;
	assert_lacking(&facts,
		"the control group of process 4242 has 20 threads, of which there may be 20 "
		"(pids.max), and the call starts another",
		"raise the limit: TasksMax= of a systemd service, --pids-limit of a container");
}

static void open_files_are_counted(void **state)
{
	struct limit_facts facts = no_limits;

	(void)state;
	facts.limits.open_files = 12;
	assert_enough(&facts, &all);
	facts.limits.open_files = 11;
	assert_lacking(&facts,
		"process 4242 has 10 open files, of which there may be 11 (RLIMIT_NOFILE), and the "
		"call opens another",
		"raise the limit: prlimit --pid 4242 --nofile=22");
}

static void a_file_of_unknown_size_is_too_large(void **state)
{
	struct limit_facts facts = no_limits;
	struct limit_need need = {.file_size = MIB};

	(void)state;
	facts.limits.file_size = MIB;
	assert_enough(&facts, &need);
	assert_lacking(&facts,
		"process 4242 has a limit on the size of files (RLIMIT_FSIZE), and would be killed "
		"for writing one that exceeds it",
		"lift the limit first: prlimit --pid 4242 --fsize=unlimited");
	need.file_size++;
	struct error *error = limit_check(&facts, &need);
	assert_non_null(error);
	error_destroy(error);
}

/* Of this very process, under a limit that leaves so many bytes: does the kernel say the same? */
static int compare_with_kernel(int resource, uint64_t left, uint64_t wanted)
{
	const struct limit_need need = {.memory = wanted};
	struct limit_facts facts;
	struct error *error = limit_facts_read(getpid(), &facts);

	if (error)
		return 2;
	uint64_t used = resource == RLIMIT_AS ? facts.status.address_space : facts.status.data;
	struct rlimit limit = {used + left, used + left};
	if (setrlimit(resource, &limit))
		return 3;
	error = limit_facts_read(getpid(), &facts);
	if (error)
		return 4;
	error = limit_check(&facts, &need);
	void *memory =
		mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return (memory == MAP_FAILED) == (error != NULL) ? 0 : 5;
}

/* Far from what the runtime of the sanitizers takes meanwhile. */
static void the_kernel_agrees_on_memory(void **state)
{
	static const int resources[] = {RLIMIT_AS, RLIMIT_DATA};
	static const uint64_t wanted[] = {128 * MIB, 384 * MIB};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++)
		for (size_t j = 0; j < ARRAY_SIZE(wanted); j++) {
			int status;
			pid_t child = fork();

			if (!child)
				_exit(compare_with_kernel(resources[i], 256 * MIB, wanted[j]));
			assert_int_equal(waitpid(child, &status, 0), child);
			assert_int_equal(status, 0);
		}
}

static int compare_files_with_kernel(uint64_t left)
{
	const struct limit_need need = {.open_files = 1};
	struct limit_facts facts;
	struct error *error = limit_facts_read(getpid(), &facts);

	if (error)
		return 2;
	/* Less the directory that was open for counting. */
	facts.open_files--;
	struct rlimit limit = {facts.open_files + left, facts.open_files + left};
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 3;
	facts.limits.open_files = limit.rlim_cur;
	error = limit_check(&facts, &need);
	return (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) == (error != NULL) ? 0 : 5;
}

static void the_kernel_agrees_on_files(void **state)
{
	(void)state;
	for (uint64_t left = 0; left < 2; left++) {
		int status;
		pid_t child = fork();

		if (!child) {
			/* No gaps between them. */
			close_range(3, ~0U, 0);
			_exit(compare_files_with_kernel(left));
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

static void the_own_process_has_facts(void **state)
{
	struct limit_facts facts;
	struct rlimit limit;
	char message[64];

	(void)state;
	assert_success(limit_facts_read(getpid(), &facts));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(facts.limits.open_files, limit.rlim_cur);
	assert_int_equal(facts.status.users[0], getuid());
	assert_int_equal(facts.status.threads, 1);
	assert_in_range(facts.mappings, 10, 10000);
	assert_true(facts.mappings_max >= facts.mappings);
	assert_in_range(facts.open_files, 3, 100);
	assert_true(facts.group_tasks_max >= facts.group_tasks);
	assert_true(facts.commit_limit > 0);
	if (facts.status.users[0] && facts.limits.processes != LIMIT_NONE)
		assert_true(facts.user_tasks >= 1);
	snprintf(message, sizeof(message), "process %d is gone", 4194304);
	assert_error(limit_facts_read(4194304, &facts), ERROR_GONE, message, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_there_is_enough),
		cmocka_unit_test(the_address_space_is_counted),
		cmocka_unit_test(data_is_counted),
		cmocka_unit_test(locked_memory_is_counted_if_all_is_locked),
		cmocka_unit_test(mappings_are_counted),
		cmocka_unit_test(promises_count_where_they_are_limited),
		cmocka_unit_test(threads_are_counted_by_user),
		cmocka_unit_test(threads_are_counted_by_group),
		cmocka_unit_test(open_files_are_counted),
		cmocka_unit_test(a_file_of_unknown_size_is_too_large),
		cmocka_unit_test(the_kernel_agrees_on_memory),
		cmocka_unit_test(the_kernel_agrees_on_files),
		cmocka_unit_test(the_own_process_has_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
