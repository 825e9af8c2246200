#include "seccomp_programs.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "base/array.h"

#define X32_BIT      0x40000000
#define LOAD         (BPF_LD | BPF_W | BPF_ABS)
#define JUMP_EQUAL   (BPF_JMP | BPF_JEQ | BPF_K)
#define JUMP_GREATER (BPF_JMP | BPF_JGT | BPF_K)
#define JUMP_LEAST   (BPF_JMP | BPF_JGE | BPF_K)
#define JUMP_BITS    (BPF_JMP | BPF_JSET | BPF_K)
#define ALU_AND      (BPF_ALU | BPF_AND | BPF_K)
#define RETURN       (BPF_RET | BPF_K)

struct seccomp_program built_view(const struct built_program *built)
{
	return (struct seccomp_program){built->items, built->count};
}

void built_append(struct built_program *built, struct sock_filter item)
{
	if (built->count < BPF_MAXINSNS)
		built->items[built->count++] = item;
}

/* One instruction of a program whose jumps are by name; NULL is the next one. */
struct line {
	const char *label;
	uint16_t code;
	uint32_t k;
	const char *yes, *no;
};

static uint8_t distance(const struct line *lines, size_t count, size_t from, const char *label)
{
	if (!label)
		return 0;
	for (size_t to = from + 1; to < count; to++)
		if (lines[to].label && strcmp(lines[to].label, label) == 0)
			return (uint8_t)(to - from - 1);
	abort();
}

static void assemble(struct built_program *ret, const struct line *lines, size_t count)
{
	ret->count = 0;
	for (size_t i = 0; i < count; i++)
		built_append(ret,
			(struct sock_filter){lines[i].code, distance(lines, count, i, lines[i].yes),
				distance(lines, count, i, lines[i].no), lines[i].k});
}

void build_libseccomp(struct built_program *ret)
{
	static const struct line lines[] = {
		{NULL, LOAD, OFFSET_ARCH, NULL, NULL},
		{NULL, JUMP_EQUAL, AUDIT_ARCH_X86_64, NULL, "kill"},
		{NULL, LOAD, OFFSET_NUMBER, NULL, NULL},
		{NULL, JUMP_LEAST, X32_BIT, NULL, "native"},
		{NULL, JUMP_EQUAL, UINT32_MAX, NULL, "kill"},
		{"native", JUMP_EQUAL, SYS_read, "allow", NULL},
		{NULL, JUMP_EQUAL, SYS_write, "allow", NULL},
		{NULL, JUMP_EQUAL, SYS_futex, "allow", NULL},
		{NULL, JUMP_EQUAL, SYS_mmap, NULL, "clone"},
		/* SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) */
		{NULL, LOAD, OFFSET_HIGH(2), NULL, NULL},
		{NULL, ALU_AND, 0, NULL, NULL},
		{NULL, JUMP_EQUAL, 0, NULL, "default"},
		{NULL, LOAD, OFFSET_LOW(2), NULL, NULL},
		{NULL, ALU_AND, PROT_EXEC, NULL, NULL},
		{NULL, JUMP_EQUAL, 0, "allow", "default"},
		{"clone", JUMP_EQUAL, SYS_clone, NULL, "clone3"},
		/* SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD) */
		{NULL, LOAD, OFFSET_HIGH(0), NULL, NULL},
		{NULL, ALU_AND, 0, NULL, NULL},
		{NULL, JUMP_EQUAL, 0, NULL, "default"},
		{NULL, LOAD, OFFSET_LOW(0), NULL, NULL},
		{NULL, ALU_AND, CLONE_THREAD, NULL, NULL},
		{NULL, JUMP_EQUAL, CLONE_THREAD, "allow", "default"},
		{"clone3", JUMP_EQUAL, SYS_clone3, "absent", "default"},
		{"default", RETURN, RETURN_ERRNO(EACCES), NULL, NULL},
		{"absent", RETURN, RETURN_ERRNO(ENOSYS), NULL, NULL},
		{"allow", RETURN, SECCOMP_RET_ALLOW, NULL, NULL},
		{"kill", RETURN, SECCOMP_RET_KILL_PROCESS, NULL, NULL},
	};

	assemble(ret, lines, ARRAY_SIZE(lines));
}

void build_docker(struct built_program *ret)
{
	static const struct line lines[] = {
		{NULL, LOAD, OFFSET_ARCH, NULL, NULL},
		{NULL, JUMP_EQUAL, AUDIT_ARCH_X86_64, NULL, "default"},
		{NULL, LOAD, OFFSET_NUMBER, NULL, NULL},
		{NULL, JUMP_LEAST, X32_BIT, "default", NULL},
		{NULL, JUMP_GREATER, SYS_personality, "upper", NULL},
		{NULL, JUMP_GREATER, SYS_clone, "middle", NULL},
		{NULL, JUMP_EQUAL, SYS_clone, NULL, "allow"},
		/* No new namespaces. */
		{NULL, LOAD, OFFSET_HIGH(0), NULL, NULL},
		{NULL, ALU_AND, 0, NULL, NULL},
		{NULL, JUMP_EQUAL, 0, NULL, "default"},
		{NULL, LOAD, OFFSET_LOW(0), NULL, NULL},
		{NULL, ALU_AND, 0x7e020000, NULL, NULL},
		{NULL, JUMP_EQUAL, 0, "allow", "default"},
		{"middle", JUMP_EQUAL, SYS_ptrace, "default", NULL},
		{NULL, JUMP_EQUAL, SYS_personality, NULL, "allow"},
		{NULL, LOAD, OFFSET_HIGH(0), NULL, NULL},
		{NULL, JUMP_EQUAL, 0, NULL, "default"},
		{NULL, LOAD, OFFSET_LOW(0), NULL, NULL},
		{NULL, JUMP_EQUAL, PER_LINUX, "allow", NULL},
		{NULL, JUMP_EQUAL, UINT32_MAX, "allow", "default"},
		{"upper", JUMP_GREATER, SYS_bpf, NULL, "below"},
		{NULL, JUMP_EQUAL, SYS_clone3, "absent", "allow"},
		{"below", JUMP_EQUAL, SYS_bpf, "default", "allow"},
		{"allow", RETURN, SECCOMP_RET_ALLOW, NULL, NULL},
		{"absent", RETURN, RETURN_ERRNO(ENOSYS), NULL, NULL},
		{"default", RETURN, RETURN_ERRNO(EPERM), NULL, NULL},
	};

	assemble(ret, lines, ARRAY_SIZE(lines));
}

void build_systemd(struct built_program *ret)
{
	static const struct line lines[] = {
		{NULL, LOAD, OFFSET_ARCH, NULL, NULL},
		{NULL, JUMP_EQUAL, AUDIT_ARCH_X86_64, NULL, "allow"},
		{NULL, LOAD, OFFSET_NUMBER, NULL, NULL},
		{NULL, JUMP_EQUAL, SYS_mmap, "mmap", NULL},
		{NULL, JUMP_EQUAL, SYS_mprotect, "mprotect", NULL},
		{NULL, JUMP_EQUAL, SYS_pkey_mprotect, "mprotect", NULL},
		{NULL, JUMP_EQUAL, SYS_shmat, "shmat", "allow"},
		{"mmap", LOAD, OFFSET_LOW(2), NULL, NULL},
		{NULL, ALU_AND, PROT_EXEC | PROT_WRITE, NULL, NULL},
		{NULL, JUMP_EQUAL, PROT_EXEC | PROT_WRITE, "deny", "allow"},
		{"mprotect", LOAD, OFFSET_LOW(2), NULL, NULL},
		{NULL, ALU_AND, PROT_EXEC, NULL, NULL},
		{NULL, JUMP_EQUAL, PROT_EXEC, "deny", "allow"},
		{"shmat", LOAD, OFFSET_LOW(2), NULL, NULL},
		{NULL, ALU_AND, SHM_EXEC, NULL, NULL},
		{NULL, JUMP_EQUAL, SHM_EXEC, "deny", "allow"},
		{"allow", RETURN, SECCOMP_RET_ALLOW, NULL, NULL},
		{"deny", RETURN, RETURN_ERRNO(EPERM), NULL, NULL},
	};

	assemble(ret, lines, ARRAY_SIZE(lines));
}

void build_chrome(struct built_program *ret)
{
	static const struct line lines[] = {
		{NULL, LOAD, OFFSET_ARCH, NULL, NULL},
		{NULL, JUMP_EQUAL, AUDIT_ARCH_X86_64, "native", NULL},
		{NULL, RETURN, SECCOMP_RET_KILL_PROCESS, NULL, NULL},
		{"native", LOAD, OFFSET_NUMBER, NULL, NULL},
		{NULL, JUMP_BITS, X32_BIT, "trap", NULL},
		{NULL, JUMP_LEAST, SYS_munmap, "upper", NULL},
		{NULL, JUMP_LEAST, SYS_mprotect, "protection", NULL},
		{NULL, JUMP_LEAST, SYS_mmap, "protection", NULL},
		{NULL, JUMP_LEAST, SYS_open, "trap", "allow"},
		/* Of mmap and of mprotect the protection is the third argument. */
		{"protection", LOAD, OFFSET_HIGH(2), NULL, NULL},
		{NULL, JUMP_EQUAL, 0, NULL, "kill"},
		{NULL, LOAD, OFFSET_LOW(2), NULL, NULL},
		{NULL, JUMP_BITS, ~(uint32_t)(PROT_READ | PROT_WRITE), "trap", "allow"},
		{"upper", JUMP_LEAST, SYS_madvise + 1, "trap", NULL},
		{NULL, JUMP_LEAST, SYS_madvise, NULL, "allow"},
		{NULL, LOAD, OFFSET_LOW(2), NULL, NULL},
		{NULL, BPF_ST, 3, NULL, NULL},
		{NULL, BPF_LDX | BPF_MEM, 3, NULL, NULL},
		{NULL, BPF_LD | BPF_IMM, MADV_DONTNEED, NULL, NULL},
		{NULL, BPF_JMP | BPF_JEQ | BPF_X, 0, "allow", NULL},
		{NULL, BPF_MISC | BPF_TXA, 0, NULL, NULL},
		{NULL, JUMP_EQUAL, MADV_FREE, "allow", NULL},
		{NULL, RETURN, SECCOMP_RET_TRAP | 7, NULL, NULL},
		{"trap", RETURN, SECCOMP_RET_TRAP | 8, NULL, NULL},
		{"allow", RETURN, SECCOMP_RET_ALLOW, NULL, NULL},
		{"kill", RETURN, SECCOMP_RET_KILL_THREAD, NULL, NULL},
	};

	assemble(ret, lines, ARRAY_SIZE(lines));
}

static void append_branch(struct built_program *built, uint32_t first, uint32_t end)
{
	uint32_t middle = first + (end - first) / 2;
	size_t far;

	if (end - first == 1) {
		BUILT_STATEMENT(built, RETURN, RETURN_ERRNO(first + 1));
		return;
	}
	/* Farther than a conditional jump reaches. */
	BUILT_JUMP(built, JUMP_LEAST, middle, 0, 1);
	far = built->count;
	BUILT_STATEMENT(built, BPF_JMP | BPF_JA, 0);
	append_branch(built, first, middle);
	built->items[far].k = (uint32_t)(built->count - far - 1);
	append_branch(built, middle, end);
}

void build_tree(struct built_program *ret, uint32_t count)
{
	ret->count = 0;
	BUILT_STATEMENT(ret, LOAD, OFFSET_NUMBER);
	BUILT_JUMP(ret, JUMP_LEAST, count, 0, 1);
	BUILT_STATEMENT(ret, RETURN, SECCOMP_RET_ALLOW);
	append_branch(ret, 0, count);
}
