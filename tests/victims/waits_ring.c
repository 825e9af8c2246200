#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

struct events_wait {
	aio_context_t context;
};

static struct events_wait endless_events, timed_events;

static void prepare_context(struct events_wait *events)
{
	checked((int)syscall(SYS_io_setup, 1, &events->context), "io_setup");
}

static void prepare_events(struct wait *self)
{
	prepare_eventfd(self);
	prepare_context(&endless_events);
}

static void prepare_timed_events(struct wait *self)
{
	(void)self;
	prepare_context(&timed_events);
}

static bool wait_for_event(struct wait *self)
{
	struct iocb request = {.aio_lio_opcode = IOCB_CMD_POLL,
		.aio_fildes = (uint32_t)self->fds[1],
		.aio_buf = POLLIN};
	struct iocb *requests[] = {&request};
	struct io_event event;

	checked((int)syscall(SYS_io_submit, endless_events.context, 1, requests), "io_submit");
	return syscall(SYS_io_getevents, endless_events.context, 1, 1, &event, NULL) == 1 &&
	       take_eventfd(self);
}

static bool wait_for_no_event(struct wait *self)
{
	struct timespec span = timed_wait_span();
	struct io_event event;

	(void)self;
	return syscall(SYS_io_getevents, timed_events.context, 1, 1, &event, &span) == 0;
}

/* One entry each: fds[0] is the ring, its memory is reached through these. */
struct ring {
	struct io_uring_params parameters;
	struct io_uring_sqe *entry;
	char *memory;
};

static struct ring endless_ring, timed_ring;
static bool rings_forbidden;

static void *map_ring(int fd, size_t length, long long offset)
{
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (memory == MAP_FAILED)
		fail("io_uring: %s", strerror(errno));
	return memory;
}

static void open_ring(struct wait *self, struct ring *ring)
{
	const struct io_uring_params *parameters = &ring->parameters;

	self->fds[0] = (int)syscall(SYS_io_uring_setup, 1, &ring->parameters);
	if (self->fds[0] < 0) {
		rings_forbidden = true;
		say("skipped %s: %s", self->name, strerror(errno));
		return;
	}
	ring->memory = map_ring(self->fds[0],
		parameters->cq_off.cqes + parameters->cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_SQ_RING);
	ring->entry = map_ring(self->fds[0], sizeof(*ring->entry), IORING_OFF_SQES);
}

static void prepare_ring(struct wait *self)
{
	prepare_eventfd(self);
	open_ring(self, &endless_ring);
}

static void prepare_timed_ring(struct wait *self)
{
	open_ring(self, &timed_ring);
}

static atomic_uint *ring_word(struct ring *ring, uint32_t offset)
{
	return (atomic_uint *)(ring->memory + offset);
}

static void submit_poll(struct wait *self, struct ring *ring)
{
	*ring->entry = (struct io_uring_sqe){
		.opcode = IORING_OP_POLL_ADD, .fd = self->fds[1], .poll32_events = POLLIN};
	*ring_word(ring, ring->parameters.sq_off.array) = 0;
	atomic_fetch_add(ring_word(ring, ring->parameters.sq_off.tail), 1);
	checked((int)syscall(SYS_io_uring_enter, self->fds[0], 1, 0, 0, NULL, 0), "io_uring_enter");
}

static bool take_completion(struct ring *ring)
{
	atomic_uint *head = ring_word(ring, ring->parameters.cq_off.head);

	if (atomic_load(head) == atomic_load(ring_word(ring, ring->parameters.cq_off.tail)))
		return false;
	atomic_fetch_add(head, 1);
	return true;
}

static bool wait_for_completion(struct wait *self)
{
	submit_poll(self, &endless_ring);
	return syscall(SYS_io_uring_enter, self->fds[0], 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) ==
		       0 &&
	       take_completion(&endless_ring) && take_eventfd(self);
}

static bool wait_for_no_completion(struct wait *self)
{
	const struct timespec span = timed_wait_span();
	struct __kernel_timespec time = {span.tv_sec, span.tv_nsec};
	struct io_uring_getevents_arg argument = {.ts = (uintptr_t)&time};

	return failed_with(
		syscall(SYS_io_uring_enter, self->fds[0], 0, 1,
			IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof(argument)),
		ETIME);
}

/* Where the kernel forbids rings, these do without. */
static bool wait_in_ring(struct wait *self)
{
	return rings_forbidden ? take_eventfd(self) : wait_for_completion(self);
}

static bool wait_in_timed_ring(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	return rings_forbidden ? nanosleep(&span, NULL) == 0 : wait_for_no_completion(self);
}

static struct wait waits[] = {
	{.name = "io_getevents",
		.prepare = prepare_events,
		.wait = wait_for_event,
		.wake = wake_eventfd},
	{.name = "events-timed",
		.prepare = prepare_timed_events,
		.wait = wait_for_no_event,
		.ends = true},
	{.name = "io_uring_enter",
		.prepare = prepare_ring,
		.wait = wait_in_ring,
		.wake = wake_eventfd},
	{.name = "io_uring-timed",
		.prepare = prepare_timed_ring,
		.wait = wait_in_timed_ring,
		.ends = true},
};
const struct wait_table ring_waits = WAIT_TABLE(waits);
