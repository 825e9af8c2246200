#pragma once

#include <sys/types.h>

#include "base/array.h"
#include "base/error.h"

/*
 * jemalloc copies the maps file of the first thread into a dump, which is empty when that thread
 * has exited: then it is read here, through a thread that lives, and put behind the title. Other
 * dumps are left as they are; so is one whose process has ended by now.
 */
struct error *dump_maps_complete(pid_t process, struct u8_array *dump) MUST_CHECK;
