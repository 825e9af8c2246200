# A jemalloc without names is found by its code; of several, each can be spoken to.
. "$(dirname "$0")/lib.sh"
needs setpriv jq strip objcopy xz

# instances FILTER: of what info tells.
instances() { "$limpet" -p "$pid" info --json | jq -r ".jemalloc$1"; }

strip -o stripped "$victims/built_in"
start env MALLOC_CONF="$profiled" ./stripped
same "instances" 1 "$(instances '|length')"
same "found by its code" true "$(instances '[0].nameless')"
same "prefix" "" "$(instances '[0].prefix')"
matches "info" '/stripped, no prefix, found by its code$' "$("$limpet" -p "$pid" info)"
succeed -p "$pid" ctl version
matches "ctl version" '^version = 5\.' "$out"
succeed -p "$pid" ctl --list
lacks "ctl --list" 'cannot be read' "$out"
succeed -p "$pid" heap on
ask allocate >/dev/null
succeed -p "$pid" heap dump -o dump.folded
total=$(awk '{ sum += $NF } END { printf "%d", sum / 1048576 }' dump.folded)
between "MiB in use" 450 550 "$total"
succeed -p "$pid" stats
matches "stats" '^stats.allocated +5[0-9]+ ' "$out"
address=$(instances '[0].mallctl')
succeed -p "$pid" ctl version --instance "$address"
matches "by its address" '^version = 5\.' "$out"
run -p "$pid" ctl version --instance "$(printf '0x%x' $((address + 16)))"
same "another address: status" 2 "$status"
contains "another address" "is no mallctl: nothing there calls it with the name of a value" "$err"
run -p "$pid" ctl version --instance 0x10
contains "no code" "there is no code of a file at 0x10" "$err"
run -p "$pid" stats --full
contains "stats --full without names" "the symbol malloc_stats_print is not known" "$err"
same "traces" "" "$(traces "$pid")"
same "the program" ok "$(ask check)"

# One beside it, with names.
start env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled" ./stripped
same "two instances" 2 "$(instances '|length')"
matches "the second" '^jemalloc     2: .*/libjemalloc.so.2, no prefix$' "$("$limpet" -p "$pid" info)"
succeed -p "$pid" heap status
contains "the executable's own comes first" "/stripped" "$out"
succeed -p "$pid" heap status --instance 2
contains "by its number" "/libjemalloc.so.2" "$out"
succeed -p "$pid" -e 'set instance libjemalloc' -e 'ctl prof.active true' -e 'ctl prof.active --instance 1' \
	-e info
matches "by its path" '^prof.active = true$' "$out"
matches "the other one is as it was" '^prof.active = false$' "$out"
contains "the command that undoes it" "ctl prof.active false --instance libjemalloc" "$out"
succeed -p "$pid" ctl prof.active --instance 2
same "it stays so" "prof.active = true" "$out"
run -p "$pid" heap status --instance /
same "both are called so: status" 2 "$status"
contains "both are called so" "is what 2 of the process's jemallocs are called" "$err"
run -p "$pid" ctl version --instance 3
contains "none is called so" "no jemalloc of the process is called '3'" "$err"

# The symbols of a stripped file, packed into it.
strip -g -o symbols "$victims/built_in"
xz symbols
objcopy --add-section .gnu_debugdata=symbols.xz stripped packed
start env MALLOC_CONF="$profiled" ./packed
same "with packed symbols" "1 false" "$(instances ' | "\(length) \(.[0].nameless)"')"
succeed -p "$pid" stats --full
contains "stats --full with packed symbols" "End jemalloc statistics" "$out"

# Packed symbols that are broken are as good as none.
head -c 5000 symbols.xz >broken.xz
objcopy --add-section .gnu_debugdata=broken.xz stripped broken
start env MALLOC_CONF="$profiled" ./broken
same "with broken symbols" "1 true" "$(instances ' | "\(length) \(.[0].nameless)"')"
finish
