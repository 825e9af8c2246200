#include "../base/test_support.h"

#include "detour.h"

#include <cpuid.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_SIZE   (512 * 1024)
#define STACK_FILL   0x5a
#define FLAGS        0xed7 /* all six of arithmetic, direction, interrupts, and the fixed one */
#define CODE_SEGMENT 0x33
#define DATA_SEGMENT 0x2b

#define LEGACY_SIZE     512
#define XSTATE_BV       512
#define XCOMP_BV        520
#define FIRST_COMPONENT 2
#define LAST_COMPONENT  7 /* AVX, MPX and AVX-512; beyond are keys and tiles */

static uint8_t stack[STACK_SIZE] __attribute__((aligned(64)));

size_t detour_extended_size(void)
{
	unsigned eax, ebx, ecx, edx;

	__cpuid_count(0xd, 0, eax, ebx, ecx, edx);
	return ebx;
}

uint64_t detour_features(void)
{
	uint32_t low, high;

	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

/* Where a component of the extended state lies; false: switched off. */
static bool component(unsigned number, size_t *ret_offset, size_t *ret_length)
{
	unsigned eax, ebx, ecx, edx;

	if (!(detour_features() >> number & 1))
		return false;
	__cpuid_count(0xd, number, eax, ebx, ecx, edx);
	*ret_offset = ebx;
	*ret_length = eax;
	return true;
}

static void fill_bytes(uint8_t *bytes, size_t length, unsigned seed)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(seed + i * 7);
}

static void fill_extended(uint8_t *extended)
{
	static const uint16_t control = 0x0a7f; /* round up, 53 bits, all exceptions masked */
	static const uint16_t status = 0x1821;  /* top is 3; inexact and invalid have happened */
	static const uint32_t mxcsr = 0x9fc2;   /* flush to zero, denormals are zero */
	uint64_t features = 3;
	size_t offset, length;

	detour_save_extended(extended);
	memcpy(extended, &control, sizeof(control));
	memcpy(extended + 2, &status, sizeof(status));
	extended[4] = 0xd7; /* which of the x87 registers are in use */
	memcpy(extended + 24, &mxcsr, sizeof(mxcsr));
	for (unsigned i = 0; i < 8; i++)
		fill_bytes(extended + 32 + 16 * i, 10, 0x11 * i);
	fill_bytes(extended + 160, 256, 3);
	for (unsigned i = FIRST_COMPONENT; i <= LAST_COMPONENT; i++) {
		if (i == 3 || i == 4 || !component(i, &offset, &length))
			continue;
		fill_bytes(extended + offset, length, 0x20 * i);
		features |= 1ULL << i;
	}
	memcpy(extended + XSTATE_BV, &features, sizeof(features));
	memset(extended + XCOMP_BV, 0, 8);
}

void detour_prepare(struct machine *machine)
{
	uint64_t *words = (uint64_t *)&machine->registers;

	memset(machine, 0, sizeof(*machine));
	memset(stack, STACK_FILL, sizeof(stack));
	for (size_t i = 0; i < 15; i++)
		words[i] = 0x1111111111111111 * (i + 1) ^ 0xf0;
	machine->registers.rsp = (uint64_t)(uintptr_t)(stack + STACK_SIZE - 4096) + 8;
	machine->registers.rip = (uint64_t)(uintptr_t)detour_back;
	machine->registers.eflags = FLAGS;
	machine->registers.cs = CODE_SEGMENT;
	machine->registers.ss = DATA_SEGMENT;
	machine->registers.orig_rax = UINT64_MAX;
	fill_extended(machine->extended);
}

/* The system call instruction leaves its traces in rcx and r11. */
void detour_enter_system_call(struct machine *machine, int64_t number, int64_t result)
{
	machine->registers.rcx = machine->registers.rip;
	machine->registers.r11 = machine->registers.eflags;
	machine->registers.orig_rax = (uint64_t)number;
	machine->registers.rax = (uint64_t)result;
}

static void assert_extended(const uint8_t *before, const uint8_t *after)
{
	size_t offset, length;

	assert_memory_equal(before, after, 5);           /* control, status, tags */
	assert_memory_equal(before + 24, after + 24, 4); /* mxcsr */
	for (size_t i = 0; i < 8; i++)
		assert_memory_equal(before + 32 + 16 * i, after + 32 + 16 * i, 10);
	assert_memory_equal(before + 160, after + 160, 256);
	assert_memory_equal(before + XSTATE_BV, after + XSTATE_BV, 1);
	for (unsigned i = FIRST_COMPONENT; i <= LAST_COMPONENT; i++)
		if (before[XSTATE_BV] >> i & 1 && component(i, &offset, &length))
			assert_memory_equal(before + offset, after + offset, length);
}

/* All that lies above the stack pointer, and the red zone below it. */
static void assert_stack(uint64_t rsp)
{
	size_t first = rsp - 128 - (uint64_t)(uintptr_t)stack;

	for (size_t i = first; i < sizeof(stack); i++)
		assert_int_equal(stack[i], STACK_FILL);
}

void detour_assert_unharmed(const struct machine *before, const struct machine *after)
{
	const uint64_t *was = (const uint64_t *)&before->registers;
	const uint64_t *is = (const uint64_t *)&after->registers;

	for (size_t i = 0; i < 15; i++)
		if (&was[i] != (const uint64_t *)&before->registers.rax)
			assert_int_equal(is[i], was[i]);
	assert_int_equal(after->registers.rsp, before->registers.rsp);
	assert_int_equal(after->registers.eflags, before->registers.eflags);
	assert_extended(before->extended, after->extended);
	assert_stack(before->registers.rsp);
}

size_t detour_traced_extended(const struct machine *machine, uint8_t ret[DETOUR_EXTENDED_SIZE])
{
	uint64_t features = detour_features();

	/* A tracer finds the enabled features where software finds its own bytes. */
	memcpy(ret, machine->extended, DETOUR_EXTENDED_SIZE);
	memcpy(ret + 464, &features, sizeof(features));
	return detour_extended_size();
}

struct call_gadgets detour_find_gadgets(void)
{
	size_t length = (size_t)(detour_gadgets_end - detour_gadgets);
	struct call_gadgets gadgets = {0};

	call_gadgets_search(detour_gadgets, length, (uint64_t)(uintptr_t)detour_gadgets, &gadgets);
	assert_true(gadgets.system_call && gadgets.signal_return && gadgets.store &&
		    gadgets.thread_exit);
	return gadgets;
}

void detour_run_chain(const struct call_chain *chain, const struct raw_registers *registers,
	const struct machine *before, struct machine *ret)
{
	struct machine start = *before;

	assert_true((uint8_t *)chain->address > stack);
	memcpy((void *)chain->address, chain->bytes, chain->length);
	start.registers = registers->user;
	detour_run(&start, ret);
}

uint64_t detour_signal_mask(void)
{
	uint64_t mask;

	assert_int_equal(syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask)), 0);
	return mask;
}

void detour_set_signal_mask(uint64_t mask)
{
	assert_int_equal(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask)), 0);
}
