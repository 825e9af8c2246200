#include "call/area.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/clock.h"

#define EFFECT_PATIENCE (2 * NANOSECONDS_PER_SECOND)
#define EFFECT_PAUSE    (20 * NANOSECONDS_PER_MICROSECOND)
#define CODE_MAX        (64 * 1024 * 1024)
#define PAGE            4096

struct system_call_plan {
	struct borrower *borrower;
	struct call_gadgets gadgets;
	uint64_t number;
	uint64_t arguments[6];
	struct call_frame frame;
	struct memory_write writes[2];
};

/* The frame must lie in the same writable mapping as the stack pointer, a page from its end. */
static bool fits_stack(struct target *target, const struct call_frame *frame, uint64_t sp)
{
	const struct mapping *mapping;
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);
	bool fits;

	if (error) {
		error_destroy(error);
		return false;
	}
	mapping = mappings_find(&mappings, sp);
	fits = mapping && mapping->readable && mapping->writable &&
	       frame->address >= mapping->start + PAGE;
	mappings_deinit(&mappings);
	return fits;
}

static bool plan_system_call(void *context, const struct call_situation *situation,
	const struct capture *found, struct borrow *borrow)
{
	struct system_call_plan *plan = context;
	struct call_frame *frame = &plan->frame;

	if (found->extended_length < 576 || found->extended_length > XSAVE_SIZE_MAX)
		return false;
	call_plan_system_call(situation, &plan->gadgets, plan->number, plan->arguments,
		found->extended, found->extended_length, frame, &borrow->registers);
	plan->writes[0] = (struct memory_write){frame->address, frame->bytes, CALL_FRAME_SIZE};
	plan->writes[1] = (struct memory_write){
		frame->extended_address, frame->extended, frame->extended_length};
	borrow->writes = plan->writes;
	borrow->write_count = 2;
	return fits_stack(plan->borrower->target, frame, situation->found.user.rsp);
}

/* Both gadgets may come from different mappings; most C libraries have both. */
static struct error *search_gadgets(
	struct target *target, const struct mapping *mapping, struct call_gadgets *gadgets)
{
	CLEANUP(u8_array_deinit) struct u8_array code = {0};
	size_t length = mapping->end - mapping->start, offset;
	struct error *error;

	if (!mapping->executable || !mapping->readable || length > CODE_MAX)
		return NULL;
	error = u8_array_reserve(&code, length);
	if (error)
		return error;
	code.count = target_read(target, mapping->start, code.items, length);
	if (!gadgets->system_call && call_find_system_call(code.items, code.count, &offset))
		gadgets->system_call = mapping->start + offset;
	if (!gadgets->signal_return && call_find_signal_return(code.items, code.count, &offset))
		gadgets->signal_return = mapping->start + offset;
	return NULL;
}

static struct error *find_gadgets(struct target *target, struct call_gadgets *gadgets)
{
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);

	if (error)
		return error;
	for (size_t i = mappings.list.count; !error && i-- > 0;) {
		if (gadgets->system_call && gadgets->signal_return)
			break;
		error = search_gadgets(target, &mappings.list.items[i], gadgets);
	}
	mappings_deinit(&mappings);
	if (error || (gadgets->system_call && gadgets->signal_return))
		return error;
	return error_create(ERROR_UNSUPPORTED,
		"the code of process %d has no 'syscall; ret' or no signal return to start from",
		target->identity.pid);
}

static struct error *run_system_call(
	struct borrower *borrower, uint64_t number, const uint64_t arguments[6])
{
	struct system_call_plan *plan = calloc(1, sizeof(*plan));
	struct borrowed borrowed;
	struct error *error;

	if (!plan)
		return &error_no_memory;
	plan->borrower = borrower;
	plan->number = number;
	for (int i = 0; i < 6; i++)
		plan->arguments[i] = arguments[i];
	error = find_gadgets(borrower->target, &plan->gadgets);
	if (!error)
		error = borrow_thread(borrower, plan_system_call, plan, true, &borrowed);
	free(plan);
	return error;
}

/* Far from everything that grows: the middle of the largest gap. */
static struct error *choose_address(struct target *target, uint64_t *ret)
{
	uint64_t largest = 0, previous = 0x100000;
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);

	if (error)
		return error;
	ARRAY_FOR_EACH (mapping, &mappings.list) {
		/* The vsyscall page is beyond what a process may map. */
		if (mapping->start >= 1ULL << 47)
			break;
		if (mapping->start > previous && mapping->start - previous > largest) {
			largest = mapping->start - previous;
			*ret = (previous + largest / 2) & ~0xffffULL;
		}
		previous = mapping->end;
	}
	mappings_deinit(&mappings);
	if (largest < 4 * CALL_AREA_SIZE)
		return error_create(ERROR_UNSUPPORTED, "no free address range in the process");
	return NULL;
}

typedef bool effect_function(struct target *target, uint64_t address);

/* Exactly that, and not something of the program's own that came there at the same time. */
static bool is_mapped(struct target *target, uint64_t address)
{
	const struct mapping *mapping;
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);
	bool mapped;

	if (error) {
		error_destroy(error);
		return false;
	}
	mapping = mappings_find(&mappings, address);
	mapped = mapping && mapping->start == address && !mapping->inode &&
		 mapping->end == address + CALL_AREA_SIZE && mapping->writable;
	mappings_deinit(&mappings);
	return mapped;
}

static bool is_unmapped(struct target *target, uint64_t address)
{
	char byte;

	return target_read(target, address, &byte, 1) == 0;
}

static bool is_executable(struct target *target, uint64_t address)
{
	const struct mapping *mapping;
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);
	bool executable;

	if (error) {
		error_destroy(error);
		return false;
	}
	mapping = mappings_find(&mappings, address);
	executable = mapping && mapping->executable;
	mappings_deinit(&mappings);
	return executable;
}

static bool wait_for_effect(struct target *target, effect_function *effect, uint64_t address)
{
	uint64_t deadline = clock_monotonic() + EFFECT_PATIENCE;

	while (!effect(target, address)) {
		if (clock_monotonic() > deadline)
			return false;
		clock_sleep(EFFECT_PAUSE);
	}
	return true;
}

static struct error *map(struct borrower *borrower, uint64_t address)
{
	const uint64_t arguments[6] = {address, CALL_AREA_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, UINT64_MAX, 0};
	struct error *error = run_system_call(borrower, SYS_mmap, arguments);

	if (error || wait_for_effect(borrower->target, is_mapped, address))
		return error;
	return error_set_hint(error_create(ERROR_UNSUPPORTED,
				      "process %d did not get %d KiB of memory for a call",
				      borrower->target->identity.pid, CALL_AREA_SIZE / 1024),
		"a limit may be in the way: RLIMIT_AS (`prlimit --as -p %d`), or a memory cgroup",
		borrower->target->identity.pid);
}

static struct error *make_executable(struct borrower *borrower, uint64_t address)
{
	const uint64_t arguments[6] = {address, PAGE, PROT_READ | PROT_EXEC, 0, 0, 0};
	struct error *error = run_system_call(borrower, SYS_mprotect, arguments);

	if (error || wait_for_effect(borrower->target, is_executable, address))
		return error;
	return error_set_hint(error_create(ERROR_UNSUPPORTED,
				      "process %d may not have new executable memory, which a "
				      "call needs",
				      borrower->target->identity.pid),
		"SELinux (execmem) or MemoryDenyWriteExecute= forbids it for this service");
}

static struct error *put_code(struct target *target, uint64_t address)
{
	uint64_t length, entry;
	const void *code = call_stub_code(&length, &entry);

	return target_write(target, address + CALL_AREA_CODE, code, length);
}

struct error *call_area_create(struct call_area *area, struct borrower *borrower)
{
	uint64_t address = 0;
	struct error *error = choose_address(borrower->target, &address);

	if (!error)
		error = map(borrower, address);
	if (error)
		return error;
	area->address = address;
	error = put_code(borrower->target, address);
	if (!error)
		error = make_executable(borrower, address);
	if (error) {
		struct error *again = call_area_remove(area, borrower);

		if (again)
			error = error_add_context(error, "%s", again->message);
		error_destroy(again);
	}
	return error;
}

struct error *call_area_remove(struct call_area *area, struct borrower *borrower)
{
	const uint64_t arguments[6] = {area->address, CALL_AREA_SIZE, 0, 0, 0, 0};
	struct error *error;

	if (!area->address)
		return NULL;
	error = run_system_call(borrower, SYS_munmap, arguments);
	if (error)
		return error;
	if (!wait_for_effect(borrower->target, is_unmapped, area->address))
		return error_create(
			ERROR_FAILED, "limpet's memory at 0x%lx did not go away", area->address);
	area->address = 0;
	return NULL;
}
