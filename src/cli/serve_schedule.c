#include "cli/serve_schedule.h"

#include "base/clock.h"

/* A slice that is shorter is not worth its beginning and its end. */
#define SLICE_WORTHWHILE (10 * NANOSECONDS_PER_MILLISECOND)
/* Whoever waits for a profile gives up at 1.5 times its duration and 5 s, as go tool pprof does. */
#define DELAY_MAX (4 * NANOSECONDS_PER_SECOND)

struct schedule_capture schedule_capture_begin(uint64_t duration, uint64_t now)
{
	return (struct schedule_capture){
		.left = duration,
		.deadline = now + duration + duration / 3 + DELAY_MAX,
	};
}

uint64_t schedule_slice(const struct schedule_capture *capture, uint64_t now)
{
	uint64_t left = now < capture->deadline ? capture->deadline - now : 0;

	if (capture->left < left)
		left = capture->left;
	return left < SLICE_WORTHWHILE ? 0 : left;
}

void schedule_slice_ended(struct schedule_capture *capture, uint64_t length, bool cut)
{
	capture->since = 0;
	capture->left = cut && length < capture->left ? capture->left - length : 0;
}

enum schedule_next schedule_next(const struct schedule *schedule)
{
	if (schedule->waiting && (!schedule->capture || schedule->turns))
		return SCHEDULE_COMMAND;
	return schedule->capture ? SCHEDULE_CAPTURE : SCHEDULE_NOTHING;
}

uint64_t schedule_interrupt_at(const struct schedule *schedule)
{
	if (!schedule->capture || !schedule->capture->since || !schedule->waiting)
		return UINT64_MAX;
	return schedule->capture->since + SCHEDULE_SLICE_LEAST;
}

void schedule_command_began(struct schedule *schedule)
{
	schedule->waiting--;
	if (schedule->turns)
		schedule->turns--;
}

void schedule_slice_done(struct schedule *schedule)
{
	schedule->turns = schedule->waiting;
}
