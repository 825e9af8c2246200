#include "waiting_process.h"

#include "../base/test_support.h"

struct waiting_process process;

uint64_t __wrap_clock_monotonic(void);

uint64_t __wrap_clock_monotonic(void)
{
	return process.now;
}

static size_t read_part(const void *part, size_t size, uint64_t start, uint64_t address,
	void *buffer, size_t length)
{
	uint64_t offset = address - start;

	if (offset >= size)
		return 0;
	memset(buffer, 0x05, length); /* what is not read may hold anything */
	if (length > size - offset)
		length = size - offset;
	memcpy(buffer, (const char *)part + offset, length);
	return length;
}

static size_t read_memory(struct target *target, uint64_t address, void *buffer, size_t length)
{
	size_t size = sizeof(process.code);

	(void)target;
	if (address >= TIME_ADDRESS && address < TIME_ADDRESS + sizeof(process.time))
		return read_part(
			&process.time, sizeof(process.time), TIME_ADDRESS, address, buffer, length);
	return read_part(process.code, size, CODE_END - size, address, buffer, length);
}

static uint64_t asleep_for(struct target *target, pid_t thread)
{
	(void)target;
	process.asked = thread;
	process.now += process.asking_takes;
	return process.slept;
}

static uint64_t receive_time_out(struct target *target, int descriptor)
{
	(void)target;
	return descriptor == SOCKET ? process.receive_time_out : 0;
}

static const struct target_operations operations = {
	.read = read_memory,
	.receive_time_out = receive_time_out,
	.asleep_for = asleep_for,
};

int waiting_process_set_up(void **state)
{
	(void)state;
	process = (struct waiting_process){
		.target = {.operations = &operations},
		.now = SECONDS(1000),
		.time = {.tv_sec = 60},
		.slept = 1,
	};
	return 0;
}

struct thread_wait find_wait(const struct thread_status *status, const struct thread_waits *waits)
{
	return thread_wait_find(&process.target, THREAD, status, waits);
}

struct thread_wait find_plain_wait(const struct thread_status *status)
{
	static const struct thread_waits none;

	return find_wait(status, &none);
}

void assert_wait_in(const struct thread_wait *wait, const char *name)
{
	assert_non_null(wait->call);
	assert_string_equal(wait->call->name, name);
}
