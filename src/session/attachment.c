#include "session/attachment.h"

#include <stdlib.h>
#include <string.h>

#include "session/interrupt.h"

static struct error *open_mapping(void *context, const struct mapping *mapping, int *ret_fd)
{
	return target_open_mapping(context, mapping, ret_fd);
}

static void destroy(struct attachment *attachment)
{
	caller_destroy(attachment->caller);
	unwinder_destroy(attachment->unwinder);
	jemalloc_instances_free(&attachment->instances);
	ledger_deinit(&attachment->ledger);
	module_table_destroy(attachment->modules);
	target_destroy(attachment->target);
	free(attachment);
}

struct error *attachment_create(struct target *target, struct attachment **ret)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	struct module_opener opener = {open_mapping, target};
	struct error *error;

	if (!attachment) {
		target_destroy(target);
		return &error_no_memory;
	}
	attachment->target = target;
	error = module_table_create(opener, &attachment->modules);
	if (!error)
		error = unwinder_create(attachment->modules, &attachment->unwinder);
	if (!error)
		error = caller_create(
			target, attachment->modules, attachment->unwinder, &attachment->caller);
	if (!error)
		error = attachment_refresh(attachment);
	if (error)
		destroy(attachment);
	else
		*ret = attachment;
	return error;
}

struct error *attachment_end(struct attachment *attachment)
{
	struct error *error;

	if (!attachment)
		return NULL;
	error = caller_release(attachment->caller);
	/* Nothing is left behind in a process that is gone. */
	if (error && error->kind == ERROR_GONE) {
		error_destroy(error);
		error = NULL;
	}
	if (error)
		error = error_add_context(
			error, "letting go of process %d", attachment->target->identity.pid);
	destroy(attachment);
	return error;
}

struct collector attachment_collector(const struct attachment *attachment)
{
	return (struct collector){attachment->target, attachment->modules, attachment->unwinder};
}

struct error *attachment_refresh(struct attachment *attachment)
{
	struct collector collector = attachment_collector(attachment);
	bool changed;

	return collector_refresh(&collector, &changed);
}

struct error *attachment_instances(
	struct attachment *attachment, const struct jemalloc_instances **ret)
{
	struct error *error = attachment_refresh(attachment);

	jemalloc_instances_free(&attachment->instances);
	if (!error)
		error = jemalloc_find_instances(attachment->modules, &attachment->instances);
	if (!error)
		*ret = &attachment->instances;
	return error;
}

static struct error *no_jemalloc(const struct attachment *attachment)
{
	const struct target_identity *identity = &attachment->target->identity;

	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"there is no jemalloc in process %d (%s): no module has the functions "
			"mallctl, mallctlbymib and mallctlnametomib, with or without a prefix",
			identity->pid, identity->name),
		"start it with LD_PRELOAD=libjemalloc.so.2 (Debian: libjemalloc2), or link one; in "
		"a stripped program that has it built in, the functions have lost their names. "
		"`cpu` works without");
}

static bool interrupted(void *context)
{
	(void)context;
	return session_interrupted();
}

static const struct jemalloc_instance *choose(
	const struct jemalloc_instances *instances, const char *executable)
{
	ARRAY_FOR_EACH (instance, instances)
		if (strcmp(instance->path, executable) == 0)
			return instance;
	return &instances->items[0];
}

struct error *attachment_jemalloc(struct attachment *attachment, struct jemalloc *ret)
{
	const struct jemalloc_instances *instances;
	struct error *error = caller_attach(attachment->caller);

	if (!error)
		error = attachment_instances(attachment, &instances);
	if (error)
		return error;
	if (!instances->count)
		return no_jemalloc(attachment);
	*ret = (struct jemalloc){
		.caller = attachment->caller,
		.instance = choose(instances, attachment->target->identity.executable),
		.wait = {.interrupted = interrupted},
	};
	return NULL;
}

void attachment_note_call(struct attachment *attachment, const struct jemalloc *jemalloc)
{
	if (!jemalloc->report.thread)
		return;
	attachment->last_call = jemalloc->report;
	attachment->calls++;
}
