#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unwind_peer.h"

struct peer {
	Dwfl *dwfl;
	const struct capture *capture;
	size_t frames;
};

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread)
{
	(void)dwfl, (void)context;
	if (*thread)
		return 0;
	*thread = context;
	return getpid();
}

static bool get_thread(Dwfl *dwfl, pid_t number, void *context, void **ret)
{
	(void)dwfl, (void)number;
	*ret = context;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *context)
{
	const struct peer *peer = context;
	const struct unwind_input *input = &peer->capture->input;
	uint64_t offset = address - input->stack_address;

	(void)dwfl;
	memcpy(ret,
		offset <= input->stack_length - sizeof(*ret) ? input->stack + offset
							     : (const void *)address,
		sizeof(*ret));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
	const struct peer *peer = context;

	return dwfl_thread_state_registers(
		thread, 0, REGISTER_COUNT, peer->capture->input.registers.values);
}

static void *create(const struct capture *capture)
{
	static const Dwfl_Callbacks files = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = next_thread,
		.get_thread = get_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};
	struct peer *peer = calloc(1, sizeof(*peer));

	/* Nothing is to be looked for on the network. */
	unsetenv("DEBUGINFOD_URLS");
	if (peer)
		peer->dwfl = dwfl_begin(&files);
	if (!peer || !peer->dwfl || dwfl_linux_proc_report(peer->dwfl, getpid()) ||
		dwfl_report_end(peer->dwfl, NULL, NULL) ||
		!dwfl_attach_state(peer->dwfl, NULL, getpid(), &threads, peer)) {
		fprintf(stderr, "libdwfl cannot be set up: %s\n", dwfl_errmsg(-1));
		exit(1);
	}
	peer->capture = capture;
	return peer;
}

static int count_frame(Dwfl_Frame *frame, void *context)
{
	struct peer *peer = context;
	Dwarf_Addr pc;
	bool activation;

	if (!dwfl_frame_pc(frame, &pc, &activation))
		return DWARF_CB_ABORT;
	peer->frames++;
	return DWARF_CB_OK;
}

/* At the end of a stack some versions answer with an error. */
static size_t follow(void *context)
{
	struct peer *peer = context;

	peer->frames = 0;
	dwfl_getthread_frames(peer->dwfl, getpid(), count_frame, peer);
	return peer->frames;
}

static void destroy(void *context)
{
	struct peer *peer = context;

	dwfl_end(peer->dwfl);
	free(peer);
}

const struct unwind_peer peer_libdwfl = {"libdwfl", create, follow, destroy};
