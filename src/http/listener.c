#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/quantity.h"
#include "http/peer.h"

#define BACKLOG   256
#define HTTP_PORT 80

ARRAY_DEFINE(text_array, char *)

union address {
	struct sockaddr any;
	struct sockaddr_storage storage;
	struct sockaddr_un local;
};

static struct error *append_host(struct text_array *hosts, const char *format, ...)
	FORMAT_PRINTF(2, 3) MUST_CHECK;
static struct error *append_host(struct text_array *hosts, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return &error_no_memory;
	struct error *error = text_array_append(hosts, text);
	if (error)
		free(text);
	return error;
}

/* With the port, and without it where that means the same. */
static struct error *append_name(struct text_array *hosts, const char *name, unsigned port)
{
	struct error *error = append_host(hosts, "%s:%u", name, port);

	if (!error && port == HTTP_PORT)
		error = append_host(hosts, "%s", name);
	return error;
}

static bool has_port(const char *name)
{
	const char *bracket = strrchr(name, ']');

	return strchr(bracket ? bracket : name, ':');
}

/* What a user gives is what stands behind a proxy, which has a port of its own. */
static struct error *append_given(struct text_array *hosts, const char *name, unsigned port)
{
	struct error *error = append_host(hosts, "%s", name);

	if (!error && !has_port(name))
		error = append_host(hosts, "%s:%u", name, port);
	return error;
}

static struct error *list_hosts(
	const struct http_options *options, const char *listened, unsigned port, char ***ret)
{
	static const char *const own[] = {"localhost", "127.0.0.1", "[::1]"};
	struct text_array hosts = {0};
	struct error *error = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(own) && !error; i++)
		error = append_name(&hosts, own[i], port);
	if (!error && *listened)
		error = append_name(&hosts, listened, port);
	for (const char *const *name = options->host_names; name && *name && !error; name++)
		error = append_given(&hosts, *name, port);
	if (!error)
		error = text_array_append(&hosts, NULL);
	if (error) {
		ARRAY_FOR_EACH (host, &hosts)
			free(*host);
		text_array_deinit(&hosts);
		return error;
	}
	*ret = hosts.items;
	return NULL;
}

static struct error *wrong_address(const char *address)
{
	return error_set_hint(error_create(ERROR_USAGE, "'%s' is no address to listen on", address),
		"write 127.0.0.1:6060, [::1]:6060, localhost:6060 or unix:PATH");
}

/* "host:port", "[host]:port", ":port", "port": the host with its brackets. */
static struct error *split_address(const char *address, char **ret_host, unsigned *ret_port)
{
	const char *colon = strrchr(address, ':');
	const char *port_text = colon ? colon + 1 : address;
	size_t length = colon ? (size_t)(colon - address) : 0;
	uint64_t port;

	if (!parse_unsigned(port_text, &port) || port > UINT16_MAX)
		return wrong_address(address);
	if (memchr(address, ':', length) && (address[0] != '[' || address[length - 1] != ']'))
		return wrong_address(address);
	*ret_host = colon ? strndup(address, length) : strdup("127.0.0.1");
	*ret_port = (unsigned)port;
	return *ret_host ? NULL : &error_no_memory;
}

static struct error *resolve(const char *address, const char *host, unsigned port,
	union address *ret, socklen_t *ret_length)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	const size_t length = strlen(host);
	CLEANUP(cleanup_free) char *name = NULL;
	struct addrinfo *found;
	char service[16];
	int result;

	snprintf(service, sizeof(service), "%u", port);
	name = *host == '[' ? strndup(host + 1, length - 2) : strdup(host);
	if (!name)
		return &error_no_memory;
	/* What that name leads to is not for a file or a server of names to say (RFC 6761, 6.3). */
	result = getaddrinfo(strcasecmp(name, "localhost") == 0 ? "127.0.0.1"
			     : *name                            ? name
								: NULL,
		service, &wanted, &found);
	if (result != 0)
		return error_create(
			ERROR_USAGE, "cannot listen on '%s': %s", address, gai_strerror(result));
	memcpy(&ret->storage, found->ai_addr, found->ai_addrlen);
	*ret_length = found->ai_addrlen;
	freeaddrinfo(found);
	return NULL;
}

/* Whoever reaches a profiler sees function names, command lines, and can have a process sampled. */
static struct error *check_reach(const struct http_options *options, const union address *address)
{
	struct error *error;

	if (http_address_is_loopback(&address->any) ||
		(options->beyond_loopback && options->token_file))
		return NULL;
	error = error_create(ERROR_USAGE, "'%s' can be reached from other machines%s",
		options->address,
		options->beyond_loopback ? ", and there is no token to keep them out" : "");
	return error_set_hint(error,
		"listen on 127.0.0.1, behind ssh -L or a proxy; or give a token file, and allow it "
		"explicitly");
}

static struct error *listen_at(
	const char *text, int family, const union address *address, socklen_t length, int *ret)
{
	CLEANUP(cleanup_close)
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int yes = 1;

	if (fd < 0)
		return error_from_errno(errno, "cannot make a socket for '%s'", text);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	/* A socket's file takes its mode from here: nobody else ever finds it open. */
	if (family == AF_UNIX && fchmod(fd, S_IRUSR | S_IWUSR) < 0)
		return error_from_errno(errno, "cannot keep '%s' from others", text);
	if (bind(fd, &address->any, length) < 0 || listen(fd, BACKLOG) < 0)
		return error_from_errno(errno, "cannot listen on '%s'", text);
	*ret = TAKE_FD(fd);
	return NULL;
}

static struct error *listen_on_network(
	const struct http_options *options, struct http_listener *listener)
{
	CLEANUP(cleanup_free) char *host = NULL;
	union address address = {0};
	socklen_t length;
	unsigned port = 0;
	char text[HTTP_ADDRESS_SIZE];
	struct error *error = split_address(options->address, &host, &port);

	if (!error)
		error = resolve(options->address, host, port, &address, &length);
	if (!error)
		error = check_reach(options, &address);
	if (!error)
		error = listen_at(options->address, address.any.sa_family, &address, length,
			&listener->socket);
	if (error)
		return error;
	length = sizeof(address.storage);
	if (getsockname(listener->socket, &address.any, &length) < 0)
		return error_from_errno(errno, "cannot tell where '%s' is", options->address);
	port = http_address_port(&address.any);
	http_address_format(&address.any, text);
	if (asprintf(&listener->url, "http://%s/", text) < 0) {
		listener->url = NULL;
		return &error_no_memory;
	}
	return list_hosts(options, host, port, &listener->hosts);
}

/* Nobody listens there any more. */
static bool is_left_behind(const char *path, const union address *address, socklen_t length)
{
	CLEANUP(cleanup_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat status;

	return fd >= 0 && lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) &&
	       connect(fd, &address->any, length) < 0 && errno == ECONNREFUSED;
}

static struct error *listen_on_file(
	const struct http_options *options, const char *path, struct http_listener *listener)
{
	union address address = {.local.sun_family = AF_UNIX};
	struct stat status;
	struct error *error;

	if (!*path || strlen(path) >= sizeof(address.local.sun_path))
		return error_create(ERROR_USAGE, "'%s': a unix socket has a path of 1 to %zu bytes",
			options->address, sizeof(address.local.sun_path) - 1);
	memcpy(address.local.sun_path, path, strlen(path));
	if (is_left_behind(path, &address, sizeof(address.local)))
		unlink(path);
	listener->is_unix = true;
	error = listen_at(
		options->address, AF_UNIX, &address, sizeof(address.local), &listener->socket);
	if (error)
		return error;
	listener->url = strdup(options->address);
	listener->path = strdup(path);
	if (!listener->url || !listener->path)
		return &error_no_memory;
	if (lstat(path, &status) < 0)
		return error_from_errno(errno, "'%s'", path);
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	return NULL;
}

struct error *http_listen(const struct http_options *options, struct http_listener *ret)
{
	static const char local[] = "unix:";
	struct http_listener listener = {.socket = -1};
	struct error *error;

	if (strncmp(options->address, local, strlen(local)) == 0)
		error = listen_on_file(options, options->address + strlen(local), &listener);
	else
		error = listen_on_network(options, &listener);
	if (error) {
		http_listener_deinit(&listener);
		return error;
	}
	*ret = listener;
	return NULL;
}

/* A number that has become free is given to the next file, which may be another server's. */
static bool is_own(const struct http_listener *listener)
{
	union address address = {.local.sun_family = AF_UNIX};
	struct stat status;

	memcpy(address.local.sun_path, listener->path, strlen(listener->path));
	return lstat(listener->path, &status) == 0 && status.st_dev == listener->device &&
	       status.st_ino == listener->inode &&
	       is_left_behind(listener->path, &address, sizeof(address.local));
}

void http_listener_deinit(struct http_listener *listener)
{
	cleanup_close(&listener->socket);
	if (listener->path && is_own(listener))
		unlink(listener->path);
	for (char **host = listener->hosts; host && *host; host++)
		free(*host);
	free(listener->hosts);
	free(listener->path);
	free(listener->url);
	*listener = (struct http_listener){.socket = -1};
}
