#include "../base/test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "base/array.h"
#include "base/file.h"
#include "sandbox/child.h"
#include "sandbox/message.h"

#define PLANTED 77 /* a descriptor that the child must not have */
#define NUMBERS 256
#define MEMORY  (64UL << 20)

static struct sandbox_options options_for(
	enum sandbox_profile profile, sandbox_main *function, void *argument)
{
	return (struct sandbox_options){
		.profile = profile,
		.name = "sandboxed",
		.main = function,
		.argument = argument,
		.descriptors_max = 32,
		.memory_max = MEMORY,
	};
}

static struct sandbox_child start(const struct sandbox_options *options)
{
	struct sandbox_child child = {0};

	assert_success(sandbox_start(options, &child));
	assert_true(child.process > 0);
	return child;
}

/* The next message, waited for. */
static size_t take(const struct sandbox_child *child, void *bytes, size_t room)
{
	struct pollfd wait = {.fd = child->socket, .events = POLLIN};
	size_t length;

	assert_int_equal(poll(&wait, 1, -1), 1);
	assert_int_equal(
		sandbox_receive(child->socket, bytes, room, &length, NULL), SANDBOX_RECEIVED);
	return length;
}

/* Blocks until the other end is closed. */
static void await_close(int socket)
{
	char bytes[16];
	size_t length;
	struct pollfd wait = {.fd = socket, .events = POLLIN};

	while (sandbox_receive(socket, bytes, sizeof(bytes), &length, NULL) != SANDBOX_CLOSED)
		poll(&wait, 1, -1);
}

static int attempt_all(int socket, const int *descriptors, void *argument)
{
	bool succeeded[64] = {0};

	(void)descriptors;
	for (size_t i = 0; i < attempt_count; i++)
		succeeded[i] = attempts[i].succeeds(*(const pid_t *)argument);
	if (sandbox_send(socket, succeeded, sizeof(succeeded), -1) != SANDBOX_SENT)
		return EXIT_FAILURE;
	await_close(socket);
	return EXIT_SUCCESS;
}

static void check_attempts(enum sandbox_profile profile)
{
	pid_t own = getpid();
	struct sandbox_options options = options_for(profile, attempt_all, &own);
	struct sandbox_child child = start(&options);
	bool succeeded[64];

	assert_int_equal(take(&child, succeeded, sizeof(succeeded)), sizeof(succeeded));
	for (size_t i = 0; i < attempt_count; i++) {
		bool expected = profile == SANDBOX_SERVER ? attempts[i].server : attempts[i].client;

		if (succeeded[i] != expected)
			fail_msg("could%s %s", succeeded[i] ? "" : " not", attempts[i].name);
	}
	sandbox_end(&child);
}

static void a_server_can_do_next_to_nothing(void **state)
{
	(void)state;
	check_attempts(SANDBOX_SERVER);
}

static void a_client_can_read_files_and_connect(void **state)
{
	(void)state;
	check_attempts(SANDBOX_CLIENT);
}

/* Each of these must be possible without the filter, or its failing there proves nothing. */
static void what_is_tried_is_possible_elsewhere(void **state)
{
	static const char *const possible[] = {"allocate", "read a file", "write a file",
		"create a file", "make an internet socket", "make a netlink socket",
		"resolve a name", "fork", "make a thread", "signal the parent",
		"look at the parent", "map code", "turn data to code"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(possible); i++)
		for (size_t j = 0; j < attempt_count; j++)
			if (strcmp(possible[i], attempts[j].name) == 0 &&
				!attempts[j].succeeds(getppid()))
				fail_msg("cannot %s", possible[i]);
	unlink("/dev/shm/limpet-sandbox");
}

static int list_descriptors(int socket, const int *descriptors, void *argument)
{
	int numbers[NUMBERS + 2];
	int count = 0;

	(void)argument;
	for (int fd = 0; fd < NUMBERS; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			numbers[count++] = fd;
	numbers[count++] = socket;
	numbers[count++] = descriptors[0];
	if (sandbox_send(socket, numbers, (size_t)count * sizeof(int), -1) != SANDBOX_SENT ||
		write(descriptors[0], "given", 5) != 5)
		return EXIT_FAILURE;
	await_close(socket);
	return EXIT_SUCCESS;
}

static void it_has_the_descriptors_that_it_was_given(void **state)
{
	static const int expected[] = {0, 1, 2, 3, 4, 3, 4};
	int pipe_ends[2], numbers[NUMBERS + 2];
	struct sandbox_options options = options_for(SANDBOX_SERVER, list_descriptors, NULL);
	char text[6] = "";

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(dup2(pipe_ends[1], PLANTED), PLANTED);
	options.descriptors = &pipe_ends[1];
	options.descriptor_count = 1;
	struct sandbox_child child = start(&options);
	assert_int_equal(take(&child, numbers, sizeof(numbers)), sizeof(expected));
	assert_memory_equal(numbers, expected, sizeof(expected));
	assert_int_equal(read(pipe_ends[0], text, 5), 5);
	assert_string_equal(text, "given");
	sandbox_end(&child);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	close(PLANTED);
}

static int wait_for_close(int socket, const int *descriptors, void *argument)
{
	(void)descriptors;
	(void)argument;
	await_close(socket);
	return 7;
}

static void assert_line(const char *status, const char *line)
{
	if (!strstr(status, line))
		fail_msg("no '%s' in:\n%s", line, status);
}

/* proc(5) */
static void it_has_no_rights(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, wait_for_close, NULL);
	struct sandbox_child child = start(&options);
	struct u8_array text = {0};
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/status", child.process);
	assert_success(file_read(path, 1 << 16, &text));
	assert_success(u8_array_append(&text, 0));
	const char *status = (const char *)text.items;
	assert_line(status, "CapInh:\t0000000000000000\n");
	assert_line(status, "CapPrm:\t0000000000000000\n");
	assert_line(status, "CapEff:\t0000000000000000\n");
	assert_line(status, "CapAmb:\t0000000000000000\n");
	assert_line(status, "NoNewPrivs:\t1\n");
	assert_line(status, "Seccomp:\t2\n");
	assert_line(status, "Name:\tsandboxed\n");
	assert_line(status, "Threads:\t1\n");
	if (geteuid() == 0) {
		assert_line(status, "CapBnd:\t0000000000000000\n");
		assert_line(status, "Uid:\t65534\t65534\t65534\t65534\n");
		assert_line(status, "Gid:\t65534\t65534\t65534\t65534\n");
		assert_line(status, "Groups:\t \n");
	}
	u8_array_deinit(&text);
	assert_int_equal(getpgid(child.process), child.process);
	sandbox_end(&child);
}

static void it_ends_with_its_socket(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, wait_for_close, NULL);
	struct sandbox_child child = start(&options);
	int status;

	(void)state;
	assert_int_equal(kill(child.process, SIGINT), 0); /* is not its business */
	close(child.socket);
	assert_int_equal(waitpid(child.process, &status, 0), child.process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static int ignore_all(int socket, const int *descriptors, void *argument)
{
	(void)descriptors;
	(void)argument;
	(void)socket;
	for (;;)
		poll(NULL, 0, -1);
	return 0;
}

static void it_ends_with_its_parent(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, ignore_all, NULL);
	int numbers[2];
	pid_t process = 0;

	(void)state;
	assert_int_equal(pipe(numbers), 0);
	pid_t middle = fork();
	if (middle == 0) {
		struct sandbox_child child = {0};

		error_destroy(sandbox_start(&options, &child));
		if (write(numbers[1], &child.process, sizeof(pid_t)) != sizeof(pid_t))
			_exit(EXIT_FAILURE);
		for (;;)
			pause();
	}
	assert_int_equal(read(numbers[0], &process, sizeof(process)), sizeof(process));
	int handle = (int)syscall(SYS_pidfd_open, process, 0);
	assert_true(handle >= 0);
	kill(middle, SIGKILL);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	struct pollfd wait = {.fd = handle, .events = POLLIN};
	assert_int_equal(poll(&wait, 1, 10000), 1);
	close(handle);
	close(numbers[0]);
	close(numbers[1]);
}

static int map_too_much(int socket, const int *descriptors, void *argument)
{
	bool failed =
		mmap(NULL, 2 * MEMORY, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;

	(void)descriptors;
	(void)argument;
	return sandbox_send(socket, &failed, sizeof(failed), -1) == SANDBOX_SENT ? 0 : 1;
}

static void its_memory_has_a_limit(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, map_too_much, NULL);
	bool failed;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip(); /* takes terabytes of addresses itself */
#endif
	struct sandbox_child child = start(&options);
	assert_int_equal(take(&child, &failed, sizeof(failed)), sizeof(failed));
	assert_true(failed);
	sandbox_end(&child);
}

static void ending_twice_is_harmless(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, ignore_all, NULL);
	struct sandbox_child child = start(&options);
	const pid_t process = child.process;

	(void)state;
	sandbox_end(&child);
	sandbox_end(&child);
	assert_int_equal(kill(process, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* As in a container whose own filter refuses any further one: by seccomp(2) and by prctl(2). */
static bool forbid_filters(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void a_refused_filter_is_an_error(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, wait_for_close, NULL);
	struct sandbox_child child = {0};
	int status;

	(void)state;
	pid_t confined = fork();
	if (confined == 0) {
		if (!forbid_filters())
			_exit(EXIT_FAILURE);
		struct error *error = sandbox_start(&options, &child);
		_exit(error && error->kind == ERROR_UNSUPPORTED && error->hint &&
					strstr(error->message, "'sandboxed': cannot forbid")
				? EXIT_SUCCESS
				: EXIT_FAILURE);
	}
	assert_int_equal(waitpid(confined, &status, 0), confined);
	assert_int_equal(status, 0);
}

static void options_that_make_no_sense(void **state)
{
	struct sandbox_options options = options_for(SANDBOX_SERVER, wait_for_close, NULL);
	struct sandbox_child child = {0};

	(void)state;
	options.descriptors_max = 3;
	assert_error(sandbox_start(&options, &child), ERROR_USAGE,
		"cannot start 'sandboxed': too few descriptors are allowed", NULL);
	assert_int_equal(child.process, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_tried_is_possible_elsewhere),
		cmocka_unit_test(a_server_can_do_next_to_nothing),
		cmocka_unit_test(a_client_can_read_files_and_connect),
		cmocka_unit_test(it_has_the_descriptors_that_it_was_given),
		cmocka_unit_test(it_has_no_rights),
		cmocka_unit_test(it_ends_with_its_socket),
		cmocka_unit_test(it_ends_with_its_parent),
		cmocka_unit_test(its_memory_has_a_limit),
		cmocka_unit_test(ending_twice_is_harmless),
		cmocka_unit_test(a_refused_filter_is_an_error),
		cmocka_unit_test(options_that_make_no_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
