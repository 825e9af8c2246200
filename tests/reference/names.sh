# names.sh DWARF_NAMES COUNT FILE...: what limpet's reader of debug information says of so many random
# addresses of each file, beside llvm-symbolizer: at least 99.5 % of them agree in functions, inlined
# functions, files and lines. Programs in C++, Go and Rust are built where their compilers are there.
set -eu

names=$1 count=$2
shift 2
seed=${LIMPET_SEED:-1}

for tool in llvm-symbolizer jq; do
	command -v "$tool" >/dev/null && continue
	echo "no $tool: nothing to compare with"
	[ "${CI-}" != true ] || exit 1
	exit 77
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The lines of names.awk. DEBUGINFOD_URLS: it would ask the network.
theirs() {
	DEBUGINFOD_URLS='' llvm-symbolizer --no-demangle --inlines --functions=linkage --output-style=JSON -e "$1" |
		jq -r '(if type == "array" then .[] else . end) | .Address as $address | .Symbol[] |
			[$address, .FunctionName, .FileName, .Line, .StartLine] | @tsv'
}

compared=0 failed=0
compare() {
	"$names" addresses "$1" "$count" "$seed" | uniq >"$folder/addresses"
	"$names" names "$1" <"$folder/addresses" >"$folder/ours"
	theirs "$1" <"$folder/addresses" >"$folder/theirs"
	result=$(awk -f "$(dirname "$0")/names.awk" "$folder/ours" "$folder/theirs")
	all=${result%% *} rest=${result#* }
	agreed=${rest%% *}
	echo "$(basename "$1"): $agreed of $all agree; ${rest#* }"
	compared=$((compared + 1))
	[ "$all" -gt 0 ] && [ $((agreed * 1000)) -ge $((all * 995)) ] || failed=$((failed + 1))
}

# build NAME COMMAND...: a program of some size, where the compiler is there.
build() {
	name=$1
	shift
	if (cd "$folder" && "$@") >"$folder/log" 2>&1; then
		compare "$folder/$name"
	else
		echo "$name is not compared: $(head -n 1 "$folder/log")"
	fi
}

cat >"$folder/sort.cc" <<'END'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>
int main(int count, char **arguments)
{
	std::vector<std::string> words(arguments, arguments + count);
	std::map<std::string, std::vector<int>> places;
	std::regex pattern("([a-z]+)([0-9]*)");
	std::sort(words.begin(), words.end(), [](auto &a, auto &b) { return a.size() < b.size(); });
	for (auto &word : words)
		if (std::regex_match(word, pattern))
			places[word].push_back(static_cast<int>(word.size()));
	for (auto &[word, lengths] : places)
		std::cout << word << ' ' << lengths.size() << '\n';
}
END
cat >"$folder/text.go" <<'END'
package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

func main() {
	words := strings.Fields("a few words to be sorted")
	sort.Slice(words, func(i, j int) bool { return words[i] < words[j] })
	text, _ := json.Marshal(words)
	fmt.Println(string(text))
}
END
cat >"$folder/text.rs" <<'END'
use std::collections::HashMap;
fn main() {
    let mut counts: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, word) in std::env::args().enumerate() {
        counts.entry(word.to_lowercase()).or_default().push(place);
    }
    let mut words: Vec<_> = counts.into_iter().filter(|(word, _)| word.len() > 1).collect();
    words.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
    println!("{:?}", words);
}
END
for file; do
	compare "$file"
done
for version in 4 5; do
	build "gcc-$version" g++ -std=c++17 -O2 -g -gdwarf-$version sort.cc -o gcc-$version
	build "clang-$version" clang++ -std=c++17 -O2 -g -gdwarf-$version sort.cc -o clang-$version
	build "split-$version" g++ -std=c++17 -O2 -g -gdwarf-$version -gsplit-dwarf sort.cc -o split-$version
done
build lto g++ -std=c++17 -O2 -g -flto sort.cc -o lto
build go go build -o go text.go
build rust rustc -C opt-level=3 -C debuginfo=2 text.rs -o rust
echo "$compared files compared, $failed of them agree too little"
[ $failed = 0 ] && [ $compared -gt 0 ]
