#include "cli/situations.h"

#include "base/array.h"
#include "cli/help.h"

static const struct situation table[] = {
	{
		.title = "A process takes a whole CPU",
		.text = "`live` shows within a second where the time goes; `cpu` measures it, and "
			"a flame graph is for those who look at it tomorrow. A frame such as "
			"write(2) is a system call.",
		.commands = (const char *const[]){"limpet -n redis-server live",
			"limpet -p 4242 cpu -d 10 -o cpu.svg",
			"limpet -p 4242 cpu -d 5 --per-thread  # is it one thread?",
			"limpet -p 4242 on 'cpu > 80% for 10s' do cpu -d 30 -o busy-%t.pb.gz",
			NULL},
	},
	{
		.title = "It hangs: no answer, and no CPU time either",
		.text = "What every thread does at this moment, equal stacks together: a hundred "
			"threads below one lock are one group. Do it twice: what does not move is "
			"stuck.",
		.commands = (const char *const[]){"limpet -p 4242 stacks", "limpet -p 4242 threads",
			"limpet -p 4242 stacks -o before-restart.pb.gz  # then restart it", NULL},
	},
	{
		.title = "Its memory grows",
		.text = "The process needs jemalloc with its profiler built in and switched on "
			"(MALLOC_CONF=prof:true,prof_active:false): `doctor` tells. `heap growth` "
			"ranks what grows steadily and says how sure that is; `heap record` shows "
			"what was allocated meanwhile and is still there.",
		.commands = (const char
				*const[]){"limpet -p 4242 heap growth -d 10m --timeline memory.svg",
			"limpet -p 4242 heap record -d 60 -o heap.svg",
			"limpet -p 4242 heap dump -o heap.pb.gz  # if the profiler has been on",
			NULL},
	},
	{
		.title = "Its memory grows, but the heap does not",
		.text = "`stats` sets what the program asked for beside what the kernel counts: "
			"free pages that jemalloc keeps, fragmentation, and what is not its own. "
			"`heap purge` gives the free pages back; what stays then is in "
			"half-filled slabs, or no heap at all.",
		.commands = (const char *const[]){"limpet -p 4242 stats --arenas --classes",
			"limpet -p 4242 heap purge",
			"limpet -p 4242 ctl opt.dirty_decay_ms  # how soon it gives back", NULL},
	},
	{
		.title = "Answers are late now and then",
		.text = "The time on the clock, of threads that wait, too: for locks, disks and "
			"other servers. With a pattern only what serves requests is left, and with "
			"--per-thread the slow thread stands out.",
		.commands = (const char *const[]){"limpet -p 4242 cpu --wall -d 30 --per-thread",
			"limpet -p 4242 cpu --wall -d 30 --only '^handle_' -o late.svg",
			"limpet -p 4242 stats  # a lot of dirty memory means purging now and then",
			NULL},
	},
	{
		.title = "There are far too many threads",
		.text = "`threads` lists them with what each waits for, `stacks` has equal ones "
			"together: the largest group tells who made them and what they wait for. "
			"`heap threads` tells which of them allocate.",
		.commands = (const char *const[]){"limpet -p 4242 stacks", "limpet -p 4242 threads",
			"limpet -p 4242 heap threads", NULL},
	},
	{
		.title = "It was fast yesterday",
		.text = "Save a profile while all is well. Then the difference of two says what "
			"takes more; in the flame graph that is red.",
		.commands = (const char *const[]){"limpet -p 4242 cpu -d 60 -o today.pb.gz",
			"limpet diff yesterday.pb.gz today.pb.gz",
			"limpet flame today.pb.gz --base yesterday.pb.gz -o changed.svg", NULL},
	},
	{
		.title = "It is about to be killed for its memory",
		.text = "First what will be gone with it: the dump of its heap and its stacks. "
			"Then give back what can be.",
		.commands = (const char *const[]){"limpet -p 4242 heap dump -o last.pb.gz",
			"limpet -p 4242 stacks -o last.folded", "limpet -p 4242 heap purge",
			"limpet -p 4242 on 'rss > 2G' do heap dump -o leak-%t.pb.gz  # next time",
			NULL},
	},
	{
		.title = "It crashes, is started anew, and crashes again",
		.text = "A capture that is longer than its life ends with it: what was sampled "
			"until then is shown and saved, and the exit status is 4. With --follow "
			"the "
			"next one is picked up as soon as it is there.",
		.commands =
			(const char *const[]){
				"limpet -n worker cpu --wall -d 1h -o until-the-crash.pb.gz",
				"limpet top until-the-crash.pb.gz --cum",
				"limpet --follow worker -e 'cpu -d 1h -o one.svg' -e 'cpu -d 1h "
				"-o next.svg'",
				NULL},
	},
	{
		.title = "It runs in a container, or limpet says that it may not",
		.text = "`doctor` says what works, what does not, and why: rights, ptrace_scope, "
			"seccomp, another tracer. From the host, processes in containers are "
			"processes as others are, and their files are found there. Inside, the "
			"container needs CAP_SYS_PTRACE.",
		.commands = (const char *const[]){"limpet -p 4242 doctor",
			"sudo limpet -p 4242 cpu -d 10",
			"limpet convert jeprof.1.0.i0.heap --sysroot server/ -o heap.svg  # "
			"elsewhere",
			NULL},
	},
};

const struct situation *situations(size_t *count)
{
	*count = ARRAY_SIZE(table);
	return table;
}

void situations_print(FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		fprintf(stream, "%s%zu. %s\n\n", i ? "\n" : "", i + 1, table[i].title);
		help_print_filled(stream, table[i].text, 3);
		putc('\n', stream);
		for (const char *const *line = table[i].commands; *line; line++)
			fprintf(stream, "   $ %s\n", *line);
	}
}
