# Filters: what is left is what pprof leaves of the same file, and the rest is accounted for.
. "$(dirname "$0")/lib.sh"
needs go setpriv
have_pprof || skip "go tool pprof does not work"

# rows TABLE: without what stands before them.
rows() {
	sed -n '/^Showing nodes accounting for/,$p' <<<"$1"
}

# nanoseconds TEXT: of "1.20s", "439.83ms".
nanoseconds() {
	awk -v text="$1" 'BEGIN {
		split("ns us ms s mins", units, " ")
		split("1 1e3 1e6 1e9 6e10", sizes, " ")
		for (i = 1; i <= 5; i++)
			if (text ~ "^[0-9.]+" units[i] "$")
				printf "%.0f\n", text * sizes[i]
		if (text == 0)
			print 0
	}'
}

# left_out_of FILE RULE: "VALUE TOTAL" in nanoseconds, as a remark of the file has it.
left_out_of() {
	local value total
	read -r value total < <(pprof -comments "$1" | sed -n "s/^left out \([^ ]*\) of \([^ ]*\) by $2 .*/\1 \2/p")
	echo "$(nanoseconds "$value") $(nanoseconds "$total")"
}

# agrees FILE PPROF_OPTION... -- OPTION...: every row of the table, and the total above, also of a file
# that is written. $index is the type of the values.
agrees() {
	local file=$1 theirs=() table
	shift
	while [ "$1" != -- ]; do
		theirs+=("$1")
		shift
	done
	shift
	table=$(pprof -top -relative_percentages -nodefraction=0 -edgefraction=0 -sample_index="$index" "${theirs[@]}" "$file")
	succeed top "$file" --all -n 1000 --relative-percentages sample_index="$index" "$@"
	same "$file: pprof ${theirs[*]} and $*" "$(rows "$table")" "$(rows "$out")"
	rm -f part.pb.gz
	succeed convert "$file" -o part.pb.gz "$@"
	succeed top part.pb.gz --all -n 1000 sample_index="$index"
	same "written of $file: pprof ${theirs[*]} and $*" "$(rows "$table")" "$(rows "$out")"
	agreements=$((agreements + 1))
}
agreements=0 index=cpu

start_victim split 2
threads=$output
succeed -p "$pid" cpu --wall -d 1 -r 199 -o wall.pb.gz
succeed -p "$pid" cpu -d 2 -r 499 -o all.pb.gz
succeed -p "$pid" cpu -d 1 -r 199 --per-thread -o threads.pb.gz
succeed -p "$pid" cpu -d 2 -r 199 --ignore burn_light -o live.pb.gz
live_messages=$err

# Nothing is sampled with a bad pattern, and nothing is lost by one that leaves nothing.
hint="patterns are extended regular expressions, matched anywhere in names: 'a|b', '^main\$', 'operator\\(\\)'"
refuse 2 "'(x' is no pattern: Unmatched ( or \\(" "$hint" -p "$pid" cpu -d 600 --ignore '(x'
refuse 2 "'x{3}' is no pattern: repeat counts cannot be used" "$hint" -p "$pid" cpu -d 600 --only 'x{3}'
refuse 1 "no thread has the name or id 'nobody'" '`threads` lists them' -p "$pid" cpu -d 1 -t nobody --ignore x
run -p "$pid" -k -e 'cpu -d 0.3 --only nowhere -o none.pb.gz' -e profiles
matches "nothing is left" "the filter leaves nothing of [0-9.]+m?s" "$err"
matches "nothing matched" "--only 'nowhere' matches no function, source file or module; what was sampled is kept whole as @1, and not saved" "$err"
matches "all is kept" '^@1 +[0-9.]+m?s cpu ' "$out"
[ ! -e none.pb.gz ] || fail "nothing is left, and yet there is a file"
end "$pid"

for pattern in burn_light 'heavy_inner|light_x' '(?i)BURN_LIGHT'; do
	agrees all.pb.gz -ignore="$pattern" -- --ignore "$pattern"
	agrees all.pb.gz -focus="$pattern" -- --only "$pattern"
done
agrees all.pb.gz -ignore='^\[' -- --ignore '^\['
agrees all.pb.gz -focus='libc\.so' -- "focus=libc\\.so"
index=samples agrees all.pb.gz -focus=split -ignore='light$' -- --only split --ignore 'light$'
index=wall agrees wall.pb.gz -ignore='^read\(2\)$' -- --ignore '^read\(2\)$'
index=wall agrees wall.pb.gz -focus='^read\(2\)$' -- --only '^read\(2\)$'
first=$(awk '$2 == "burner-1" { print $3 }' "$threads") second=$(awk '$2 == "burner-2" { print $3 }' "$threads")
agrees all.pb.gz -tagfocus='thread=^burner-1$' -- -t burner-1
agrees all.pb.gz -tagfocus='thread=^burner-2$' -ignore=heavy -- -t "$second" --ignore heavy

# What is left out is told, and adds up.
total=$(pprof_total cpu all.pb.gz)
succeed convert all.pb.gz -o part.pb.gz --ignore burn_light -t burner-1
read -r by_thread of < <(left_out_of part.pb.gz -t)
read -r by_pattern again < <(left_out_of part.pb.gz --ignore)
within "the total that is told" 1 "$total" "$of"
same "the total of each rule" "$of" "$again"
within "left and left out" 1 "$total" $(($(pprof_total cpu part.pb.gz) + by_thread + by_pattern))
matches "what -t left out" "^left out .* of .* by -t 'burner-1'$" "$err"
matches "what --ignore left out" "^left out .* of .* by --ignore 'burn_light'$" "$err"

# The leaf alone: the flat column.
table=$(pprof -top -unit=ns -nodefraction=0 all.pb.gz)
for function in burn_light burn_heavy; do
	succeed convert all.pb.gz -o part.pb.gz --ignore-leaf "^$function\$"
	same "--ignore-leaf $function" $((total - $(column 1 $function "$table"))) "$(pprof_total cpu part.pb.gz)"
done
# A burner is called by the C library, whose code it does not run; who waits in read(2) was sampled in it.
reading=$(pprof_total wall wall.pb.gz -focus='^read\(2\)$')
succeed convert wall.pb.gz -o part.pb.gz --ignore-leaf 'libc\.so'
between "who waits is sampled in the C library" 1 $((reading + reading / 10)) \
	$(($(pprof_total wall wall.pb.gz) - $(pprof_total wall part.pb.gz)))
same "who waits is left out" "" "$(pprof -top part.pb.gz | grep 'read(2)')"
run convert wall.pb.gz -o part.pb.gz --ignore 'libc\.so|^\['
same "and everybody has the C library below" 1 "$status"
matches "why nothing is left" "^  --ignore 'libc\\\\.so\|\^\\\\\[' matches .*libc\.so" "$err"

# While it is sampled.
table=$(pprof -top -unit=ns -nodefraction=0 live.pb.gz)
same "an ignored function" "" "$(column 4 burn_light "$table")"
between "the other one, ns" 1 1000000000000 "$(column 4 burn_heavy "$table")"
read -r value of < <(left_out_of live.pb.gz --ignore)
within "left and left out, live" 1 "$of" $(($(pprof_total cpu live.pb.gz) + value))
told=$(nanoseconds "$(sed -n 's/.* of \([^ ]*\) CPU time, .*/\1/p' <<<"$live_messages")")
within "the whole is the kernel's" 1 "$told" "$of"
light=$((value * 1000 / of))
between "per mille of burn_light" 1 999 "$light"
printf '%d tables as those of pprof; burn_light had %d.%d %% of the time\n' "$agreements" $((light / 10)) $((light % 10))

# Threads apart, while it is sampled and afterwards.
for file in threads all; do
	succeed convert $file.pb.gz -o $file.folded --per-thread
	same "roots of $file" "burner-1 ($first)
burner-2 ($second)" "$(sed -n 's/^\(burner-[^;]*\);.*/\1/p' $file.folded | sort -u)"
	agrees_with=$(pprof_total samples $file.pb.gz -tagfocus=thread=burner-1)
	table=$(pprof -top -cum -sample_index=samples -nodefraction=0 $file.pb.gz)
	[ $file = all ] || same "frame and label" "$agrees_with" "$(column 4 "burner-1 ($first)" "$table")"
	succeed top $file.pb.gz --per-thread --cum -n 1000 --all sample_index=samples
	same "top of $file" "$agrees_with" "$(column 4 "burner-1 ($first)" "$out")"
done
succeed convert threads.pb.gz -o t.svg --per-thread -t burner-2
contains "a flame graph of one thread" "burner-2 ($second)" "$(cat t.svg)"
lacks "a flame graph of one thread" "burner-1" "$(cat t.svg)"

# What drop_frames hides is not there for pprof either.
cat >a.heap <<'DUMP'
heap_v2/524288
  t*: 3: 3145728 [0: 0]
  t0: 3: 3145728 [0: 0]
@ 0x7f0000000101 0x555555555139 0x555555555200
  t*: 1: 1048576 [0: 0]
  t0: 1: 1048576 [0: 0]
@ 0x7f0000000101 0x555555555140 0x555555555200
  t*: 2: 2097152 [0: 0]
  t0: 2: 2097152 [0: 0]

MAPPED_LIBRARIES:
555555555000-555555556000 r-xp 00001000 08:01 100 /missing/server
7f0000000000-7f0000001000 r-xp 00000000 08:01 101 /missing/libjemalloc.so.2
DUMP
succeed convert a.heap -o a.pb.gz
same "hidden frames are nothing to --ignore" "$(pprof_total inuse_space a.pb.gz)" \
	"$(pprof_total inuse_space a.pb.gz -ignore=libjemalloc)"
succeed convert a.pb.gz -o part.pb.gz --ignore libjemalloc
same "hidden frames are nothing to --ignore" "$(pprof_total inuse_space a.pb.gz)" "$(pprof_total inuse_space part.pb.gz)"
refuse 1 "the filter leaves nothing of 3.47MB" "--ignore 'libjemalloc' matches libjemalloc.so.2+0x100" \
	convert a.pb.gz -o part.pb.gz --all-frames --ignore libjemalloc
succeed convert a.pb.gz -o part.pb.gz --ignore 0x1138
same "a function of a heap profile" "$(pprof_total inuse_space a.pb.gz -ignore=0x1138)" "$(pprof_total inuse_space part.pb.gz)"
finish
