/*
 * One unit of the program whose addresses `bench names` asks for (names_program.sh): compiled several
 * times, with another UNIT and so many WORKS. The code of templates and inlined functions that C++
 * programs consist of; each work has types of its own, so that little of it is shared.
 */
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace
{

/* Inlined as deep as there are levels. */
template <int Unit, int Level> struct mixer {
	[[gnu::always_inline]] static inline unsigned mix(unsigned value)
	{
		value = value * (2654435761u + Level) ^ (value >> (Level % 13 + 3));
		if (value % (Level + 7) == Unit % 7)
			value += Level;
		return mixer<Unit, Level - 1>::mix(value);
	}
};

template <int Unit> struct mixer<Unit, 0> {
	[[gnu::always_inline]] static inline unsigned mix(unsigned value)
	{
		return value ^ Unit;
	}
};

template <int Work> struct key {
	unsigned value;

	bool operator<(const key &other) const
	{
		return mixer<Work, 2>::mix(value) < mixer<Work, 2>::mix(other.value);
	}
	bool operator==(const key &other) const
	{
		return value == other.value;
	}
};

template <int Work> struct hash {
	std::size_t operator()(const key<Work> &key) const
	{
		return mixer<Work, Work % 6 + 1>::mix(key.value);
	}
};

template <int Work> class store
{
      public:
	[[gnu::noinline]] void add(unsigned seed)
	{
		key<Work> key{mixer<Work, 8>::mix(seed)};

		keys.push_back(key);
		names.emplace(key, std::to_string(key.value));
		counts[key] += keys.size();
		if (key.value % 5 == 0)
			values.emplace_back(std::to_string(seed));
		else
			values.emplace_back(key.value);
	}
	[[gnu::noinline]] unsigned sum() const
	{
		unsigned result = 0;

		for (const auto &value : values)
			result += std::visit(
				[](const auto &held) -> unsigned {
					if constexpr (std::is_same_v<std::decay_t<decltype(held)>, unsigned>)
						return mixer<Work, 4>::mix(held);
					else
						return static_cast<unsigned>(held.size());
				},
				value);
		for (const auto &[key, name] : names)
			result ^= mixer<Work, 3>::mix(key.value) + static_cast<unsigned>(name.size());
		return result;
	}
	[[gnu::noinline]] std::optional<unsigned> search(unsigned seed)
	{
		std::sort(keys.begin(), keys.end());
		auto found = std::lower_bound(keys.begin(), keys.end(), key<Work>{seed});
		auto count = counts.find(key<Work>{seed});

		if (found == keys.end() || count == counts.end())
			return std::nullopt;
		return found->value + static_cast<unsigned>(count->second);
	}

      private:
	std::vector<key<Work>> keys;
	std::map<key<Work>, std::string> names;
	std::unordered_map<key<Work>, std::size_t, hash<Work>> counts;
	std::vector<std::variant<unsigned, std::string>> values;
};

template <int Work> [[gnu::noinline]] unsigned work(unsigned seed)
{
	auto store = std::make_unique<::store<Work>>();
	std::function<unsigned(unsigned)> next = [seed](unsigned value) { return mixer<Work, 5>::mix(value + seed); };

	for (unsigned i = 0; i < seed % 16 + 2; i++)
		store->add(seed = next(i));
	return store->sum() + store->search(seed).value_or(Work);
}

template <int... Works> unsigned all_works(unsigned seed, std::integer_sequence<int, Works...>)
{
	return (work<UNIT * 1000 + Works>(seed) + ...);
}

} // namespace

#define JOIN(first, second) first##second
#define NAMED(unit)         JOIN(names_unit_, unit)

extern "C" unsigned NAMED(UNIT)(unsigned seed)
{
	return all_works(seed, std::make_integer_sequence<int, WORKS>());
}
