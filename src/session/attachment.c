#include "session/attachment.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "jemalloc/instance_search.h"
#include "session/debug_files.h"
#include "session/interrupt.h"

static bool is_recording(struct target *target)
{
	char root[TARGET_ROOT_SIZE];

	return !target_root(target, root);
}

/*
 * The files of a recording may lie below a sysroot, and are known by their build ids. Those of a
 * process are what is mapped, whatever lies there.
 */
static struct error *open_mapping(void *context, const struct mapping *mapping, int *ret_fd)
{
	struct attachment *attachment = context;
	struct target *target = attachment->target;
	const char *id = target_build_id(target, mapping);
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = NULL, *other;

	if (debug_search_sysroot(attachment->search) && is_recording(target)) {
		error = debug_search_open_below(attachment->search, mapping->path, id, ret_fd);
		if (!error || error->kind == ERROR_NO_MEMORY || !*id)
			return error;
	}
	other = target_open_mapping(target, mapping, &fd);
	if (!other)
		other = debug_check_build_id(fd, mapping->path, id);
	if (other && error) {
		error_destroy(other);
		return error;
	}
	error_destroy(error);
	if (!other)
		*ret_fd = TAKE_FD(fd);
	return other;
}

static void destroy(struct attachment *attachment)
{
	caller_destroy(attachment->caller);
	unwinder_destroy(attachment->unwinder);
	jemalloc_instances_free(&attachment->instances);
	jemalloc_instance_deinit(&attachment->given);
	ledger_deinit(&attachment->ledger);
	module_table_destroy(attachment->modules);
	debug_search_destroy(attachment->search);
	target_destroy(attachment->target);
	free(attachment);
}

struct error *attachment_create(struct target *target, struct attachment **ret)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	struct module_opener opener = {open_mapping, attachment, NULL};
	struct error *error;

	if (!attachment) {
		target_destroy(target);
		return &error_no_memory;
	}
	attachment->target = target;
	error = debug_search_create(&attachment->search);
	opener.search = attachment->search;
	if (!error)
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

struct error *attachment_set_up(struct attachment *attachment, const struct session *session)
{
	struct error *error;
	bool changed;

	attachment->download.quiet = session->quiet;
	error = session_set_up_search(session, attachment->target, attachment->search);
	if (error || !is_recording(attachment->target))
		return error;
	/* Without any mapping, all files are closed. */
	error = unwinder_update_modules(attachment->unwinder, &(struct mappings){0}, &changed);
	return error ? error : attachment_refresh(attachment);
}

struct error *attachment_end(struct attachment *attachment)
{
	struct error *error;

	if (!attachment)
		return NULL;
	/* Nothing is left behind in a process that is gone. */
	error = error_unless(caller_release(attachment->caller), ERROR_GONE);
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
	uint64_t changes = module_table_changes(attachment->modules);

	if (!error && attachment->searched_at != changes) {
		attachment->searched_at = 0;
		jemalloc_instances_free(&attachment->instances);
		error = jemalloc_find_instances(attachment->modules, &attachment->instances);
	}
	if (error)
		return error;
	attachment->searched_at = changes;
	*ret = &attachment->instances;
	return NULL;
}

static struct error *no_jemalloc(const struct attachment *attachment)
{
	const struct target_identity *identity = &attachment->target->identity;

	return error_set_hint(
		error_create(ERROR_UNSUPPORTED,
			"there is no jemalloc in process %d (%s): no module has the functions "
			"mallctl, mallctlbymib and mallctlnametomib, with or without a prefix, nor "
			"code that looks like theirs",
			identity->pid, identity->name),
		"start it with LD_PRELOAD=libjemalloc.so.2 (Debian: libjemalloc2), or link one. "
		"`cpu` works without");
}

static bool interrupted(void *context)
{
	(void)context;
	return session_interrupted();
}

static struct error *take_address(struct attachment *attachment, uint64_t address)
{
	struct error *error = attachment_refresh(attachment);
	const struct module *module;

	if (error)
		return error;
	if (attachment->given.path && attachment->given.mallctl == address)
		return NULL;
	module = module_table_find(attachment->modules, address);
	if (!module || !module->image)
		return error_create(ERROR_USAGE, "there is no code of a file at 0x%lx", address);
	jemalloc_instance_deinit(&attachment->given);
	return instance_at(module, address, &attachment->given);
}

static struct error *choose(
	struct attachment *attachment, const char *text, const struct jemalloc_instance **ret)
{
	const struct jemalloc_instances *instances;
	struct error *error;
	uint64_t address;

	if (strncmp(text, "0x", 2) == 0 && parse_unsigned(text, &address)) {
		error = take_address(attachment, address);
		*ret = &attachment->given;
		return error;
	}
	error = attachment_instances(attachment, &instances);
	if (!error && !instances->count)
		error = no_jemalloc(attachment);
	return error ? error
		     : jemalloc_choose_instance(
			       instances, text, attachment->target->identity.executable, ret);
}

struct error *attachment_jemalloc(
	struct attachment *attachment, const char *instance, struct jemalloc *ret)
{
	const struct jemalloc_instance *chosen;
	struct error *error = caller_attach(attachment->caller);

	if (!error)
		error = choose(attachment, instance, &chosen);
	if (error)
		return error;
	*ret = (struct jemalloc){
		.caller = attachment->caller,
		.instance = chosen,
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
