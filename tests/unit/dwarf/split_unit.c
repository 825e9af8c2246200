/* One of many small units, each with a file of its own; neighbours number what they say in other
 * ways. */
volatile int SINK;

#if NUMBER % 2
struct pair {
	double first;
	const char *second;
};

static inline __attribute__((always_inline)) double product(const struct pair *pair, double by)
{
	SINK = 1;
	return pair->first * by;
}

double FUNCTION(const struct pair *pair);
double FUNCTION(const struct pair *pair)
{
	return product(pair, 3) + (double)(long)pair->second;
}
#else
int FUNCTION(void);
int FUNCTION(void)
{
	return SINK++;
}
#endif
