#include "cli/jeprof_words.h"

#include "base/array.h"
#include "cli/counterparts.h"

static const struct counterpart counterparts[] = {
	{NULL, "jeprof PROGRAM FILE becomes `limpet COMMAND FILE`: the program is found by the "
	       "dump's "
	       "own list\nof mappings. --sysroot, --debug-dir and --symbols say where files are."},
	{NULL, "General"},
	{"--cum", "top --cum"},
	{"--base=FILE", "top --base FILE; diff BEFORE AFTER"},
	{"--interactive", "load FILE, and the shell"},
	{"--seconds=N", "cpu -d N"},
	{"--add_lib=FILE", "--symbols FILE or --symbols FILE=MODULE"},
	{"--lib_prefix=DIR", "--sysroot DIR, --debug-dir DIR"},
	{NULL, "What is told apart"},
	{"--addresses", "--addresses"},
	{"--lines", "--lines"},
	{"--functions", "--functions, which is usual"},
	{"--files", "--files"},
	{NULL, "Output"},
	{"--text", "top; top --all -n 0 for every line"},
	{"--collapsed", "save FILE.folded; convert FILE -o FILE.folded"},
	{"--svg", "flame -o FILE.svg: a flame graph; jeprof draws a graph of calls"},
	{"--web", "flame -o FILE.svg, and a browser"},
	{"--list=PATTERN", "list PATTERN"},
	{"--raw", "save FILE.pb.gz: with names, for any machine; FILE.heap is the dump itself"},
	{"--callgrind", "none; save FILE.pb.gz, then go tool pprof -callgrind FILE.pb.gz"},
	{"--disasm=PATTERN", "none; go tool pprof -disasm; --addresses tells instructions apart"},
	{"--dot, --ps, --pdf", "none; `tree` has the graph as text; go tool pprof -dot FILE.pb.gz"},
	{"--gif, --gv, --evince", "none; go tool pprof -png FILE.pb.gz"},
	{"--symbols", "none for addresses from elsewhere; `names` says what has no name, and why"},
	{NULL, "Heap profiles"},
	{"--inuse_space", "sample_index=inuse_space, which is usual"},
	{"--inuse_objects", "sample_index=inuse_objects"},
	{"--alloc_space", "sample_index=alloc_space; there with prof_accum only"},
	{"--alloc_objects", "sample_index=alloc_objects"},
	{"--show_bytes", "unit=B"},
	{"--drop_negative", "--drop-negative"},
	{"--heapcheck", "none: there are no leak check profiles of jemalloc"},
	{NULL, "Contention profiles"},
	{"--total_delay", "sample_index=delay"},
	{"--contentions", "sample_index=contentions"},
	{"--mean_delay", "--mean sample_index=delay"},
	{NULL, "What is shown"},
	{"--nodecount=N", "-n N, nodecount=N"},
	{"--nodefraction=F", "nodefraction=F"},
	{"--edgefraction=F", "edgefraction=F, in `tree`"},
	{"--maxdegree=N", "none: `tree` and `peek` show all callers and callees"},
	{"--focus=PATTERN", "focus=PATTERN"},
	{"--ignore=PATTERN", "ignore=PATTERN"},
	{"--thread=N", "-t N, of cpu profiles; of a heap dump none: limpet keeps its sums"},
	{"--retain=PATTERN", "show=PATTERN"},
	{"--exclude=PATTERN", "hide=PATTERN"},
	{"--scale=N", "none: a flame graph fits the window"},
	{NULL, "Others"},
	{"--tools=PREFIX", "none needed: limpet reads symbols and debug information itself"},
	{"--debug-syms-by-id", "always; --debug-dir DIR for other folders"},
	{"--test", "none"},
	{"--help, --version", "help, --version"},
	{"http://HOST/pprof/heap", "none: limpet -p PID heap dump asks the process itself"},
};

void jeprof_words_print(FILE *stream)
{
	counterparts_print(stream, counterparts, ARRAY_SIZE(counterparts));
}
