#include "http/page_style.h"

#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE    32
#define ENCODED_SIZE 44 /* base64, with one "=" */

static unsigned digit_value(char c)
{
	return (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

const char *http_page_style_hash(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char encoded[ENCODED_SIZE + 1];
	uint8_t hash[HASH_SIZE + 1] = {0}; /* a multiple of three */
	size_t count = 0;

	for (size_t i = 0; i < HASH_SIZE; i++)
		hash[i] = (uint8_t)(digit_value(page_css_sha256[2 * i]) << 4 |
				    digit_value(page_css_sha256[2 * i + 1]));
	for (size_t i = 0; i < sizeof(hash); i += 3) {
		uint32_t group = (uint32_t)hash[i] << 16 | (uint32_t)hash[i + 1] << 8 | hash[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			encoded[count++] = digits[group >> shift & 63];
	}
	encoded[ENCODED_SIZE - 1] = '=';
	return encoded;
}
