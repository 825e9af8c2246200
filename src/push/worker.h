#pragma once

#include "push/pusher.h"

/* What the process of a pusher does, as a sandbox_main(): argument is a struct push_options. */
int push_worker_run(int socket, const int *descriptors, void *argument);
