#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unwind/unwind.h"

/* A file of any content whose unwind rules are followed, from several of its addresses. */

#define MAPPED      0x10000000ULL
#define STACK       0x7f0000000000ULL
#define STACK_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct input {
	const uint8_t *bytes;
	size_t length;
};

static struct error *open_input(void *context, const struct mapping *mapping, int *ret_fd)
{
	const struct input *input = context;
	int fd = memfd_create("input", MFD_CLOEXEC);

	(void)mapping;
	if (fd < 0 || write(fd, input->bytes, input->length) != (ssize_t)input->length)
		abort();
	*ret_fd = fd;
	return NULL;
}

static struct input current;
static struct module_table *modules;
static struct unwinder *unwinder;
static struct unwind_result result;

/* Each input is a new file: another inode. */
static void load_modules(void)
{
	static uint64_t inode;
	struct mapping mapping = {
		.start = MAPPED,
		.end = MAPPED + 0x1000,
		.inode = ++inode,
		.executable = true,
		.path = (char[]){"/input"},
	};
	struct mappings mappings = {{&mapping, 1, 1}};
	bool changed;

	if (!modules &&
		(module_table_create((struct module_opener){.open = open_input, .context = &current}, &modules) ||
			unwinder_create(modules, &unwinder)))
		abort();
	if (module_table_update(modules, &mappings, &changed) || !changed)
		abort();
	unwinder_modules_changed(unwinder);
}

static void unwind_from(uint64_t pc)
{
	struct unwind_input input = {.stack_address = STACK};
	uint64_t words[STACK_WORDS];

	for (uint64_t i = 0; i < STACK_WORDS; i++)
		words[i] = i % 3 ? MAPPED + (pc + i) % 0x40 : STACK + i * 8;
	for (uint64_t i = 0; i < REGISTER_COUNT; i++)
		input.registers.values[i] = STACK + i * 8;
	input.registers.values[REGISTER_RSP] = STACK;
	input.registers.values[REGISTER_PC] = MAPPED + pc;
	input.stack = (const uint8_t *)words;
	input.stack_length = sizeof(words);
	if (unwind_stack(unwinder, &input, &result) || !result.addresses.count)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	current = (struct input){bytes, length};
	load_modules();
	for (uint64_t pc = 0; pc < 0x40; pc++)
		unwind_from(pc);
	return 0;
}
