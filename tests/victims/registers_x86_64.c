#include "registers_x86_64.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "registers.h"
#include "waits.h"

#define GENERAL_COUNT  14
#define X87_COUNT      8
#define VECTOR_COUNT   16
#define RED_ZONE_WORDS 16
#define SSE_BYTES      16
#define AVX_BYTES      32
#define X87_BYTES      10
#define FLAG_DIRECTION 0x400
#define MXCSR_PATTERN  0xdf80 /* flush to zero, round up, all exceptions masked */

struct register_state {
	uint64_t general[GENERAL_COUNT]; /* in the order of general_names */
	uint8_t x87[X87_COUNT][16];      /* 80-bit numbers */
	uint8_t vector[VECTOR_COUNT][AVX_BYTES];
	uint64_t red_zone[RED_ZONE_WORDS];
	uint32_t mxcsr;
	uint32_t unused;
	uint64_t flags;
};

_Static_assert(offsetof(struct register_state, general) == STATE_GENERAL, "general");
_Static_assert(offsetof(struct register_state, x87) == STATE_X87, "x87");
_Static_assert(offsetof(struct register_state, vector) == STATE_VECTOR, "vector");
_Static_assert(offsetof(struct register_state, red_zone) == STATE_RED_ZONE, "red_zone");
_Static_assert(offsetof(struct register_state, mxcsr) == STATE_MXCSR, "mxcsr");
_Static_assert(offsetof(struct register_state, flags) == STATE_FLAGS, "flags");

typedef void hold_function(const struct register_state *expected, struct register_state *observed,
	unsigned long steps);

hold_function hold_sse;
hold_function hold_avx;

typedef void read_function(const struct register_state *expected, struct register_state *observed);

read_function read_with_sse;
read_function read_with_avx;

/* In general_names. */
enum { RAX = 0, RDX = 2, R11 = 7, RSI = 12, RDI = 13 };

const bool registers_known = true;

static const char *const general_names[GENERAL_COUNT] = {"rax", "rbx", "rdx", "rbp", "r8", "r9",
	"r10", "r11", "r12", "r13", "r14", "r15", "rsi", "rdi"};

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return *seed ^ *seed >> 29;
}

/* rdi holds the address of the state itself: it is loaded last, from there. */
static void fill(struct register_state *state, uint64_t seed)
{
	memset(state, 0, sizeof(*state));
	for (size_t i = 0; i < GENERAL_COUNT; i++)
		state->general[i] = next_random(&seed);
	for (size_t i = 0; i < X87_COUNT; i++) {
		long double number = (long double)(int64_t)next_random(&seed) / 3;

		memcpy(state->x87[i], &number, X87_BYTES);
	}
	for (size_t i = 0; i < sizeof(state->vector); i++)
		(&state->vector[0][0])[i] = (uint8_t)(next_random(&seed) >> 8);
	for (size_t i = 0; i < RED_ZONE_WORDS; i++)
		state->red_zone[i] = next_random(&seed);
	state->mxcsr = MXCSR_PATTERN;
	state->flags = FLAG_DIRECTION;
}

static void compare(const struct register_state *expected, const struct register_state *observed,
	size_t vector_bytes)
{
	for (size_t i = 0; i < GENERAL_COUNT; i++)
		if (expected->general[i] != observed->general[i])
			complain("REGISTERS %s", general_names[i]);
	for (size_t i = 0; i < X87_COUNT; i++)
		if (memcmp(expected->x87[i], observed->x87[i], X87_BYTES) != 0)
			complain("REGISTERS st%zu", i);
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		if (memcmp(expected->vector[i], observed->vector[i], vector_bytes) != 0)
			complain("REGISTERS %s%zu", vector_bytes == AVX_BYTES ? "ymm" : "xmm", i);
	for (size_t i = 0; i < RED_ZONE_WORDS; i++)
		if (expected->red_zone[i] != observed->red_zone[i])
			complain("REGISTERS red zone %zu", i);
	if (expected->mxcsr != observed->mxcsr)
		complain("REGISTERS mxcsr");
	if (expected->flags != observed->flags)
		complain("REGISTERS direction flag");
}

void check_registers(unsigned long seed, unsigned long steps)
{
	bool wide = __builtin_cpu_supports("avx") != 0;
	struct register_state expected;
	struct register_state observed = {0};

	fill(&expected, seed);
	(wide ? hold_avx : hold_sse)(&expected, &observed, steps);
	compare(&expected, &observed, wide ? AVX_BYTES : SSE_BYTES);
}

/* The kernel alone changes rax, rcx and r11. */
bool check_registers_in_read(unsigned long seed, int fd)
{
	bool wide = __builtin_cpu_supports("avx") != 0;
	struct register_state expected;
	struct register_state observed = {0};
	char byte = 0;

	fill(&expected, seed);
	expected.general[RAX] = SYS_read;
	expected.general[RDI] = (uint64_t)fd;
	expected.general[RSI] = (uintptr_t)&byte;
	expected.general[RDX] = 1;
	(wide ? read_with_avx : read_with_sse)(&expected, &observed);
	errno = (int64_t)observed.general[RAX] < 0 ? -(int)observed.general[RAX] : errno;
	expected.general[RAX] = observed.general[RAX];
	expected.general[R11] = observed.general[R11];
	compare(&expected, &observed, wide ? AVX_BYTES : SSE_BYTES);
	return observed.general[RAX] == 1 && *(volatile char *)&byte == 'w';
}
