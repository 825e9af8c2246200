#include "../base/test_support.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/listener.h"

static bool serves(const struct http_listener *listener, const char *host)
{
	for (char **at = listener->hosts; *at; at++)
		if (strcmp(*at, host) == 0)
			return true;
	return false;
}

static void loopback_addresses(void **state)
{
	static const char *const addresses[] = {"127.0.0.1:0", "localhost:0", "[::1]:0", "0",
		"127.8.9.10:0", "[::ffff:127.0.0.1]:0"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct http_options options = {.address = addresses[i]};
		struct http_listener listener;
		int listens;
		socklen_t length = sizeof(listens);

		assert_success(http_listen(&options, &listener));
		assert_int_equal(
			getsockopt(listener.socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length),
			0);
		assert_true(listens);
		assert_null(strstr(listener.url, ":0/"));
		http_listener_deinit(&listener);
	}
}

static void hosts_that_are_served(void **state)
{
	static const char *const names[] = {"profiler.example", "proxy.example:8443", NULL};
	const struct http_options options = {.address = "127.0.0.1:0", .host_names = names};
	struct http_listener listener;
	char host[64];
	unsigned port;

	(void)state;
	assert_success(http_listen(&options, &listener));
	assert_int_equal(sscanf(listener.url, "http://127.0.0.1:%u/", &port), 1);
	static const char *const own[] = {
		"localhost:%u", "127.0.0.1:%u", "[::1]:%u", "profiler.example:%u"};
	for (size_t i = 0; i < 4; i++) {
		snprintf(host, sizeof(host), "%.*s%u", (int)strlen(own[i]) - 2, own[i], port);
		assert_true(serves(&listener, host));
	}
	assert_true(serves(&listener, "profiler.example"));
	assert_true(serves(&listener, "proxy.example:8443"));
	assert_false(serves(&listener, "proxy.example"));
	assert_false(serves(&listener, "localhost"));
	http_listener_deinit(&listener);
}

static enum error_kind refusal(const struct http_options *options)
{
	struct http_listener listener;
	struct error *error = http_listen(options, &listener);
	enum error_kind kind;

	assert_non_null(error);
	kind = error->kind;
	error_destroy(error);
	return kind;
}

static void addresses_that_others_reach(void **state)
{
	static const char *const addresses[] = {
		"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "[::ffff:1.2.3.4]:0"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct http_options options = {.address = addresses[i]};

		assert_int_equal(refusal(&options), ERROR_USAGE);
		options.token_file = "token";
		assert_int_equal(refusal(&options), ERROR_USAGE);
		options.token_file = NULL;
		options.beyond_loopback = true;
		assert_int_equal(refusal(&options), ERROR_USAGE);
	}
	const struct http_options both = {
		.address = "0.0.0.0:0", .token_file = "token", .beyond_loopback = true};
	struct http_listener listener;
	assert_success(http_listen(&both, &listener));
	http_listener_deinit(&listener);
}

static void what_is_no_address(void **state)
{
	static const char *const addresses[] = {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:65536", "::1:80", "[::1]", "[::1:80", "nowhere.invalid:80", "unix:"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct http_options options = {.address = addresses[i]};

		assert_int_equal(refusal(&options), ERROR_USAGE);
	}
}

static void an_address_that_is_taken(void **state)
{
	const struct http_options options = {.address = "127.0.0.1:0"};
	struct http_listener listener;
	char address[64];
	unsigned port;

	(void)state;
	assert_success(http_listen(&options, &listener));
	assert_int_equal(sscanf(listener.url, "http://127.0.0.1:%u/", &port), 1);
	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	const struct http_options again = {.address = address};
	assert_int_equal(refusal(&again), ERROR_FAILED);
	http_listener_deinit(&listener);
}

static void a_unix_socket(void **state)
{
	char folder[] = "/tmp/limpet-socket.XXXXXX", address[64];
	const struct http_options options = {.address = address};
	struct http_listener listener, second;
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address, sizeof(address), "unix:%s/s", folder);
	mode_t mask = umask(0);
	assert_success(http_listen(&options, &listener));
	umask(mask);
	assert_string_equal(listener.url, address);
	assert_int_equal(stat(address + 5, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	/* It is in use; not so when its server was killed, and left it behind. */
	assert_int_equal(refusal(&options), ERROR_FAILED);
	close(listener.socket);
	listener.socket = -1;
	assert_success(http_listen(&options, &second));
	/* The file is not that of the first any more. */
	http_listener_deinit(&listener);
	assert_int_equal(stat(address + 5, &status), 0);
	http_listener_deinit(&second);
	assert_int_equal(stat(address + 5, &status), -1);
	/* What is no socket stays. */
	FILE *file = fopen(address + 5, "w");
	fclose(file);
	assert_int_equal(refusal(&options), ERROR_FAILED);
	assert_int_equal(stat(address + 5, &status), 0);
	unlink(address + 5);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_addresses),
		cmocka_unit_test(hosts_that_are_served),
		cmocka_unit_test(addresses_that_others_reach),
		cmocka_unit_test(what_is_no_address),
		cmocka_unit_test(an_address_that_is_taken),
		cmocka_unit_test(a_unix_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
