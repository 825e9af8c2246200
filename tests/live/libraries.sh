# Two hundred shared libraries, each with a function of its own on the stacks: all are named, and every
# stack ends where its thread began.
sources=$(cd "$(dirname "$0")/../victims" && pwd)
. "$(dirname "$0")/lib.sh"
needs cc ld objcopy jq setpriv
count=200

cc -O2 -fPIC -fno-optimize-sibling-calls -D_GNU_SOURCE -c -o library.o "$sources/library.c" ||
	give_up "cc does not build a library"
for ((i = 0; i < count; i++)); do
	objcopy --redefine-sym "visit=visit_$i" library.o named.o &&
		ld -shared --eh-frame-hdr --build-id -o "library-$i.so" named.o ||
		give_up "ld does not link a library"
done
for ((i = 0; i < count; i++)); do
	echo "visit_$i"
done | sort >all

# ways: of each folded stack what is before the first visit; and "astray" where not each function is
# followed by that of the next library.
ways() {
	awk -v count=$count '!/^\[not sampled\] / {
		sub(/ [0-9]+$/, "")
		frames = split($0, frame, ";")
		way = ""
		for (i = 1; i <= frames && frame[i] !~ /^visit_/; i++)
			way = way frame[i] ";"
		for (first = i; i <= frames && frame[i] ~ /^visit_/; i++)
			if (i > first && frame[i] != "visit_" (substr(frame[i - 1], 7) + 1) % count)
				print "astray: " $0
		if (i < frames || i == frames && frame[i] != "burn")
			print "astray: " $0
		if (i > first)
			print way
	}' "$1" | sort -u
}

start_victim libraries . $count
same "libraries" $count "$(grep -o 'library-[0-9]*' "/proc/$pid/maps" | sort -u | wc -l)"
succeed -p "$pid" stacks --json
printf '%s\n' "$out" >listing.json
same "stacks: all are whole" true "$(jq '[.groups[].complete] | all' listing.json)"
jq -r '.groups[].frames[].function | select(startswith("visit_"))' listing.json | sort -u >listed
same "stacks: the functions of all libraries" "" "$(comm -13 listed all)"
begin='[.frames[].function] | (index("run_named")) as $at | .[$at:] | join(" ")'
beginnings=$(jq -r ".groups[] | select(.threads[0].name != \"libraries\") | $begin" listing.json | sort -u)
same "stacks: they begin alike" 1 "$(wc -l <<<"$beginnings")"
matches "stacks: in the C library" '^run_named [^ ]+ [^ ]+$' "$beginnings"

succeed -p "$pid" cpu -d 3 -r 999 -o libraries.folded
lacks "cpu: stacks are whole" '^truncated' "$err"
grep -o 'visit_[0-9]*' libraries.folded | sort -u >sampled
printf '%s of %s libraries in %s samples\n' "$(wc -l <sampled)" $count "${err%% *}"
same "cpu: the functions of all libraries" "" "$(comm -13 sampled all)"
matches "cpu: each calls the next, and they begin alike" '^[^;]+;[^;]+;run_named;run_burner;$' \
	"$(ways libraries.folded)"
same "cpu: all of them" 1 "$(ways libraries.folded | wc -l)"
same "cpu: from where the sleepers begin" "run_named $(ways libraries.folded | awk -F ';' '{ print $2, $1 }')" \
	"$beginnings"
finish
