#include "http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_OF_IPV4 12 /* ::ffff:1.2.3.4 */

/* Casts go through memory: who knows how an address is aligned. */
static struct sockaddr_in as_ipv4(const struct sockaddr *address)
{
	struct sockaddr_in copy;

	memcpy(&copy, address, sizeof(copy));
	return copy;
}

static struct sockaddr_in6 as_ipv6(const struct sockaddr *address)
{
	struct sockaddr_in6 copy;

	memcpy(&copy, address, sizeof(copy));
	return copy;
}

/* Whether it is one of IPv4, in either family. */
static bool take_ipv4(const struct sockaddr *address, struct in_addr *ret)
{
	if (address->sa_family == AF_INET) {
		*ret = as_ipv4(address).sin_addr;
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	const struct in6_addr within = as_ipv6(address).sin6_addr;
	if (!IN6_IS_ADDR_V4MAPPED(&within))
		return false;
	memcpy(ret, within.s6_addr + PREFIX_OF_IPV4, sizeof(*ret));
	return true;
}

bool http_address_is_loopback(const struct sockaddr *address)
{
	struct in_addr ipv4;

	if (take_ipv4(address, &ipv4))
		return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (address->sa_family != AF_INET6)
		return false;
	const struct in6_addr ipv6 = as_ipv6(address).sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(&ipv6);
}

unsigned http_address_port(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohs(as_ipv4(address).sin_port);
	return address->sa_family == AF_INET6 ? ntohs(as_ipv6(address).sin6_port) : 0;
}

void http_address_format(const struct sockaddr *address, char ret[static HTTP_ADDRESS_SIZE])
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr ipv4;

	*ret = '\0';
	if (take_ipv4(address, &ipv4)) {
		inet_ntop(AF_INET, &ipv4, text, sizeof(text));
		snprintf(ret, HTTP_ADDRESS_SIZE, "%s:%u", text, http_address_port(address));
	} else if (address->sa_family == AF_INET6) {
		const struct in6_addr ipv6 = as_ipv6(address).sin6_addr;

		inet_ntop(AF_INET6, &ipv6, text, sizeof(text));
		snprintf(ret, HTTP_ADDRESS_SIZE, "[%s]:%u", text, http_address_port(address));
	}
}

void http_address_peer(const struct sockaddr *address, unsigned char ret[static HTTP_PEER_SIZE])
{
	struct in_addr ipv4;

	memset(ret, 0, HTTP_PEER_SIZE);
	if (take_ipv4(address, &ipv4)) {
		memcpy(ret + PREFIX_OF_IPV4, &ipv4, sizeof(ipv4));
	} else if (address->sa_family == AF_INET6) {
		const struct in6_addr ipv6 = as_ipv6(address).sin6_addr;

		memcpy(ret, ipv6.s6_addr, HTTP_PEER_SIZE);
	}
}
