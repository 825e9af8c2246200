# Names that debug information gave are kept by build id, and need no debug information the next time.
. "$(dirname "$0")/common.sh"

build_id=$(readelf -n "$limpet" | sed -n 's/^ *Build ID: //p')
if [ -z "$build_id" ]; then
	[ "${CI:-}" != true ] || fail "there is no build id"
	echo "skipped: there is no build id"
	finish
	exit
fi
kept=$folder/cache/limpet/$build_id.names1

# A heap dump with one stack: an address of main().
cp "$limpet" program
main=$(nm "$limpet" | sed -n 's/ T main$//p')
readelf -lW "$limpet" | awk '$1 == "LOAD" && / R E / { print $2, $3, $6 }' >segment
read -r offset address size <segment
base=$((0x555555554000))
{
	printf 'heap_v2/524288\n  t*: 1: 1000000 [0: 0]\n@ 0x%x\n  t*: 1: 1000000 [0: 0]\n\nMAPPED_LIBRARIES:\n' $((base + 0x$main + 1))
	printf '%x-%x r-xp %08x 00:00 0 %s\n' $((base + address)) $((base + address + size)) $((offset)) "$folder/program"
} >dump.heap

name() {
	"$limpet" -q "$@" top dump.heap | sed -n 's/.* //p' | tail -1
}

same "without a cache" main "$(name --no-cache)"
[ ! -e "$folder/cache" ] || fail "--no-cache made a cache"
same "the first time" main "$(name)"
[ -f "$kept" ] || fail "nothing is kept" "$(find "$folder/cache")"
same "who may read it" "drwx------ -rw-------" "$(stat -c %A "$folder/cache/limpet" "$kept" | xargs)"

# It is named though the file has no names any more.
strip -o stripped program
mv stripped program
same "from the cache" main "$(name)"
contains "without it" program+0x "$(name --no-cache)"
contains "with a cache of no size" program+0x "$("$limpet" -q -e 'set cache_size 0' -e 'top dump.heap')"

# What is damaged is as good as not there, and is replaced.
printf half >"$kept"
contains "by a damaged cache" program+0x "$(name)"
cp "$limpet" program
same "a damaged cache" main "$(name)"
[ "$(stat -c %s "$kept")" -gt 100 ] || fail "a damaged cache stays"

# Somebody else might write there.
chmod 777 "$folder/cache/limpet"
strip -o stripped program
mv stripped program
contains "by a cache of everybody" program+0x "$(name)"
chmod 700 "$folder/cache/limpet"
same "by that of one's own again" main "$(name)"

finish
