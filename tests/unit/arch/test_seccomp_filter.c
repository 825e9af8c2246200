#include "../base/test_support.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "arch/seccomp_filter.h"
#include "base/array.h"
#include "seccomp_programs.h"

#define ALLOW  SECCOMP_RET_ALLOW
#define LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define RETURN (BPF_RET | BPF_K)

#define UNKNOWN(n) (1u << (n))

static struct seccomp_question ask(int number)
{
	return (struct seccomp_question){.data = {.nr = number, .arch = AUDIT_ARCH_X86_64}};
}

static struct seccomp_verdict evaluate(
	const struct built_program *built, const struct seccomp_question *question)
{
	struct seccomp_program program = built_view(built);
	struct seccomp_verdict verdict;

	assert_success(seccomp_program_evaluate(&program, question, &verdict));
	return verdict;
}

struct calculation {
	uint16_t operation;
	uint32_t left, right, result;
};

static const struct calculation calculations[] = {
	{BPF_ADD, UINT32_MAX, 2, 1},
	{BPF_SUB, 1, 2, UINT32_MAX},
	{BPF_MUL, 0x10001, 0x10000, 0x10000},
	{BPF_DIV, UINT32_MAX, 2, 0x7fffffff},
	{BPF_DIV, 0x80000000, UINT32_MAX, 0},
	{BPF_AND, 0xff00ff00, 0x0ff00ff0, 0x0f000f00},
	{BPF_OR, 0xff000000, 0x000000ff, 0xff0000ff},
	{BPF_XOR, UINT32_MAX, 0x0000ffff, 0xffff0000},
	{BPF_LSH, 0x80000001, 1, 2},
	{BPF_RSH, 0x80000001, 31, 1},
	{BPF_NEG, 1, 0, UINT32_MAX},
};

static struct seccomp_verdict calculate(const struct calculation *one, bool by_index)
{
	struct built_program built = {0};
	struct seccomp_question question = ask(0);

	BUILT_STATEMENT(&built, BPF_LDX | BPF_IMM, by_index ? one->right : 0xdead);
	BUILT_STATEMENT(&built, BPF_LD | BPF_IMM, one->left);
	BUILT_STATEMENT(&built, (uint16_t)(BPF_ALU | one->operation | (by_index ? BPF_X : BPF_K)),
		by_index ? 0xbeef : one->right);
	BUILT_STATEMENT(&built, BPF_RET | BPF_A, 0);
	return evaluate(&built, &question);
}

static void calculations_are_those_of_32_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calculations); i++)
		for (int by_index = 0; by_index < 2; by_index++) {
			const struct calculation *one = &calculations[i];

			if (by_index && one->operation == BPF_NEG)
				continue;
			struct seccomp_verdict verdict = calculate(one, by_index);
			if (verdict.action != one->result || !verdict.certain)
				fail_msg("row %zu, by index %d: 0x%x", i, by_index, verdict.action);
		}
}

static void a_division_by_zero_ends_the_program(void **state)
{
	const struct calculation division = {BPF_DIV, 7, 0, 0};
	struct seccomp_verdict verdict = calculate(&division, true);

	(void)state;
	assert_int_equal(verdict.action, SECCOMP_RET_KILL_THREAD);
	assert_true(verdict.certain);
}

static void every_word_of_the_data_is_loaded(void **state)
{
	struct seccomp_question question = {
		.data = {0x01020304, 0x05060708, 0x1112131415161718,
			{0x2122232425262728, 0x3132333435363738, 3, 4, 5, 0x7172737475767778}}};
	static const struct {
		uint32_t offset, word;
	} loads[] = {{OFFSET_NUMBER, 0x01020304}, {OFFSET_ARCH, 0x05060708},
		{OFFSET_POINTER_LOW, 0x15161718}, {OFFSET_POINTER_LOW + 4, 0x11121314},
		{OFFSET_LOW(0), 0x25262728}, {OFFSET_HIGH(0), 0x21222324},
		{OFFSET_LOW(1), 0x35363738}, {OFFSET_HIGH(1), 0x31323334}, {OFFSET_LOW(4), 5},
		{OFFSET_HIGH(4), 0}, {OFFSET_HIGH(5), 0x71727374}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		struct built_program built = {0};

		BUILT_STATEMENT(&built, LOAD, loads[i].offset);
		BUILT_STATEMENT(&built, BPF_RET | BPF_A, 0);
		assert_int_equal(evaluate(&built, &question).action, loads[i].word);
	}
}

/* Valid but for one thing; the last one is valid. */
static const struct {
	const char *what;
	size_t count;
	struct sock_filter items[4];
} malformed[] = {
	{"empty", 0, {{0}}},
	{"no return", 1, {BPF_STMT(LOAD, 0)}},
	{"runs off the end", 2, {BPF_STMT(RETURN, 0), BPF_STMT(LOAD, 0)}},
	{"ends with a jump", 1, {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0)}},
	{"jumps beyond the end if so", 2,
		{BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(RETURN, 0)}},
	{"jumps beyond the end if not", 2,
		{BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 255), BPF_STMT(RETURN, 0)}},
	{"jumps beyond the end", 2, {BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(RETURN, 0)}},
	{"jumps back", 2, {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), BPF_STMT(RETURN, 0)}},
	{"loads beyond the data", 2, {BPF_STMT(LOAD, 64), BPF_STMT(RETURN, 0)}},
	{"loads far away", 2, {BPF_STMT(LOAD, 0xfffffffc), BPF_STMT(RETURN, 0)}},
	{"loads across words", 2, {BPF_STMT(LOAD, 2), BPF_STMT(RETURN, 0)}},
	{"loads a half word", 2, {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), BPF_STMT(RETURN, 0)}},
	{"loads indirectly", 2, {BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), BPF_STMT(RETURN, 0)}},
	{"scratch beyond the end", 2, {BPF_STMT(BPF_ST, BPF_MEMWORDS), BPF_STMT(RETURN, 0)}},
	{"scratch far away", 2, {BPF_STMT(BPF_STX, UINT32_MAX), BPF_STMT(RETURN, 0)}},
	{"loads scratch beyond the end", 2,
		{BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS), BPF_STMT(RETURN, 0)}},
	{"scratch that was not written", 2, {BPF_STMT(BPF_LDX | BPF_MEM, 0), BPF_STMT(RETURN, 0)}},
	{"scratch that was written on one path", 4,
		{BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_ST, 7),
			BPF_STMT(BPF_LD | BPF_MEM, 7), BPF_STMT(RETURN, 0)}},
	{"divides by 0", 2, {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), BPF_STMT(RETURN, 0)}},
	{"shifts left by 32", 2, {BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), BPF_STMT(RETURN, 0)}},
	{"shifts right by 32", 2, {BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32), BPF_STMT(RETURN, 0)}},
	{"modulo", 2, {BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), BPF_STMT(RETURN, 0)}},
	{"returns X", 1, {BPF_STMT(BPF_RET | BPF_X, 0)}},
	{"a bit too many", 2, {BPF_STMT(0x100 | LOAD, 0), BPF_STMT(RETURN, 0)}},
	{NULL, 2, {BPF_STMT(LOAD, 60), BPF_STMT(RETURN, 0)}},
};

static void what_the_kernel_refuses_is_malformed(void **state)
{
	const struct seccomp_question question = ask(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		struct seccomp_program program = {malformed[i].items, malformed[i].count};
		struct seccomp_verdict verdict = {.action = 77};
		struct error *error = seccomp_program_evaluate(&program, &question, &verdict);

		if (seccomp_program_is_valid(&program) != !malformed[i].what)
			fail_msg("%s", malformed[i].what);
		if (!malformed[i].what) {
			assert_success(error);
			continue;
		}
		assert_error(error, ERROR_MALFORMED,
			"a seccomp filter that the kernel would not accept", NULL);
		assert_int_equal(verdict.action, 77);
	}
}

static void the_longest_program_is_4096_instructions(void **state)
{
	static struct sock_filter items[BPF_MAXINSNS + 1];
	const struct seccomp_question question = ask(SYS_read);
	struct seccomp_program program = {items, BPF_MAXINSNS + 1};
	struct seccomp_verdict verdict;

	(void)state;
	for (size_t i = 0; i < BPF_MAXINSNS; i++)
		items[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	items[BPF_MAXINSNS - 1] = items[BPF_MAXINSNS] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
	assert_false(seccomp_program_is_valid(&program));
	program.count--;
	assert_success(seccomp_program_evaluate(&program, &question, &verdict));
	assert_int_equal(verdict.action, BPF_MAXINSNS - 1);
}

/* A question, and what the whole program answers to it. */
struct expectation {
	void (*build)(struct built_program *ret);
	int number;
	uint64_t arguments[6];
	unsigned unknown;
	uint32_t action;
	bool certain;
};

#define HIGH_BIT (1ULL << 32)
#define EPERM_   RETURN_ERRNO(EPERM)
#define EACCES_  RETURN_ERRNO(EACCES)
#define TRAP     (SECCOMP_RET_TRAP | 8)

static const struct expectation expectations[] = {
	{build_libseccomp, SYS_read, {0}, 0x3f, ALLOW, true},
	{build_libseccomp, SYS_open, {0}, 0x3f, EACCES_, true},
	{build_libseccomp, SYS_read | 0x40000000, {0}, 0, SECCOMP_RET_KILL_PROCESS, true},
	{build_libseccomp, SYS_mmap, {0, 1, PROT_READ}, UNKNOWN(0) | UNKNOWN(5), ALLOW, true},
	{build_libseccomp, SYS_mmap, {0, 1, PROT_EXEC}, UNKNOWN(0), EACCES_, true},
	{build_libseccomp, SYS_mmap, {0, 1, HIGH_BIT | PROT_READ}, 0, ALLOW, true},
	{build_libseccomp, SYS_mmap, {0}, UNKNOWN(2), EACCES_, false},
	{build_libseccomp, SYS_clone, {CLONE_VM | CLONE_THREAD}, UNKNOWN(1), ALLOW, true},
	{build_libseccomp, SYS_clone, {CLONE_VM}, 0, EACCES_, true},
	{build_libseccomp, SYS_clone, {0}, UNKNOWN(0), EACCES_, false},
	{build_libseccomp, SYS_clone3, {0}, 0x3f, RETURN_ERRNO(ENOSYS), true},
	{build_docker, SYS_mmap, {0}, 0x3f, ALLOW, true},
	{build_docker, SYS_clone, {CLONE_VM | CLONE_THREAD}, 0, ALLOW, true},
	{build_docker, SYS_clone, {CLONE_NEWUSER}, 0, EPERM_, true},
	{build_docker, SYS_clone, {0}, UNKNOWN(0), EPERM_, false},
	{build_docker, SYS_clone, {CLONE_VM}, UNKNOWN(1) | UNKNOWN(2), ALLOW, true},
	{build_docker, SYS_ptrace, {0}, 0x3f, EPERM_, true},
	{build_docker, SYS_personality, {0}, 0, ALLOW, true},
	{build_docker, SYS_personality, {UINT32_MAX}, 0, ALLOW, true},
	{build_docker, SYS_personality, {HIGH_BIT}, 0, EPERM_, true},
	{build_docker, SYS_personality, {0}, UNKNOWN(0), EPERM_, false},
	{build_docker, SYS_memfd_create, {0}, 0x3f, ALLOW, true},
	{build_docker, SYS_bpf, {0}, 0x3f, EPERM_, true},
	{build_docker, SYS_clone3, {0}, 0x3f, RETURN_ERRNO(ENOSYS), true},
	{build_systemd, SYS_mmap, {0, 1, PROT_READ | PROT_WRITE}, UNKNOWN(0), ALLOW, true},
	{build_systemd, SYS_mmap, {0, 1, PROT_READ | PROT_EXEC}, UNKNOWN(0), ALLOW, true},
	{build_systemd, SYS_mmap, {0, 1, PROT_WRITE | PROT_EXEC}, UNKNOWN(0), EPERM_, true},
	{build_systemd, SYS_mprotect, {0, 1, PROT_READ | PROT_EXEC}, 3, EPERM_, true},
	{build_systemd, SYS_mprotect, {0, 1, PROT_READ}, 3, ALLOW, true},
	{build_systemd, SYS_pkey_mprotect, {0, 1, PROT_EXEC}, 3, EPERM_, true},
	{build_systemd, SYS_shmat, {0, 0, SHM_EXEC}, 0, EPERM_, true},
	{build_systemd, SYS_shmat, {0, 0, SHM_RDONLY}, 0, ALLOW, true},
	{build_systemd, SYS_memfd_create, {0}, 0x3f, ALLOW, true},
	{build_chrome, SYS_read, {0}, 0x3f, ALLOW, true},
	{build_chrome, SYS_open, {0}, 0x3f, TRAP, true},
	{build_chrome, SYS_mmap, {0, 1, PROT_READ | PROT_WRITE}, UNKNOWN(0), ALLOW, true},
	{build_chrome, SYS_mmap, {0, 1, PROT_EXEC}, UNKNOWN(0), TRAP, true},
	{build_chrome, SYS_mprotect, {0, 1, HIGH_BIT}, 0, SECCOMP_RET_KILL_THREAD, true},
	{build_chrome, SYS_mprotect, {0}, UNKNOWN(2), SECCOMP_RET_KILL_THREAD, false},
	{build_chrome, SYS_munmap, {0}, 0x3f, ALLOW, true},
	{build_chrome, SYS_madvise, {0, 1, MADV_DONTNEED}, 3, ALLOW, true},
	{build_chrome, SYS_madvise, {0, 1, MADV_FREE}, 3, ALLOW, true},
	{build_chrome, SYS_madvise, {0, 1, MADV_HUGEPAGE}, 3, SECCOMP_RET_TRAP | 7, true},
	{build_chrome, SYS_madvise, {0}, UNKNOWN(2), SECCOMP_RET_TRAP | 7, false},
	{build_chrome, SYS_clone3, {0}, 0x3f, TRAP, true},
};

static void filters_of_the_field_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expectations); i++) {
		const struct expectation *one = &expectations[i];
		struct seccomp_question question = ask(one->number);
		struct built_program built;

		one->build(&built);
		question.unknown_arguments = one->unknown;
		question.unknown_pointer = true;
		memcpy(question.data.args, one->arguments, sizeof(one->arguments));
		struct seccomp_verdict verdict = evaluate(&built, &question);
		if (verdict.action != one->action || verdict.certain != one->certain)
			fail_msg("row %zu: 0x%x, %s", i, verdict.action,
				verdict.certain ? "certain" : "not certain");
	}
}

static void another_architecture_is_another_answer(void **state)
{
	struct seccomp_question question = ask(SYS_read);
	struct built_program built;

	(void)state;
	question.data.arch = AUDIT_ARCH_I386;
	build_libseccomp(&built);
	assert_int_equal(evaluate(&built, &question).action, SECCOMP_RET_KILL_PROCESS);
	build_systemd(&built);
	assert_int_equal(evaluate(&built, &question).action, ALLOW);
}

static void a_big_tree_has_a_leaf_for_each_number(void **state)
{
	static struct built_program built;
	const uint32_t count = 1300;

	(void)state;
	build_tree(&built, count);
	assert_in_range(built.count, 3800, BPF_MAXINSNS);
	for (uint32_t number = 0; number < count + 10; number++) {
		struct seccomp_question question = ask((int)number);

		assert_int_equal(evaluate(&built, &question).action,
			number < count ? RETURN_ERRNO(number + 1) : ALLOW);
	}
}

/* 2^n paths: to follow each of them would never end. */
static void many_forks_take_no_longer(void **state)
{
	static struct built_program built;
	struct seccomp_question question = ask(SYS_read);

	(void)state;
	built.count = 0;
	BUILT_STATEMENT(&built, LOAD, OFFSET_LOW(0));
	while (built.count < BPF_MAXINSNS - 3) {
		BUILT_JUMP(&built, BPF_JMP | BPF_JSET | BPF_K, (uint32_t)built.count, 0, 1);
		BUILT_STATEMENT(&built, BPF_ALU | BPF_ADD | BPF_K, 1);
	}
	BUILT_JUMP(&built, BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1);
	BUILT_STATEMENT(&built, RETURN, EPERM_);
	BUILT_STATEMENT(&built, RETURN, ALLOW);
	question.unknown_arguments = UNKNOWN(0);
	struct seccomp_verdict verdict = evaluate(&built, &question);
	assert_int_equal(verdict.action, EPERM_);
	assert_false(verdict.certain);
}

/* The program, and what it says when the first argument and where the call comes from are unknown.
 */
struct unknown {
	const char *what;
	size_t count;
	struct sock_filter items[8];
	uint32_t action;
	bool certain;
};

#define LOAD_UNKNOWN BPF_STMT(LOAD, OFFSET_LOW(0))

static const struct unknown unknowns[] = {
	{"loaded but not looked at", 2, {LOAD_UNKNOWN, BPF_STMT(RETURN, ALLOW)}, ALLOW, true},
	{"both ways end alike", 4,
		{LOAD_UNKNOWN, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
			BPF_STMT(RETURN, EPERM_), BPF_STMT(RETURN, EPERM_)},
		EPERM_, true},
	{"two errors", 4,
		{LOAD_UNKNOWN, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
			BPF_STMT(RETURN, EPERM_), BPF_STMT(RETURN, EACCES_)},
		EPERM_, false},
	{"the better way comes first", 4,
		{LOAD_UNKNOWN, BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 0, 1),
			BPF_STMT(RETURN, ALLOW), BPF_STMT(RETURN, SECCOMP_RET_KILL_PROCESS)},
		SECCOMP_RET_KILL_PROCESS, false},
	{"returned", 2, {LOAD_UNKNOWN, BPF_STMT(BPF_RET | BPF_A, 0)}, SECCOMP_RET_KILL_PROCESS,
		false},
	{"forgotten", 4,
		{LOAD_UNKNOWN, BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(LOAD, OFFSET_NUMBER),
			BPF_STMT(BPF_RET | BPF_A, 0)},
		SYS_read, true},
	{"through the index", 5,
		{LOAD_UNKNOWN, BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_IMM, 1),
			BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0), BPF_STMT(BPF_RET | BPF_A, 0)},
		SECCOMP_RET_KILL_PROCESS, false},
	{"through scratch", 5,
		{LOAD_UNKNOWN, BPF_STMT(BPF_ST, 9), BPF_STMT(BPF_LD | BPF_IMM, 1),
			BPF_STMT(BPF_LD | BPF_MEM, 9), BPF_STMT(BPF_RET | BPF_A, 0)},
		SECCOMP_RET_KILL_PROCESS, false},
	{"may divide by 0", 5,
		{LOAD_UNKNOWN, BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_IMM, 1),
			BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), BPF_STMT(RETURN, ALLOW)},
		SECCOMP_RET_KILL_THREAD, false},
	{"ways that left different numbers", 6,
		{LOAD_UNKNOWN, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
			BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_JMP | BPF_JA, 1),
			BPF_STMT(BPF_LD | BPF_IMM, 2), BPF_STMT(BPF_RET | BPF_A, 0)},
		SECCOMP_RET_KILL_PROCESS, false},
	{"ways that left the same number", 6,
		{LOAD_UNKNOWN, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
			BPF_STMT(BPF_LD | BPF_IMM, ALLOW), BPF_STMT(BPF_JMP | BPF_JA, 1),
			BPF_STMT(BPF_LD | BPF_IMM, ALLOW), BPF_STMT(BPF_RET | BPF_A, 0)},
		ALLOW, true},
	{"where the call comes from", 4,
		{BPF_STMT(LOAD, OFFSET_POINTER_LOW), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
			BPF_STMT(RETURN, ALLOW), BPF_STMT(RETURN, SECCOMP_RET_TRAP)},
		SECCOMP_RET_TRAP, false},
	{"the other argument is known", 2,
		{BPF_STMT(LOAD, OFFSET_LOW(1)), BPF_STMT(BPF_RET | BPF_A, 0)}, 77, true},
};

static void what_is_not_known_is_followed(void **state)
{
	struct seccomp_question question = {.data = {.nr = SYS_read, .args = {0, 77}},
		.unknown_arguments = UNKNOWN(0),
		.unknown_pointer = true};

	(void)state;
	question.data.nr = SYS_read;
	for (size_t i = 0; i < ARRAY_SIZE(unknowns); i++) {
		struct seccomp_program program = {unknowns[i].items, unknowns[i].count};
		struct seccomp_verdict verdict;

		assert_success(seccomp_program_evaluate(&program, &question, &verdict));
		if (verdict.action != unknowns[i].action || verdict.certain != unknowns[i].certain)
			fail_msg("%s: 0x%x, %s", unknowns[i].what, verdict.action,
				verdict.certain ? "certain" : "not certain");
	}
}

/* In the order in which they were installed; an uncertain one may also allow. */
struct layers {
	uint32_t first, second;
	bool first_certain, second_certain;
	uint32_t action;
	bool certain;
};

static const struct layers layers[] = {
	{ALLOW, ALLOW, true, true, ALLOW, true},
	{EPERM_, ALLOW, true, true, EPERM_, true},
	{ALLOW, EPERM_, true, true, EPERM_, true},
	{EPERM_, EACCES_, true, true, EACCES_, true},
	{EPERM_, SECCOMP_RET_KILL_THREAD, true, true, SECCOMP_RET_KILL_THREAD, true},
	{SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, true, true, SECCOMP_RET_KILL_PROCESS,
		true},
	{SECCOMP_RET_TRACE, SECCOMP_RET_USER_NOTIF, true, true, SECCOMP_RET_USER_NOTIF, true},
	{SECCOMP_RET_LOG, ALLOW, true, true, SECCOMP_RET_LOG, true},
	{EPERM_, ALLOW, false, true, EPERM_, false},
	{ALLOW, EPERM_, true, false, EPERM_, false},
	{EPERM_, SECCOMP_RET_TRAP, true, false, SECCOMP_RET_TRAP, false},
	{EPERM_, SECCOMP_RET_TRAP, false, true, SECCOMP_RET_TRAP, true},
	{EPERM_, EPERM_, true, false, EPERM_, true},
	{EPERM_, EPERM_, false, true, EPERM_, true},
	{EPERM_, EPERM_, false, false, EPERM_, false},
	{EPERM_, EACCES_, true, false, EACCES_, false},
	{EPERM_, EACCES_, false, true, EACCES_, true},
};

static void build_answer(struct built_program *ret, uint32_t action, bool certain)
{
	ret->count = 0;
	BUILT_STATEMENT(ret, LOAD, OFFSET_LOW(0));
	BUILT_JUMP(ret, BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1);
	BUILT_STATEMENT(ret, RETURN, certain ? action : ALLOW);
	BUILT_STATEMENT(ret, RETURN, action);
}

static void the_most_restrictive_counts(void **state)
{
	struct seccomp_question question = ask(SYS_read);
	struct seccomp_verdict verdict;

	(void)state;
	question.unknown_arguments = UNKNOWN(0);
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++) {
		struct built_program first, second;

		build_answer(&first, layers[i].first, layers[i].first_certain);
		build_answer(&second, layers[i].second, layers[i].second_certain);
		const struct seccomp_program both[] = {built_view(&first), built_view(&second)};
		assert_success(seccomp_most_restrictive(both, 2, &question, &verdict));
		if (verdict.action != layers[i].action || verdict.certain != layers[i].certain)
			fail_msg("row %zu: 0x%x, %s", i, verdict.action,
				verdict.certain ? "certain" : "not certain");
	}
	assert_success(seccomp_most_restrictive(NULL, 0, &question, &verdict));
	assert_int_equal(verdict.action, ALLOW);
	assert_true(verdict.certain);
}

static void one_malformed_program_spoils_all(void **state)
{
	const struct sock_filter allow = BPF_STMT(RETURN, ALLOW), load = BPF_STMT(LOAD, 0);
	const struct seccomp_program programs[] = {{&allow, 1}, {&load, 1}};
	struct seccomp_question question = ask(SYS_read);
	struct seccomp_verdict verdict = {.action = 77};

	(void)state;
	assert_error(seccomp_most_restrictive(programs, 2, &question, &verdict), ERROR_MALFORMED,
		"a seccomp filter that the kernel would not accept", NULL);
	assert_int_equal(verdict.action, 77);
}

static void only_two_actions_permit(void **state)
{
	(void)state;
	assert_true(seccomp_action_permits(SECCOMP_RET_ALLOW | 5));
	assert_true(seccomp_action_permits(SECCOMP_RET_LOG));
	assert_false(seccomp_action_permits(SECCOMP_RET_ERRNO));
	assert_false(seccomp_action_permits(SECCOMP_RET_TRACE));
	assert_false(seccomp_action_permits(SECCOMP_RET_USER_NOTIF));
	assert_false(seccomp_action_permits(SECCOMP_RET_TRAP));
	assert_false(seccomp_action_permits(SECCOMP_RET_KILL_THREAD));
	assert_false(seccomp_action_permits(SECCOMP_RET_KILL_PROCESS));
	assert_false(seccomp_action_permits(0x12340000));
	assert_false(seccomp_action_permits(0xffff0000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calculations_are_those_of_32_bits),
		cmocka_unit_test(a_division_by_zero_ends_the_program),
		cmocka_unit_test(every_word_of_the_data_is_loaded),
		cmocka_unit_test(what_the_kernel_refuses_is_malformed),
		cmocka_unit_test(the_longest_program_is_4096_instructions),
		cmocka_unit_test(filters_of_the_field_are_understood),
		cmocka_unit_test(another_architecture_is_another_answer),
		cmocka_unit_test(a_big_tree_has_a_leaf_for_each_number),
		cmocka_unit_test(many_forks_take_no_longer),
		cmocka_unit_test(what_is_not_known_is_followed),
		cmocka_unit_test(the_most_restrictive_counts),
		cmocka_unit_test(one_malformed_program_spoils_all),
		cmocka_unit_test(only_two_actions_permit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
