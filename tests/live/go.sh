# Programs in Go, with symbols and without: stacks are whole, from stack to stack, and named.
sources=$(cd "$(dirname "$0")/../victims/go" && pwd)
. "$(dirname "$0")/lib.sh"
needs go gcc jq setpriv

# build NAME CGO [OPTION]...
build() {
	local name=$1 cgo=$2
	shift 2
	(cd "$sources" && CGO_ENABLED=$cgo go build -o "$folder/$name" "$@" .) || give_up "go does not build $name"
}

# Where stacks begin: goroutines, threads, and what emptied the stack of its thread.
starts='^(runtime\.(goexit|mstart|rt0_go|mcall|morestack|clone)|(runtime\.)?gogo)$'

# sample NAME PERCENT PATTERN...: how many stacks may be cut, and what must be among those of goroutines.
sample() {
	local name=$1 percent=$2 total cut
	shift 2
	succeed -p "$pid" cpu -d 1.5 -r 199 -o go.folded
	total=$(sed -n 's/^\([0-9]*\) samples for .*/\1/p' <<<"$err")
	cut=$(awk '/^truncated/ { cut += $2 } END { print cut + 0 }' <<<"$err")
	printf '%s: %s samples, %s not whole\n' "$name" "$total" "$cut"
	grep '^truncated' <<<"$err"
	between "$name: samples" 40 100000 "$total"
	between "$name: stacks that are not whole, of $total" 0 $((total * percent / 100)) "$cut"
	same "$name: where the others begin" "" \
		"$(sed 's/;.*//; s/ [0-9]*$//' go.folded | grep -v '^\[' | sort -u | grep -vE "$starts")"
	for pattern; do
		matches "$name: a stack" "^runtime\\.goexit$pattern" "$(sed 's/\(main\.descend;\)*/\1/' go.folded)"
	done
}

# list_stacks NAME: of all threads; those that sleep say it all.
list_stacks() {
	succeed -p "$pid" stacks --json
	printf '%s\n' "$out" >listing.json
	same "$1: what sleeps" "" \
		"$(jq -r '.groups[] | select(.state == "S" and (.complete | not)) | .end' listing.json)"
	same "$1: where all begin" "" \
		"$(jq -r '.groups[] | select(.complete) | .frames[-1].function' listing.json | grep -vE "$starts")"
	matches "$1: a goroutine in a system call" '^read read\(2\) .*main\.waitInRead .*runtime\.goexit$' \
		"$(jq -r '.groups[] | "\(.system_call) \([.frames[].function] | join(" "))"' listing.json)"
}

everything=(deep kernel read sleep time litter)
busy=(';main\.goDeep;main\.descend;.*;main\.burnThree' ';main\.callKernel;.*getppid\(2\)' ';main\.tellTime;time\.[nN]ow')
build plain 0
build stripped 0 -ldflags '-s -w'
build pie 0 -buildmode=pie -ldflags '-s -w'
build cgo 1 -ldflags '-s -w'

for name in plain stripped pie; do
	start "./$name" "${everything[@]}"
	sample "$name" 1 "${busy[@]}"
	lacks "$name: functions without a name" "\\b$name\\+0x" "$(cat go.folded)"
	list_stacks "$name"
	end "$pid"
done

# The garbage is collected on the stacks of threads.
start ./stripped litter
sample "collecting garbage" 1 ';main\.litter;runtime\.' '.*;runtime\.systemstack;runtime\.'
end "$pid"

# C code may keep anything in the frame pointer: then a stack is whole once one like it was not.
start ./cgo "${everything[@]}" c
sample cgo 5 "${busy[@]}"
list_stacks cgo
end "$pid"

# Nothing beside it: among all the others C has its turn rarely, and not in every second.
start ./cgo c
sample "cgo alone" 5 ';.*;runtime\.cgocall;runtime\.asmcgocall'
matches "cgo: from C to Go" '^runtime\.goexit;.*;runtime\.cgocall;.*;runtime\.cgocallback;.*;main\.callBack;main\.burnThree' \
	"$(cat go.folded)"
matches "cgo: in C" '^runtime\.goexit;.*;runtime\.cgocall;runtime\.asmcgocall;cgo\+0x' "$(cat go.folded)"
end "$pid"

# sum PATTERN: of the stacks that match.
sum() {
	awk -v pattern="$1" '$0 ~ pattern { sum += $NF } END { printf "%d\n", sum / 1e3 }' go.folded
}

# Three times as much of the one as of the other, at the end of a deep recursion.
start ./stripped deep
succeed -p "$pid" cpu -d 2 -r 199 -o go.folded
three=$(sum ';main.burnThree [0-9]+$')
one=$(sum ';main.burnOne [0-9]+$')
between "the share of burnThree" 62 87 $((100 * three / (three + one)))
matches "the depth" '^runtime\.goexit;main\.goDeep;(main\.descend;){101}main\.burnThree ' "$(cat go.folded)"
end "$pid"
finish
