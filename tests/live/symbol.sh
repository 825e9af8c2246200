# Names of addresses: those that the symbol table says, and of inlined functions those of addr2line.
. "$(dirname "$0")/lib.sh"
needs nm addr2line

# where FILE: how far its addresses are from where they are in the process.
moved() {
	awk -v file="$1" '$6 == file { split($1, range, "-"); print range[1]; exit }' "/proc/$pid/maps"
}

start_victim leaks
file=$victims/leaks
if file_is_fixed=$(readelf -hW "$file" | grep -c 'Type: *EXEC') && [ "$file_is_fixed" = 1 ]; then
	base=0
else
	base=$((0x$(moved "$file")))
fi
nm "$file" | awk '$2 ~ /^[tT]$/ && $3 !~ /^_|\.|^(de)?register_tm|frame_dummy/ { print $1, $3 }' >functions
between "functions of the victim" 3 1000 "$(wc -l <functions)"
addresses=()
while read -r address name; do
	addresses+=("$(printf '0x%x' $((base + 0x$address)))")
done <functions
succeed -p "$pid" symbol --json "${addresses[@]}"
same "the functions, by their first bytes" "$(cut -d' ' -f2 functions)" \
	"$(jq -r '.symbols[].frames[-1].function' <<<"$out")"
same "the addresses" "$(printf '%s\n' "${addresses[@]}")" "$(jq -r '.symbols[].address' <<<"$out")"
# In the middle of functions there are inlined ones.
middles=() offsets=()
while read -r address name; do
	for offset in 16 48 96 160; do
		offsets+=("$(printf '0x%x' $((0x$address + offset)))")
		middles+=("$(printf '%x' $((base + 0x$address + offset)))")
	done
done <functions
addr2line -f -i -e "$file" -a "${offsets[@]}" | awk '/^0x/ { if (line) print line; line = last = ""; next }
	(!/:/ || /::/) && $1 != last { line = line (line ? " " : "") $1; last = $1 } END { print line }' >theirs
succeed -p "$pid" symbol --json "${middles[@]}"
jq -r '.symbols[] | [.frames[].function] | join(" ")' <<<"$out" >ours
between "places with names" 50 1000 "$(grep -vc '??' theirs)"
same "inlined functions" '' "$(paste -d'|' theirs ours | awk -F'|' '$1 !~ /\?\?/ && $1 != $2')"
succeed -p "$pid" symbol "${addresses[0]}"
matches "as text" "^${addresses[0]}  $(head -n 1 functions | cut -d' ' -f2)(  .*)?\$" "$out"
succeed -p "$pid" symbol 0x10
same "what is nowhere" "0x10  ?" "$out"
refuse 2 "symbol: 'main' is no address" "addresses are hexadecimal, as in 0x55d0c0ffee10" -p "$pid" symbol main
await "no traces" has_no_traces "$pid"
finish
