/*
 * restartable: threads add to a counter of their CPU in restartable sequences (rseq(2)). One that
 * is interrupted inside and not started over loses what others have added: "TORN".
 */
#include <stdint.h>
#include <string.h>
#include <sys/rseq.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define THREADS  4
#define STEPS    1000
#define MOST_CPU 1024

static struct {
	uint64_t count;
	char unused[56];
} counters[MOST_CPU];
static unsigned long added[THREADS];

#ifdef __x86_64__
/* Goes round inside for a while, to be caught there. */
KEEP static bool add_one(struct rseq *area)
{
	__asm__ goto(".pushsection .data.rseq, \"aw\"\n"
		     ".balign 32\n"
		     "3:	.long 0, 0\n"
		     "	.quad 1f, 2f - 1f, 4f\n"
		     ".popsection\n"
		     "	lea 3b(%%rip), %%rax\n"
		     "	mov %%rax, 8(%[area])\n"
		     "1:	mov (%[area]), %%ecx\n"
		     "	shl $6, %%rcx\n"
		     "	mov (%[counters], %%rcx), %%rdx\n"
		     "	mov $500, %%eax\n"
		     "5:	dec %%eax\n"
		     "	jnz 5b\n"
		     "	inc %%rdx\n"
		     "	mov %%rdx, (%[counters], %%rcx)\n"
		     "2:	jmp 6f\n"
		     "	.byte 0x0f, 0xb9, 0x3d\n"
		     "	.long %c[signature]\n"
		     "4:	jmp %l[aborted]\n"
		     "6:\n"
		     :
		     : [area] "r"(area), [counters] "r"(counters), [signature] "i"(RSEQ_SIG)
		     : "rax", "rcx", "rdx", "memory", "cc"
		     : aborted);
	return true;
aborted:
	return false;
}

static struct rseq *rseq_area(void)
{
	return __rseq_size ? (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset)
			   : NULL;
}
#else
static bool add_one(struct rseq *area)
{
	return __atomic_fetch_add(&counters[0].count, 1, __ATOMIC_RELAXED) || area;
}

static struct rseq *rseq_area(void)
{
	return NULL;
}
#endif

static void add(void *argument)
{
	unsigned long *own = argument;

	for (int i = 0; i < STEPS; i++)
		*own += add_one(rseq_area());
}

static void compare(char *line, size_t size)
{
	unsigned long sum = 0, expected = 0;

	pause_workers();
	for (size_t i = 0; i < MOST_CPU; i++)
		sum += counters[i].count;
	for (size_t i = 0; i < THREADS; i++)
		expected += added[i];
	resume_workers();
	if (sum != expected)
		complain("TORN %lu added, %lu there", expected, sum);
	append(line, size, " added=%lu", expected);
}

int main(void)
{
	victim_start();
	if (!rseq_area()) {
		say("skipped: the C library has no rseq here");
		answer_commands(NULL, NULL);
	}
	for (size_t i = 0; i < THREADS; i++)
		spawn_worker("adder", add, &added[i]);
	answer_commands(compare, NULL);
}
