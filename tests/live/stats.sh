# The allocator's figures agree with each other, with what the program did, and with the kernel's; and
# memory is given back on order.
. "$(dirname "$0")/lib.sh"
needs setpriv jq
mib=$((1024 * 1024))

# figure FILTER: of the JSON object in $out.
figure() { jq -r "$1" <<<"$out"; }

# near WHAT EXPECTED GOT: within one in a hundred.
near() { between "$1" $(($2 - $2 / 100)) $(($2 + $2 / 100)) "$3"; }

read_figures() {
	succeed -p "$pid" stats --arenas --classes --json
}

MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1 start_victim heap500
ask allocate >/dev/null
read_figures
allocated=$(figure .allocated)
between "allocated" $((500 * mib)) $((520 * mib)) "$allocated"
near "the sum of the size classes" "$allocated" "$(figure '[.classes[] | .size * .count] | add')"
near "the sum of the arenas" "$allocated" "$(figure '[.arenas[] | .small + .large] | add')"
near "the pages of the arenas" "$(figure .active)" "$(figure '[.arenas[].active] | add')"
same "classes with more freed than allocated" "" "$(figure '.classes[] | select(.freed > .requested) | .size')"
same "classes with another count" "" \
	"$(figure '.classes[] | select(.requested - .freed < .count) | .size')"
same "classes fuller than full" "" \
	"$(figure '.classes[] | select(.slabs > 0 and .count > .slabs * .slab_places) | .size')"
same "classes by size" "$(figure '.classes[].size')" "$(figure '[.classes[].size] | sort[]')"
# The first page of each block is written to.
between "RSS" $((100 * mib)) $((200 * mib)) "$(figure .rss)"
near "RSS as ps has it" $(($(ps -o rss= -p "$pid") * 1024)) "$(figure .rss)"
between "PSS" $((90 * mib)) "$(figure .rss)" "$(figure .pss)"
version=$(figure .version)

succeed -p "$pid" stats
contains "stats" "jemalloc $version in " "$out"
for name in allocated active metadata resident mapped retained; do
	matches "stats" "^stats\.$name +[0-9]+ " "$out"
done
matches "stats" '^RSS +[0-9]+ +1[0-9.]+MB  of the process' "$out"
matches "stats" '^from allocated to active +.*% +fragmentation' "$out"
succeed -p "$pid" stats --arenas --classes
matches "stats --arenas" '^ +0 +1 .*MB' "$out"
matches "stats --classes" '^ +[0-9.]+[kM]?B +[0-9]+ +[0-9.]+MB' "$out"

# jemalloc's own report is of the same moment, more or less, and does not go through its stderr.
succeed -p "$pid" stats --full
contains "stats --full" "Begin jemalloc statistics" "$out"
contains "stats --full" "End jemalloc statistics" "$out"
contains "stats --full" "Version: \"$version\"" "$out"
succeed -p "$pid" stats --full --json
near "stats --full --json" "$allocated" "$(figure .jemalloc.stats.allocated)"
run -p "$pid" -e 'set calls borrowed' -e 'stats --full'
same "stats --full on a borrowed thread: status" 3 "$status"
contains "stats --full on a borrowed thread" "set calls auto" "$err"
same "the program's stderr" "" "$(cat "$messages")"

ask free >/dev/null
read_figures
before=$(figure .rss)
between "RSS, all being freed and kept" $((100 * mib)) $((200 * mib)) "$before"
succeed -p "$pid" heap purge
matches "heap purge" '^gave back 1[0-9.]+MB: RSS was [0-9.]+MB, and is [0-9.]+MB$' "$out"
read_figures
between "RSS after it" 0 $((30 * mib)) "$(figure .rss)"
succeed -p "$pid" heap purge
matches "heap purge again" '^gave back ' "$out"
same "traces" "" "$(traces "$pid")"
same "the program" ok "$(ask check)"

finish
