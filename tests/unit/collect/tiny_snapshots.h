#pragma once

/* Parts of small snapshots of the program in tests/data/snapshot, made by hand. */

#define HEAD                                                                                       \
	"limpet-snapshot 1\n"                                                                      \
	"process 1 tiny /usr/bin/tiny\n"                                                           \
	"mapping 7ffff7ffd000-7ffff7ffe000 r-xp 00000000 fe:00 7 /usr/bin/tiny\n"

/* A thread in parse_line(), which serve() called, which main() called, which _start called. */
#define AT(pc)       " 0 0 0 0 0 0 0 7000 0 0 0 0 0 0 0 0 " pc "\n"
#define PARSING      AT("7ffff7ffd23b")
#define IN_CALL      " 0 0 0 0 0 0 0 7000 0 0 0 0 0 0 0 0 7ffff7ffd23b call 0\n"
#define IN_SERVE     "5bd2fff7ff7f0000"
#define IN_MAIN      "6dd2fff7ff7f0000"
#define IN_START     "34d2fff7ff7f0000"
#define STACK(bytes) "stack 7000 " bytes "\n"
#define WHOLE_STACK  STACK(IN_SERVE IN_MAIN IN_START)
#define WHOLE        " tiny+23b tiny+25a tiny+26c tiny+233"
