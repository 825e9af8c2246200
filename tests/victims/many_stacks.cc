/*
 * many_stacks [STACKS [SIZE]]: holds one block for each of so many different stacks (131,072),
 * through 512 functions, in four threads; of that size, or of different ones. Each block is
 * sampled: start it with MALLOC_CONF="prof:true,lg_prof_sample:6". The stacks form a tree, as those
 * of a program do: next to the root they are few. The main thread reads lines, and for each of them
 * allocates, frees, and says "done".
 */
#include <cstdint>
#include <cstdlib>
#include <semaphore.h>
#include <unistd.h>
#include <utility>

#include "victim.h"

namespace
{

constexpr unsigned functions = 512; /* even: two siblings differ */
constexpr unsigned levels = 20;
constexpr unsigned workers = 4;
constexpr size_t smallest = 1024, largest = 8192;
size_t only_size; /* 0: different ones */

using level = void (*)(uint32_t stack, unsigned depth);
extern const level *const all_levels;

/* Among the callees of one caller only the last bit differs, so no two stacks are equal. */
unsigned callee(uint32_t stack, unsigned depth)
{
	uint32_t way = stack >> (levels - 1 - depth);
	uint32_t scattered = (way >> 1) * 2654435761u + depth * 40503u;

	return (scattered >> 8 << 1 | (way & 1)) % functions;
}

template <unsigned Number> KEEP void call(uint32_t stack, unsigned depth)
{
	if (depth == levels) {
		if (!malloc(only_size ? only_size : smallest + stack % (largest - smallest)))
			fail("out of memory");
		return;
	}
	all_levels[callee(stack, depth)](stack, depth + 1);
	__asm__ volatile("" ::"i"(Number) : "memory"); /* no two are alike: nothing may join them */
}

template <unsigned... Numbers> struct table {
	static constexpr level items[] = {call<Numbers>...};
	explicit table(std::integer_sequence<unsigned, Numbers...>)
	{
	}
};

using every_level = decltype(table(std::make_integer_sequence<unsigned, functions>()));
const level *const all_levels = every_level::items;

sem_t held;

struct share {
	uint32_t first, end;
};

KEEP void *hold(void *argument)
{
	const struct share *share = static_cast<const struct share *>(argument);

	for (uint32_t stack = share->first; stack < share->end; stack++)
		all_levels[callee(stack, 0)](stack, 1);
	sem_post(&held);
	for (;;)
		pause();
}

[[noreturn]] void serve()
{
	char line[16];

	for (;;) {
		read_command(line, sizeof(line));
		free(malloc(largest));
		say("done");
	}
}

} // namespace

int main(int count, char **arguments)
{
	static const char *const names[workers] = {"worker-1", "worker-2", "worker-3", "worker-4"};
	static struct share shares[workers];
	uint32_t stacks = static_cast<uint32_t>(number_argument(count, arguments, 1, 131072));

	only_size = static_cast<size_t>(number_argument(count, arguments, 2, 0));
	victim_start();
	if (stacks > 1u << levels)
		fail("at most %u stacks", 1u << levels);
	for (uint32_t i = 0; i < workers; i++) {
		shares[i] = {stacks / workers * i, stacks / workers * (i + 1)};
		spawn(names[i], hold, &shares[i]);
	}
	for (unsigned i = 0; i < workers; i++)
		sem_wait(&held);
	say("ready");
	serve();
}
