#include "../base/test_support.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/seccomp_filter.h"
#include "base/array.h"
#include "seccomp_programs.h"

/*
 * The kernel is asked the same: filters are installed in children, which make the system calls. All
 * that is random comes from fixed seeds.
 */

#define SEED            0x9e3779b97f4a7c15ULL
#define PROBE_COUNT     48
#define RANDOM_PROGRAMS 200
#define RANDOM_STACKS   40
#define VALIDITY_COUNT  400
#define LENGTH_MAX      60
#define LAYERS_MAX      3
#define KILLED          INT64_MIN
#define TRAPPED(number) (INT64_MAX - (number))

struct probe {
	int number;
	uint64_t arguments[6];
};

/* What the children find out. */
static struct report {
	uint64_t pointer; /* right behind the instruction that makes the calls */
	size_t made;      /* the call that is being made, or was the last */
	int64_t results[PROBE_COUNT];
	bool accepted[VALIDITY_COUNT];
} * report;

static __attribute__((noinline)) int64_t make_call(const struct probe *probe, uint64_t *ret_pointer)
{
	register uint64_t fourth __asm__("r10") = probe->arguments[3];
	register uint64_t fifth __asm__("r8") = probe->arguments[4];
	register uint64_t sixth __asm__("r9") = probe->arguments[5];
	int64_t result = probe->number;
	uint64_t pointer;

	__asm__ volatile("leaq 1f(%%rip), %[pointer]\n\tsyscall\n1:"
			 : "+a"(result), [pointer] "=&b"(pointer)
			 : "D"(probe->arguments[0]), "S"(probe->arguments[1]),
			 "d"(probe->arguments[2]), "r"(fourth), "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
	*ret_pointer = pointer;
	return result;
}

static void end_child(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

/* SIGSYS, as SECCOMP_RET_TRAP sends it. */
static void note_trap(int signal, siginfo_t *information, void *context)
{
	(void)signal;
	(void)context;
	report->results[report->made] = TRAPPED(information->si_errno);
}

static void prepare_child(void)
{
	struct sigaction action = {.sa_sigaction = note_trap, .sa_flags = SA_SIGINFO};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	sigaction(SIGSYS, &action, NULL);
}

static bool install(struct built_program *built)
{
	struct sock_fprog program = {(unsigned short)built->count, built->items};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static void run_child(
	struct built_program *layers, size_t layer_count, const struct probe *probes, size_t count)
{
	prepare_child();
	for (size_t i = 0; i < layer_count; i++)
		if (!install(&layers[i]))
			end_child(9);
	for (report->made = 0; report->made < count; report->made++) {
		int64_t result = make_call(&probes[report->made], &report->pointer);

		if (report->results[report->made] == KILLED)
			report->results[report->made] = result;
	}
	end_child(0);
}

/* Returns how many calls were made: less than count if one of them was the end of the child. */
static size_t ask_kernel(
	struct built_program *layers, size_t layer_count, const struct probe *probes, size_t count)
{
	int status;

	for (size_t i = 0; i < count; i++)
		report->results[i] = KILLED;
	pid_t child = fork();
	if (!child)
		run_child(layers, layer_count, probes, count);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		return count;
	}
	assert_int_equal(WTERMSIG(status), SIGSYS);
	return report->made + 1;
}

/* What the caller gets to see; *allowed instead of what the system call itself returns. */
static int64_t visible_result(uint32_t action, int64_t allowed)
{
	uint32_t data = action & SECCOMP_RET_DATA;

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		return allowed;
	case SECCOMP_RET_ERRNO:
		return -(int64_t)(data < 4095 ? data : 4095);
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		return -ENOSYS;
	case SECCOMP_RET_TRAP:
		return TRAPPED(data);
	default:
		return KILLED;
	}
}

/* Returns how many calls were made. */
static size_t assert_agreement(struct built_program *layers, size_t layer_count,
	const struct probe *probes, size_t count, int64_t allowed)
{
	struct seccomp_program programs[LAYERS_MAX];
	size_t made = ask_kernel(layers, layer_count, probes, count);

	for (size_t i = 0; i < layer_count; i++)
		programs[i] = built_view(&layers[i]);
	for (size_t i = 0; i < made; i++) {
		struct seccomp_question question = {
			.data = {.nr = probes[i].number,
				.arch = AUDIT_ARCH_X86_64,
				.instruction_pointer = report->pointer}};
		struct seccomp_verdict verdict;

		memcpy(question.data.args, probes[i].arguments, sizeof(question.data.args));
		assert_success(
			seccomp_most_restrictive(programs, layer_count, &question, &verdict));
		assert_true(verdict.certain);
		if (visible_result(verdict.action, allowed) != report->results[i])
			fail_msg("call %zu, number %d: the kernel answers %ld, predicted is 0x%x",
				i, probes[i].number, report->results[i], verdict.action);
	}
	return made;
}

/*
 * Not answered by the filters: those that build_exemption() lets through, and the two that only the
 * kernel's own code may make (seccomp_uprobe_exception() in arch/x86/include/asm/seccomp.h).
 */
static bool is_exempt(int number)
{
	return number == SYS_exit_group || number == SYS_seccomp || number == 335 || number == 336;
}

static void fill_probes(struct probe *probes, struct random_source *source)
{
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		probes[i].number = (int)random_below(source, 1400);
		if (i % 4 == 0)
			probes[i].number = (int)(random_word(source) & 0x7fffffff);
		for (size_t j = 0; j < 6; j++)
			probes[i].arguments[j] =
				(uint64_t)random_word(source) << 32 | random_word(source);
	}
	for (size_t i = 0; i < PROBE_COUNT; i++)
		if (is_exempt(probes[i].number))
			probes[i].number = SYS_read;
}

static void build_layer(struct built_program *ret, struct random_source *source)
{
	ret->count = 0;
	build_exemption(ret, SYS_exit_group);
	build_exemption(ret, SYS_seccomp);
	build_random(ret, source, random_below(source, LENGTH_MAX));
}

static bool all_alike(size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (report->results[i] != report->results[0])
			return false;
	return true;
}

/* Some of the programs divide by 0, and most look at the arguments: else they show little. */
static void random_programs_answer_as_predicted(void **state)
{
	static struct built_program built;
	struct random_source source = {SEED};
	size_t kills = 0, various = 0;

	(void)state;
	for (size_t i = 0; i < RANDOM_PROGRAMS; i++) {
		struct probe probes[PROBE_COUNT];

		fill_probes(probes, &source);
		build_layer(&built, &source);
		size_t made = assert_agreement(&built, 1, probes, PROBE_COUNT, 0);
		kills += report->results[made - 1] == KILLED;
		various += !all_alike(made);
	}
	assert_in_range(kills, 3, 30);
	assert_in_range(various, RANDOM_PROGRAMS / 2, RANDOM_PROGRAMS);
}

static void random_stacks_answer_as_predicted(void **state)
{
	static struct built_program layers[LAYERS_MAX];
	struct random_source source = {SEED + 1};

	(void)state;
	for (size_t i = 0; i < RANDOM_STACKS; i++) {
		struct probe probes[PROBE_COUNT];
		size_t count = 2 + i % 2;

		fill_probes(probes, &source);
		for (size_t j = 0; j < count; j++)
			build_layer(&layers[j], &source);
		assert_agreement(layers, count, probes, PROBE_COUNT, 0);
	}
}

/* Each return gets a number of its own, so that the way through the program is compared. */
static void number_returns(struct built_program *built)
{
	uint32_t number = 1;

	for (size_t i = 0; i < built->count; i++)
		if (built->items[i].code == (BPF_RET | BPF_K))
			built->items[i].k = RETURN_ERRNO(number++);
}

static void (*const builders[])(struct built_program *) = {
	build_libseccomp, build_docker, build_systemd, build_chrome};

static void filters_of_the_field_answer_as_predicted(void **state)
{
	static struct built_program built, body;
	struct random_source source = {SEED + 2};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(builders); i++)
		for (int first = 0; first < 480; first += PROBE_COUNT) {
			struct probe probes[PROBE_COUNT];

			fill_probes(probes, &source);
			for (int j = 0; j < PROBE_COUNT; j++)
				if (!is_exempt(first + j))
					probes[j].number = first + j;
			built.count = 0;
			build_exemption(&built, SYS_exit_group);
			builders[i](&body);
			number_returns(&body);
			for (size_t j = 0; j < body.count; j++)
				built_append(&built, body.items[j]);
			assert_agreement(&built, 1, probes, PROBE_COUNT, 0);
		}
}

/* exit_group is 231, whose leaf is made to allow it. */
static void a_big_tree_answers_as_predicted(void **state)
{
	static struct built_program built;
	struct random_source source = {SEED + 3};
	struct probe probes[PROBE_COUNT];

	(void)state;
	build_tree(&built, 1300);
	for (size_t i = 0; i < built.count; i++)
		if (built.items[i].k == RETURN_ERRNO(SYS_exit_group + 1))
			built.items[i].k = SECCOMP_RET_ALLOW;
	for (int round = 0; round < 5; round++) {
		fill_probes(probes, &source);
		for (size_t i = 0; i < PROBE_COUNT; i++)
			probes[i].number %= 1300;
		for (size_t i = 0; i < PROBE_COUNT; i++)
			if (is_exempt(probes[i].number))
				probes[i].number = 0;
		assert_agreement(&built, 1, probes, PROBE_COUNT, 0);
	}
}

static void build_action(struct built_program *ret, uint32_t action)
{
	ret->count = 0;
	BUILT_STATEMENT(ret, BPF_LD | BPF_W | BPF_ABS, OFFSET_NUMBER);
	BUILT_JUMP(ret, BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1);
	BUILT_STATEMENT(ret, BPF_RET | BPF_K, action);
	BUILT_STATEMENT(ret, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* 0x12340000 is no action: the kernel takes it for the worst one. Few kill: each is logged. */
static const uint32_t pairs[][2] = {
	{SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW},
	{SECCOMP_RET_ALLOW, SECCOMP_RET_LOG},
	{SECCOMP_RET_LOG, SECCOMP_RET_TRACE},
	{SECCOMP_RET_TRACE, SECCOMP_RET_ALLOW},
	{SECCOMP_RET_USER_NOTIF, SECCOMP_RET_ALLOW},
	{RETURN_ERRNO(5), SECCOMP_RET_ALLOW},
	{SECCOMP_RET_ALLOW, RETURN_ERRNO(5)},
	{SECCOMP_RET_TRACE, RETURN_ERRNO(5)},
	{RETURN_ERRNO(5), SECCOMP_RET_USER_NOTIF},
	{RETURN_ERRNO(5), RETURN_ERRNO(6)},
	{RETURN_ERRNO(6), RETURN_ERRNO(5)},
	{RETURN_ERRNO(0), RETURN_ERRNO(5)},
	{RETURN_ERRNO(5), RETURN_ERRNO(0)},
	{RETURN_ERRNO(0xffff), SECCOMP_RET_ALLOW},
	{RETURN_ERRNO(5), SECCOMP_RET_TRAP | 7},
	{SECCOMP_RET_TRAP | 7, RETURN_ERRNO(5)},
	{SECCOMP_RET_TRAP | 7, SECCOMP_RET_TRAP | 8},
	{SECCOMP_RET_TRAP | 8, SECCOMP_RET_TRAP | 7},
	{SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP | 7},
	{RETURN_ERRNO(5), SECCOMP_RET_KILL_THREAD},
	{SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP | 7},
	{SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS},
	{0x12340000, SECCOMP_RET_ALLOW},
	{0x12340000, RETURN_ERRNO(5)},
};

static void of_two_actions_the_predicted_one_is_taken(void **state)
{
	static struct built_program layers[2];
	const struct probe probe = {.number = SYS_getppid};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		build_action(&layers[0], pairs[i][0]);
		build_action(&layers[1], pairs[i][1]);
		assert_agreement(layers, 2, &probe, 1, getpid());
	}
}

static void build_doubtful(struct built_program *ret, size_t index)
{
	struct random_source source = {SEED + 4 + index};

	ret->count = 0;
	build_exemption(ret, SYS_exit_group);
	build_exemption(ret, SYS_seccomp);
	size_t first = ret->count;
	build_random(ret, &source, random_below(&source, 12));
	for (uint32_t i = random_below(&source, 4); i > 0; i--)
		built_damage(ret, first, &source);
}

static void try_all(void)
{
	static struct built_program built;

	prepare_child();
	for (size_t i = 0; i < VALIDITY_COUNT; i++) {
		build_doubtful(&built, i);
		report->accepted[i] = install(&built);
	}
	end_child(0);
}

static void the_kernel_accepts_what_is_valid(void **state)
{
	static struct built_program built;
	size_t accepted = 0;
	int status;
	pid_t child = fork();

	(void)state;
	if (!child)
		try_all();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	for (size_t i = 0; i < VALIDITY_COUNT; i++) {
		build_doubtful(&built, i);
		struct seccomp_program program = built_view(&built);

		if (seccomp_program_is_valid(&program) != report->accepted[i])
			fail_msg("program %zu: %s by the kernel", i,
				report->accepted[i] ? "accepted" : "refused");
		accepted += report->accepted[i];
	}
	assert_in_range(accepted, VALIDITY_COUNT / 5, VALIDITY_COUNT * 4 / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_programs_answer_as_predicted),
		cmocka_unit_test(random_stacks_answer_as_predicted),
		cmocka_unit_test(filters_of_the_field_answer_as_predicted),
		cmocka_unit_test(a_big_tree_answers_as_predicted),
		cmocka_unit_test(of_two_actions_the_predicted_one_is_taken),
		cmocka_unit_test(the_kernel_accepts_what_is_valid),
	};

	report = mmap(
		NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
