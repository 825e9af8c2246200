/*
 * names: C++ functions whose names must be demangled; the thread "grinder" burns CPU in a method, a
 * template, an operator and a lambda in turn, the same time in each.
 */
#include <string>
#include <utility>

#include "victim.h"

namespace mill
{

constexpr unsigned long steps = 100000;

class Stone
{
      public:
	KEEP void grind(int turns) const
	{
		for (int i = 0; i < turns; i++)
			work(steps);
	}

	KEEP bool operator<(const Stone &) const
	{
		work(steps);
		return true;
	}
};

template <typename Key, int Rounds> KEEP void sift(const std::pair<Key, Stone> &)
{
	for (int i = 0; i < Rounds; i++)
		work(steps);
}

template <typename Function> KEEP void each_time(const Function &function)
{
	function();
}

} // namespace mill

static void *grind(void *)
{
	const std::pair<std::string, mill::Stone> labelled{"flour", {}};
	const mill::Stone other;
	const auto polish = [&]() KEEP { work(mill::steps); };

	for (;;) {
		other.grind(1);
		mill::sift<std::string, 1>(labelled);
		if (!(labelled.second < other))
			fail("no order");
		mill::each_time(polish);
	}
	return nullptr;
}

int main()
{
	victim_start();
	spawn("grinder", grind, nullptr);
	wait_for_end();
}
