#include "arch/agent_plan.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum {
	STEP_MAP,
	STEP_DISTRIBUTE, /* the address, or an error, to where it is needed */
	STEP_COPY,
	STEP_PROTECT,
	STEP_DECIDE, /* reads the entry's address from the page, if it can be read */
	STEP_LAUNCH, /* or unmaps */
	STEP_AFTER,  /* nothing, or unmaps, or tells that the thread has left the mapping */
	STEP_END,
	STEP_COUNT,
};

#define DATA_SIZE (AGENT_PAGE + 1024)
#define NOWHERE   UINT64_MAX /* until there is a mapping: no address for any system call */

struct agent_planning {
	struct call_chain *chain;
	const struct agent_request *request;
	uint64_t mapped; /* address of the word with mmap's result */
};

static uint64_t put_range(struct agent_planning *planning, uint64_t address, uint64_t length)
{
	const struct iovec range = {(void *)address, length};

	return call_chain_put(planning->chain, &range, sizeof(range));
}

static void add_system_call(struct agent_planning *planning, uint64_t number, uint64_t first,
	uint64_t second, uint64_t third, uint64_t fourth, uint64_t fifth)
{
	call_chain_add(
		planning->chain, &(struct call_step){.number = number,
					 .arguments = {first, second, third, fourth, fifth}});
}

/* Only to be written at first: then that it can be read shows that the code is in its place. */
static void add_mapping(struct agent_planning *planning)
{
	call_chain_add(planning->chain,
		&(struct call_step){.number = SYS_mmap,
			.arguments = {planning->request->area, AGENT_SIZE, PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
				UINT64_MAX, 0},
			.result = planning->mapped});
}

/* From one word to several: the kernel copies within the process, and fails where others fault. */
static void add_distribution(
	struct agent_planning *planning, const uint64_t *targets, unsigned count)
{
	struct iovec from[8], to[8];

	for (unsigned i = 0; i < count; i++) {
		from[i] = (struct iovec){(void *)planning->mapped, sizeof(uint64_t)};
		to[i] = (struct iovec){(void *)targets[i], sizeof(uint64_t)};
	}
	add_system_call(planning, SYS_process_vm_writev, planning->chain->situation.thread,
		call_chain_put(planning->chain, from, count * sizeof(from[0])), count,
		call_chain_put(planning->chain, to, count * sizeof(to[0])), count);
}

static void fill_parameters(struct agent_planning *planning, struct agent_parameters *parameters)
{
	const struct call_chain *chain = planning->chain;
	const struct call_situation *situation = &chain->situation;

	*parameters = planning->request->parameters;
	parameters->area = planning->request->area;
	parameters->thread_exit = chain->gadgets.thread_exit;
	parameters->back = call_chain_back(chain);
	parameters->back_failed = call_chain_back_failed(chain);
	parameters->ending = call_chain_register(chain, STEP_END, CALL_REGISTER_RSP);
	parameters->after = call_chain_register(chain, STEP_AFTER, CALL_REGISTER_RAX);
	for (unsigned i = 0; i < 2; i++)
		parameters->after_arguments[i] = call_chain_argument(chain, STEP_AFTER, i, true);
	parameters->signal_mask = situation->signal_mask;
	parameters->caught_signals = situation->caught_signals;
	parameters->interruption = call_interruption_of(situation);
}

static bool fill_page(struct agent_planning *planning, uint8_t page[AGENT_PAGE])
{
	struct agent_parameters parameters;
	uint64_t length, entry;
	const void *code = agent_code(&length, &entry);

	if (AGENT_CODE + length > AGENT_PARAMETERS)
		return false;
	entry += planning->request->area + AGENT_CODE;
	fill_parameters(planning, &parameters);
	memset(page, 0, AGENT_PAGE);
	memcpy(page + AGENT_ENTRY, &entry, sizeof(entry));
	memcpy(page + AGENT_NAME, AGENT_NAME_TEXT, sizeof(AGENT_NAME_TEXT));
	memcpy(page + AGENT_CODE, code, length);
	memcpy(page + AGENT_PARAMETERS, &parameters, sizeof(parameters));
	return true;
}

static void add_steps(struct agent_planning *planning, uint64_t page)
{
	struct call_chain *chain = planning->chain;
	uint64_t thread = chain->situation.thread;
	uint64_t copied_to = put_range(planning, NOWHERE, AGENT_PAGE);
	uint64_t entry = put_range(planning, NOWHERE, sizeof(uint64_t));
	uint64_t copied_from = put_range(planning, page, AGENT_PAGE);
	uint64_t decision = put_range(planning,
		call_chain_register(chain, STEP_LAUNCH, CALL_REGISTER_RIP), sizeof(uint64_t));
	const uint64_t targets[] = {copied_to, entry,
		call_chain_argument(chain, STEP_PROTECT, 0, true),
		call_chain_argument(chain, STEP_LAUNCH, 0, true),
		call_chain_argument(chain, STEP_AFTER, 0, true)};

	add_mapping(planning);
	add_distribution(planning, targets, sizeof(targets) / sizeof(targets[0]));
	add_system_call(planning, SYS_process_vm_writev, thread, copied_from, 1, copied_to, 1);
	add_system_call(planning, SYS_mprotect, NOWHERE, AGENT_PAGE, PROT_READ | PROT_EXEC, 0, 0);
	add_system_call(planning, SYS_process_vm_readv, thread, decision, 1, entry, 1);
	add_system_call(planning, SYS_munmap, NOWHERE, AGENT_SIZE, 0, 0, 0);
	add_system_call(planning, SYS_getpid, NOWHERE, AGENT_SIZE, 0, 0, 0);
	call_chain_add_jump(chain, call_chain_back(chain));
}

bool agent_plan(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	const struct agent_request *request, struct raw_registers *ret)
{
	struct agent_planning planning = {.chain = chain, .request = request};
	uint8_t page[AGENT_PAGE];

	if (!gadgets->store || !call_chain_begin(chain, situation, gadgets, extended,
				       extended_length, STEP_COUNT, DATA_SIZE))
		return false;
	const uint64_t none = NOWHERE;
	planning.mapped = call_chain_put(chain, &none, sizeof(none));
	if (!fill_page(&planning, page))
		return false;
	add_steps(&planning, call_chain_put(chain, page, sizeof(page)));
	call_chain_end(chain, ret);
	return true;
}
