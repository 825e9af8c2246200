#include "target/running_crowd.h"

#include "base/clock.h"
#include "target/running_view.h"

#define MEMBER_COUNT 4096

/* What is known of a thread from one batch to the next. */
struct member {
	pid_t thread;
	uint64_t looked;    /* when it was looked at, monotonic ns */
	uint64_t arrivals;  /* how often it had come onto a CPU by then, ... */
	uint64_t total;     /* ... and how long it had had one, ns */
	uint64_t accounted; /* that, and what it had waited for them, ns */
	bool off;           /* without one, as long as it has come onto none since */
	/*
	 * How long ago it had a CPU, ns. This time is accounted for when it has one again, so all
	 * that goes beyond it was sleep, or was not waited for.
	 */
	uint64_t without;
};

static struct member members[MEMBER_COUNT];

static struct member *find(pid_t thread)
{
	struct member *member = &members[thread % MEMBER_COUNT];

	if (member->thread != thread)
		*member = (struct member){.thread = thread};
	return member;
}

/* The one that had a CPU last comes first. */
static void insert(struct crowd *crowd, struct tracer_item *item)
{
	uint64_t without = find(item->thread)->without;
	size_t at = crowd->count++;

	for (; at && find(crowd->items[at - 1]->thread)->without > without; at--)
		crowd->items[at] = crowd->items[at - 1];
	crowd->items[at] = item;
}

static void take_view(struct member *member, const struct running_view *view, uint64_t now)
{
	uint64_t accounted = view->total + view->waited;
	uint64_t without = member->looked ? member->without + (now - member->looked) : 0;
	uint64_t grown = member->looked ? accounted - member->accounted : 0;

	member->without = without > grown ? without - grown : 0;
	member->off &= member->arrivals == view->arrivals && member->total == view->total;
	member->looked = now;
	member->arrivals = view->arrivals;
	member->total = view->total;
	member->accounted = accounted;
}

void crowd_gather(struct tracer_shared *shared, struct crowd *crowd)
{
	uint64_t now = clock_monotonic();

	crowd->count = 0;
	for (size_t i = 0; i < shared->count; i++) {
		struct tracer_item *item = &shared->items[i];
		struct member *member = find(item->thread);
		struct running_view view = {0};

		if (running_view_arrivals(shared->process, item->thread, &view)) {
			item->cpu_time = view.total;
			take_view(member, &view, now);
		}
		if (item->cpu_time && member->off)
			tracer_resolve(item, CAPTURE_ASLEEP);
		else
			insert(crowd, item);
	}
}

/*
 * It may have come onto a CPU between the two looks: then it has done so once more than is noted
 * here, and is looked at again.
 */
void crowd_note(const struct tracer_item *item, enum running running)
{
	struct member *member = find(item->thread);

	member->off = item->displaced || (!item->on_cpu && running != RUNNING_NOW);
	if (item->displaced || (item->on_cpu && !item->confirm))
		member->without = 0;
}

/* Should two of the others have had the same CPU, one after the other, its time will tell. */
void crowd_leave_out(const struct tracer_item *item)
{
	find(item->thread)->off = true;
}
