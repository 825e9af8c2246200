#include "export/gzip.h"

#include <limits.h>
#include <zlib.h>

#define GZIP_FORMAT (16 + MAX_WBITS) /* zlib.h: a gzip header instead of zlib's */
#define MEMORY      8
#define STEP        (64 * 1024)

static void set_input(z_stream *stream, const uint8_t **at, size_t *left)
{
	size_t length = *left < UINT_MAX ? *left : UINT_MAX;

	if (stream->avail_in)
		return;
	stream->next_in = (z_const Bytef *)(uintptr_t)*at;
	stream->avail_in = (uInt)length;
	*at += length;
	*left -= length;
}

static struct error *set_output(z_stream *stream, struct u8_array *output)
{
	struct error *error = u8_array_reserve(output, output->count + STEP);
	size_t room = output->capacity - output->count;

	if (error)
		return error;
	stream->next_out = output->items + output->count;
	stream->avail_out = (uInt)(room < UINT_MAX ? room : UINT_MAX);
	return NULL;
}

/* Runs deflate() once and counts what came out. */
static struct error *deflate_step(z_stream *stream, bool last, struct u8_array *output, int *ret)
{
	struct error *error = set_output(stream, output);

	if (error)
		return error;
	*ret = deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
	output->count = (size_t)(stream->next_out - output->items);
	return NULL;
}

struct error *gzip_compress(const void *bytes, size_t length, struct u8_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array output = {0};
	const uint8_t *at = bytes;
	z_stream stream = {0};
	struct error *error = NULL;
	int status = Z_OK;

	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_FORMAT, MEMORY,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return &error_no_memory;
	while (!error && status != Z_STREAM_END) {
		set_input(&stream, &at, &length);
		error = deflate_step(&stream, length == 0, &output, &status);
	}
	deflateEnd(&stream);
	if (error)
		return error;
	*ret = output;
	output = (struct u8_array){0};
	return NULL;
}

bool gzip_recognize(const void *bytes, size_t length)
{
	const uint8_t *magic = bytes;

	return length >= 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

static struct error *inflate_error(const z_stream *stream, int status)
{
	if (status == Z_MEM_ERROR)
		return &error_no_memory;
	if (status == Z_BUF_ERROR)
		return error_create(ERROR_MALFORMED, "truncated: the gzip data ends early");
	return error_create(ERROR_MALFORMED, "damaged gzip data: %s",
		stream->msg ? stream->msg : "it makes no sense");
}

/* Inflates to the end of the last member. */
static struct error *inflate_all(
	z_stream *stream, const uint8_t *at, size_t left, size_t limit, struct u8_array *output)
{
	for (;;) {
		struct error *error = set_output(stream, output);

		if (error)
			return error;
		set_input(stream, &at, &left);
		int status = inflate(stream, Z_NO_FLUSH);
		output->count = (size_t)(stream->next_out - output->items);
		if (output->count > limit)
			return error_create(
				ERROR_MALFORMED, "more than %zu bytes come out of it", limit);
		if (status == Z_STREAM_END && !stream->avail_in && !left)
			return NULL;
		if (status == Z_STREAM_END)
			status = inflateReset(stream);
		if (status != Z_OK)
			return inflate_error(stream, status);
	}
}

struct error *gzip_decompress(const void *bytes, size_t length, size_t limit, struct u8_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array output = {0};
	z_stream stream = {0};
	struct error *error;

	if (inflateInit2(&stream, GZIP_FORMAT) != Z_OK)
		return &error_no_memory;
	error = inflate_all(&stream, bytes, length, limit, &output);
	inflateEnd(&stream);
	if (error)
		return error;
	*ret = output;
	output = (struct u8_array){0};
	return NULL;
}
