/* What the reader is tried on, compiled in several ways: lines are those that the tests expect. */
volatile int fixture_sink;

#line 100 "folder/fixture.c"
static inline __attribute__((always_inline)) void inner(int value)
{
	fixture_sink = value;
	fixture_sink = value + 1;
}

#line 200 "/elsewhere/fixture.h"
static inline __attribute__((always_inline)) void middle(int value)
{
	fixture_sink = value * 3;
	inner(value);
}

#line 300 "folder/fixture.c"
int fixture_outer(int value);
int fixture_outer(int value)
{
	middle(value);
	return value + 7;
}

#line 400 "folder/fixture.c"
int fixture_parts(int value);
int fixture_parts(int value)
{
	if (__builtin_expect(value > 1000, 0))
		inner(value);
	return fixture_outer(value);
}
