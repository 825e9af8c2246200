# Ten thousand threads of which four run: those are sampled as ever, and the total is the kernel's. And
# threads that live for a millisecond: some of them are seen, and what the others used is not lost.
. "$(dirname "$0")/lib.sh"

# ms PATTERN FILE: of the folded stacks that match.
ms() {
	awk -v pattern="$1" '$0 ~ pattern { total += $NF } END { printf "%d\n", total / 1000000 }' "$2"
}

# ticks: what the kernel has charged.
ticks() {
	sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'
}

start_victim crowd 10000 4
same "threads" 10005 "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)"
before=$(ticks)
succeed -p "$pid" cpu -d 5 -o crowd.folded
after=$(ticks)
all=$(ms . crowd.folded)
printf 'of %s ms, while the kernel charged %s ticks: %s ms in burn(), not sampled %s ms, of ended threads %s ms\n' \
	"$all" $((after - before)) "$(ms ';burn ' crowd.folded)" "$(ms '^\[not sampled' crowd.folded)" \
	"$(ms '^\[threads that ended' crowd.folded)"
between "no more than the kernel's" 1 $(((after - before + 5) * 1000 / $(getconf CLK_TCK))) "$all"
between "in burn()" $((all * 90 / 100)) "$all" "$(ms ';burn ' crowd.folded)"
between "of threads that ended, though none has" 0 $((all / 50)) "$(ms '^\[threads that ended' crowd.folded)"
lacks "nobody else" 'futex' "$(cat crowd.folded)"
same "traces" "" "$(traces "$pid")"
answer=$(ask check)
same "nobody has noticed" "ok" "${answer%% *}"
end "$pid"

start_victim short_lived
ended=$(ask count)
before=$(ticks)
succeed -p "$pid" cpu -d 4 -r 199 -o short.folded
after=$(ticks)
ended=$(($(ask count | cut -d ' ' -f 2) - ${ended#count }))
all=$(ms . short.folded)
samples=$(sed -n 's/^\([0-9]*\) samples for .*/\1/p' <<<"$err")
printf '%s threads came and went, %s samples; of %s ms, while the kernel charged %s ticks: %s ms in live(), not sampled %s ms, of ended threads %s ms\n' \
	"$ended" "$samples" "$all" $((after - before)) "$(ms ';live' short.folded)" "$(ms '^\[not sampled' short.folded)" \
	"$(ms '^\[threads that ended' short.folded)"
between "short-lived: the total and the kernel's" $(((after - before) * 80 * 10 / $(getconf CLK_TCK))) \
	$(((after - before + 5) * 1000 / $(getconf CLK_TCK))) "$all"
between "short-lived: samples" 80 1600 "$samples"
between "short-lived: in live()" 1 "$all" "$(ms ';live_shortly' short.folded)"
finish
