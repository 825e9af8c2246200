#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Addresses of the internet's families; of any other there is nothing to tell. */

#define HTTP_ADDRESS_SIZE 64

/* 127.0.0.0/8, ::1; and of IPv4 within IPv6. False for other families. */
bool http_address_is_loopback(const struct sockaddr *address);
unsigned http_address_port(const struct sockaddr *address);

/* As Host has it: "127.0.0.1:6060", "[::1]:6060"; "" for other families. */
void http_address_format(const struct sockaddr *address, char ret[static HTTP_ADDRESS_SIZE]);

#define HTTP_PEER_SIZE 16

/* The part that tells machines from each other, without the port; zeros for other families. */
void http_address_peer(const struct sockaddr *address, unsigned char ret[static HTTP_PEER_SIZE]);
