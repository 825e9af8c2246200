#pragma once

#include <stdio.h>

/* The source of the man page, for scdoc(1): its markup is that of scdoc(5). */
void manual_print(FILE *stream);

/* The sections that no table holds, in that markup: what comes before the situations, ... */
extern const char manual_description[];
/* ... between the options and the commands, ... */
extern const char manual_input[];
/* ... and behind the settings. */
extern const char manual_surroundings[];
