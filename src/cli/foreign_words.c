#include "cli/foreign_words.h"

#include <string.h>

#include "base/array.h"
#include "cli/command.h"
#include "cli/table.h"

static const struct foreign_word table[] = {
	/* gdb, lldb, pstack and their like */
	{"bt", "stacks", "every thread's stack; -t THREAD for one"},
	{"backtrace", "stacks", "every thread's stack; -t THREAD for one"},
	{"where", "stacks", "every thread's stack; -t THREAD for one"},
	{"thread apply", "stacks", "every thread's stack, equal ones together"},
	{"pstack", "stacks", "every thread's stack"},
	{"gstack", "stacks", "every thread's stack"},
	{"jstack", "stacks", "every thread's stack"},
	{"eu-stack", "stacks", "every thread's stack"},
	{"quickstack", "stacks", "every thread's stack, equal ones together"},
	{"pt-pmp", "stacks", "every thread's stack, equal ones together"},
	{"info threads", "threads", "the threads, with what each waits for"},
	{"info proc", "info", "what the process is"},
	{"ps", "threads", "the threads, with what each waits for"},
	{"frame", NULL, "limpet stops nothing that frames could be chosen in: see `stacks`"},
	{"up", NULL, "limpet stops nothing that frames could be chosen in: see `stacks`"},
	{"continue", NULL, "there is no need: limpet leaves the process running"},
	{"cont", NULL, "there is no need: limpet leaves the process running"},
	{"interrupt", NULL, "there is no need: limpet leaves the process running"},
	{"finish", NULL, "limpet does not step through a program: `cpu` samples it"},
	{"step", NULL, "limpet does not step through a program: `cpu` samples it"},
	{"next", NULL, "limpet does not step through a program: `cpu` samples it"},
	{"break", NULL, "limpet sets no breakpoints: `cpu` samples, `stacks` shows where it is"},
	{"print", NULL, "limpet reads no variables; `ctl NAME` reads jemalloc's"},
	{"run", NULL, "limpet starts no program: start it, then `attach` to it"},
	{"kill", NULL, "limpet does not end programs; kill(1) does"},
	/* perf, strace, bcc */
	{"perf", "cpu", "where the CPU time goes; `record` has perf's options"},
	{"py-spy", "record", "py-spy's record, top -p and dump are commands here"},
	{"sample", "cpu", "where the CPU time goes"},
	{"offcputime", "cpu", "with --wall: what threads wait for"},
	{"strace", "cpu", "a frame such as write(2) is a system call; --wall has the waits"},
	{"script", "convert", "samples as lines: convert FILE -o FILE.folded"},
	{"flamegraph", "flame", "draws a flame graph of a profile"},
	{"svg", "flame", "draws a flame graph of a profile: flame -o FILE.svg"},
	{"web", "flame", "draws a flame graph that a browser opens"},
	{"htop", "live", "the hottest functions and threads, new each second"},
	/* pprof and jemalloc */
	{"pprof", "top", "pprof's table; its words do: top10 -cum, focus=PATTERN"},
	{"jeprof", "top", "the table of a heap dump; `flame` draws, `convert` converts it"},
	{"base", "diff", "what grew and what shrank between two profiles"},
	{"jemalloc", "heap", "its profiler, and `stats` its figures, `ctl` each value"},
	{"mallctl", "ctl", "reads and writes jemalloc's control values"},
	{"malloc_stats_print", "stats", "with --full: what jemalloc prints itself"},
	{"gcore", NULL, "limpet writes no core files; `heap dump` shows who holds the memory"},
	{"memory", "heap", "who holds the memory: heap record, heap growth"},
	{"mem", "heap", "who holds the memory: heap record, heap growth"},
	{"leak", "heap", "what grows: heap growth"},
	{"leaks", "heap", "what grows: heap growth"},
	{"free", "stats", "the allocator's figures; `heap purge` gives free pages back"},
	/* shells */
	{"bye", "quit", "lets go and ends"},
	{"man", "help", "what the man page says, command by command"},
	{"cd", NULL, "limpet stays in the folder that it was started in"},
	{"ls", NULL, "limpet lists no files; `profiles` lists what was taken"},
};

const struct foreign_word *foreign_words(size_t *count)
{
	*count = ARRAY_SIZE(table);
	return table;
}

/* Whether the line begins with all the words of the entry. */
static bool begins(char *const *line, size_t count, const char *words)
{
	for (size_t i = 0; *words; i++) {
		size_t length = strcspn(words, " ");

		if (i == count || strlen(line[i]) != length || strncmp(line[i], words, length) != 0)
			return false;
		words += length + (words[length] == ' ');
	}
	return true;
}

const struct foreign_word *foreign_words_find(char *const *words, size_t count)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strchr(table[i].words, ' ') && begins(words, count, table[i].words))
			return &table[i];
	return NULL;
}

const struct foreign_word *foreign_words_find_one(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i].words, word) == 0)
			return &table[i];
	return NULL;
}

static void print_commands(FILE *stream)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	for (size_t i = 0; i < count; i++)
		if (commands[i]->group == GROUP_WORDS)
			fprintf(stream, "  %-20s %s\n", commands[i]->name, commands[i]->summary);
}

void foreign_words_print(FILE *stream)
{
	fputs("These words of other tools are commands, with the options that they have there:\n\n",
		stream);
	print_commands(stream);
	fputs("  top -p PID           the live view, as in py-spy, perf and top(1): `live`\n\n"
	      "What serves for others:\n\n",
		stream);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		fprintf(stream, "  %-20s %s%s%s\n", table[i].words,
			table[i].command ? table[i].command : "", table[i].command ? ": " : "",
			table[i].text);
}
