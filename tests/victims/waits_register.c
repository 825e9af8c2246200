#include "registers.h"
#include "waits_all.h"

static bool read_with_registers(struct wait *self)
{
	return check_registers_in_read(atomic_load(&self->served) + 1, self->fds[0]);
}

static struct wait waits[] = {{.name = "registers",
	.prepare = prepare_pipe,
	.wait = read_with_registers,
	.wake = wake_pipe}};
const struct wait_table register_waits = WAIT_TABLE(waits);
