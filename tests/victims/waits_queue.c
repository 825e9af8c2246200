#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define LONG_TIME 100000 /* s */

struct letter {
	long type;
	char text[1];
};

static const struct timespec long_time = {.tv_sec = LONG_TIME};

static void prepare_messages(struct wait *self)
{
	self->fds[0] = checked(msgget(IPC_PRIVATE, 0600), "msgget");
}

static bool receive_message(struct wait *self)
{
	struct letter letter = {0};

	return msgrcv(self->fds[0], &letter, 1, 0, 0) == 1 && letter.type == 3;
}

static void post_message(struct wait *self)
{
	const struct letter letter = {.type = 3};

	checked(msgsnd(self->fds[0], &letter, 1, 0), "msgsnd");
}

/* Room for one message, and it is there. */
static void prepare_full_messages(struct wait *self)
{
	struct msqid_ds settings;

	prepare_messages(self);
	checked(msgctl(self->fds[0], IPC_STAT, &settings), "msgctl");
	settings.msg_qbytes = 1;
	checked(msgctl(self->fds[0], IPC_SET, &settings), "msgctl");
	post_message(self);
}

static bool send_message(struct wait *self)
{
	const struct letter letter = {.type = 3};

	return msgsnd(self->fds[0], &letter, 1, 0) == 0;
}

static void take_message(struct wait *self)
{
	checked(receive_message(self) ? 0 : -1, "msgrcv");
}

static void prepare_queue(struct wait *self)
{
	struct mq_attr one = {.mq_maxmsg = 1, .mq_msgsize = 1};
	char name[32] = "/";

	strcat(name, self->name);
	self->fds[0] = checked(mq_open(name, O_RDWR | O_CREAT, 0600, &one), "mq_open");
	checked(mq_unlink(name), "mq_unlink");
}

static bool receive_from_queue(struct wait *self)
{
	char byte = 0;

	return mq_receive(self->fds[0], &byte, 1, NULL) == 1 && byte == 'w';
}

static bool receive_from_queue_limited(struct wait *self)
{
	struct timespec end = timed_wait_end(CLOCK_REALTIME);
	char byte = 0;

	end.tv_sec += LONG_TIME;
	return mq_timedreceive(self->fds[0], &byte, 1, NULL, &end) == 1 && byte == 'w';
}

static bool receive_from_queue_timed(struct wait *self)
{
	const struct timespec end = timed_wait_end(CLOCK_REALTIME);
	char byte;

	return failed_with(mq_timedreceive(self->fds[0], &byte, 1, NULL, &end), ETIMEDOUT);
}

static void put_into_queue(struct wait *self)
{
	checked(mq_send(self->fds[0], "w", 1, 0), "mq_send");
}

static void prepare_full_queue(struct wait *self)
{
	prepare_queue(self);
	put_into_queue(self);
}

static bool send_to_queue(struct wait *self)
{
	return mq_send(self->fds[0], "w", 1, 0) == 0;
}

static bool send_to_queue_timed(struct wait *self)
{
	const struct timespec end = timed_wait_end(CLOCK_REALTIME);

	return failed_with(mq_timedsend(self->fds[0], "w", 1, 0, &end), ETIMEDOUT);
}

static void take_from_queue(struct wait *self)
{
	checked(receive_from_queue(self) ? 0 : -1, "mq_receive");
}

static void prepare_semaphore(struct wait *self)
{
	self->fds[0] = checked(semget(IPC_PRIVATE, 1, 0600), "semget");
}

static bool lower_semaphore(struct wait *self)
{
	struct sembuf lower = {.sem_op = -1};

	return semop(self->fds[0], &lower, 1) == 0;
}

static bool lower_semaphore_limited(struct wait *self)
{
	struct sembuf lower = {.sem_op = -1};

	return semtimedop(self->fds[0], &lower, 1, &long_time) == 0;
}

static bool lower_semaphore_timed(struct wait *self)
{
	const struct timespec span = timed_wait_span();
	struct sembuf lower = {.sem_op = -1};

	return failed_with(semtimedop(self->fds[0], &lower, 1, &span), EAGAIN);
}

static void raise_semaphore(struct wait *self)
{
	struct sembuf raise = {.sem_op = 1};

	checked(semop(self->fds[0], &raise, 1), "semop");
}

static struct wait waits[] = {
	{.name = "msgrcv",
		.prepare = prepare_messages,
		.wait = receive_message,
		.wake = post_message},
	{.name = "msgsnd",
		.prepare = prepare_full_messages,
		.wait = send_message,
		.wake = take_message},
	{.name = "mq_receive",
		.prepare = prepare_queue,
		.wait = receive_from_queue,
		.wake = put_into_queue},
	{.name = "mq_recv-limited",
		.prepare = prepare_queue,
		.wait = receive_from_queue_limited,
		.wake = put_into_queue},
	{.name = "mq_recv-timed",
		.prepare = prepare_queue,
		.wait = receive_from_queue_timed,
		.ends = true},
	{.name = "mq_send",
		.prepare = prepare_full_queue,
		.wait = send_to_queue,
		.wake = take_from_queue},
	{.name = "mq_send-timed",
		.prepare = prepare_full_queue,
		.wait = send_to_queue_timed,
		.ends = true},
	{.name = "semop",
		.prepare = prepare_semaphore,
		.wait = lower_semaphore,
		.wake = raise_semaphore},
	{.name = "semop-limited",
		.prepare = prepare_semaphore,
		.wait = lower_semaphore_limited,
		.wake = raise_semaphore},
	{.name = "semtimedop",
		.prepare = prepare_semaphore,
		.wait = lower_semaphore_timed,
		.ends = true},
};
const struct wait_table queue_waits = WAIT_TABLE(waits);
