/*
 * The heap of holder_heap.c as an extension of Node.js, which holder.js loads; linked by
 * tests/matrix. What is used of Node-API (https://nodejs.org/api/n-api.html, version 1) is declared
 * here, as not every machine with a node has its headers.
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "holder_heap.h"
#include "victim.h"

typedef struct napi_env_of *napi_env;
typedef struct napi_value_of *napi_value;
typedef struct napi_callback_info_of *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env environment, napi_callback_info info);

extern int napi_create_function(napi_env environment, const char *name, size_t length,
	napi_callback callback, void *data, napi_value *ret);
extern int napi_create_int64(napi_env environment, int64_t number, napi_value *ret);
extern int napi_create_string_utf8(
	napi_env environment, const char *text, size_t length, napi_value *ret);
extern int napi_set_named_property(
	napi_env environment, napi_value object, const char *name, napi_value value);

napi_value napi_register_module_v1(napi_env environment, napi_value exports);

heap_hold HEAP_FUNCTION_1(hold, HEAP);
heap_release HEAP_FUNCTION_1(release, HEAP);
heap_figures HEAP_FUNCTION_1(figures, HEAP);

static void *run_hold(void *held)
{
	*(size_t *)held = HEAP_FUNCTION_1(hold, HEAP)();
	return NULL;
}

static napi_value hold(napi_env environment, napi_callback_info info)
{
	napi_value value = NULL;
	pthread_t thread;
	size_t held = 0;

	(void)info;
	if (pthread_create(&thread, NULL, run_hold, &held) == 0)
		pthread_join(thread, NULL);
	napi_create_int64(environment, (int64_t)held, &value);
	return value;
}

static napi_value release(napi_env environment, napi_callback_info info)
{
	(void)environment;
	(void)info;
	HEAP_FUNCTION_1(release, HEAP)();
	return NULL;
}

static napi_value figures(napi_env environment, napi_callback_info info)
{
	const char *text = HEAP_FUNCTION_1(figures, HEAP)();
	napi_value value = NULL;

	(void)info;
	napi_create_string_utf8(environment, text, strlen(text), &value);
	return value;
}

static void add(napi_env environment, napi_value exports, const char *name, napi_callback callback)
{
	napi_value function;

	if (napi_create_function(environment, name, strlen(name), callback, NULL, &function) != 0 ||
		napi_set_named_property(environment, exports, name, function) != 0)
		fail("Node.js does not take %s()", name);
}

napi_value napi_register_module_v1(napi_env environment, napi_value exports)
{
	add(environment, exports, "hold", hold);
	add(environment, exports, "release", release);
	add(environment, exports, "figures", figures);
	return exports;
}
