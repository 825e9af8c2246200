#pragma once

/* limpet with its arguments, from start to end. Returns the exit status. */
int program_run(int count, char **words);
