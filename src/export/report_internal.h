#pragma once

#include <stdint.h>

#include "export/report.h"

/* What a function's cum must be, for it to be shown, as far as it is told: of the total. */
int64_t report_cutoff(const struct report *report);
