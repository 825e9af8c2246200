#include "target/tracer_places.h"

#include "target/proc.h"
#include "target/thread_file.h"

/*
 * Threads are taken to do nothing but compute when so many samples of them have been seen, and at
 * most one in so many of the last was in a system call.
 */
#define COMPUTES_SEEN   32
#define COMPUTES_SHARE  64
#define COMPUTES_MEMORY 512

static int find_place(const struct tracer_shared *shared, const struct tracer_item *item)
{
	char text[THREAD_FILE_MAX];
	struct proc_stat stat;

	if (item->processor >= 0)
		return item->processor;
	return proc_parse_stat(thread_file_read(shared->process, item->thread, "stat", text), &stat)
		       ? stat.processor
		       : -1;
}

/* Of many threads, those count that had a CPU: to look each of them up takes its time. */
static bool is_looked_up(const struct tracer_shared *shared, const struct tracer_item *item)
{
	return shared->count <= TRACER_FEW || item->outcome == CAPTURE_DONE;
}

void places_remember(struct places *places, const struct tracer_shared *shared)
{
	cpu_set_t busy;

	CPU_ZERO(&busy);
	for (size_t i = 0; i < shared->count; i++) {
		const struct tracer_item *item = &shared->items[i];
		int processor = is_looked_up(shared, item) ? find_place(shared, item) : -1;

		if (processor >= 0 && processor < CPU_SETSIZE)
			CPU_SET((size_t)processor, &busy);
	}
	if (shared->count <= TRACER_FEW || CPU_COUNT(&busy))
		places->busy = busy;
}

void places_note_calls(struct places *places, const struct capture *capture)
{
	if (capture->outcome != CAPTURE_DONE)
		return;
	places->seen++;
	places->in_calls += capture->system_call >= 0;
	if (places->seen < COMPUTES_MEMORY)
		return;
	places->seen /= 2;
	places->in_calls /= 2;
}

int places_draw_busy(const struct places *places, uint64_t random)
{
	int count = CPU_COUNT(&places->busy);
	int left = count ? (int)(random % (unsigned)count) : 0;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &places->busy) && left-- == 0)
			return cpu;
	return -1;
}

/* The CPU where limpet is, if it is one of them. */
int places_find_free(const struct places *places)
{
	int here = sched_getcpu();
	cpu_set_t allowed;

	if (places->seen < COMPUTES_SEEN || places->in_calls * COMPUTES_SHARE > places->seen ||
		sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return -1;
	if (here >= 0 && !CPU_ISSET((size_t)here, &places->busy))
		return here;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &allowed) && !CPU_ISSET((size_t)cpu, &places->busy))
			return cpu;
	return -1;
}
