#include "target/running_view.h"

#include "target/proc.h"
#include "target/thread_file.h"

bool running_view_arrivals(pid_t process, pid_t thread, struct running_view *ret)
{
	char text[THREAD_FILE_MAX];
	struct cursor file = thread_file_read(process, thread, "schedstat", text);

	return proc_parse_schedstat(file, &ret->total) && proc_parse_waited(file, &ret->waited) &&
	       proc_parse_arrivals(file, &ret->arrivals);
}

/* The switches are read first: one in between makes the difference too large, never too small. */
bool running_view_whole(pid_t process, pid_t thread, struct running_view *ret)
{
	char text[THREAD_FILE_MAX];
	struct cursor file = thread_file_read(process, thread, "sched", text);

	return proc_parse_last_run(file, &ret->left) && proc_parse_switches(file, &ret->switches) &&
	       proc_parse_sleeps(file, &ret->sleeps) &&
	       running_view_arrivals(process, thread, ret);
}
