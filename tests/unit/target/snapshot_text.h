#pragma once

/* Small snapshots, made by hand. */

#define REGISTERS "1 2 3 4 5 6 7 7000 8 9 a b c d e f 401000"

#define HEAD                                                                                       \
	"limpet-snapshot 1\n"                                                                      \
	"process 42 tiny /usr/bin/tiny\n"

/* Thread 43 comes in the second round and is not captured; 42 goes before the third. */
#define WHOLE                                                                                      \
	HEAD "# a remark\n"                                                                        \
	     "\n"                                                                                  \
	     "mapping 401000-402000 r-xp 00001000 08:01 7 /usr/bin/tiny\n"                         \
	     "mapping 7fff0000-7fff1000 r-xp 00000000 00:00 0 [vdso]\n"                            \
	     "round 1000 50\n"                                                                     \
	     "thread 42 R 40 tiny\n"                                                               \
	     "round 2000 150\n"                                                                    \
	     "thread 42 R 120 tiny\n"                                                              \
	     "thread 43 S 30 worker\\040one\n"                                                     \
	     "capture 42 " REGISTERS " call 202\n"                                                 \
	     "stack 6f80 00ff10\n"                                                                 \
	     "other c000 abcdef\n"                                                                 \
	     "other d000 01\n"                                                                     \
	     "round 3000 160\n"                                                                    \
	     "thread 43 S 30 worker\\040one\n"
