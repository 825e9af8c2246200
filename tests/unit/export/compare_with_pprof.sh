#!/bin/sh
# compare_with_pprof.sh WRITE_SAMPLES: go tool pprof must accept what we write, and its -top must be
# ours to the character.
set -eu
export TZ=Asia/Kolkata PPROF_BINARY_PATH=/nonexistent LC_ALL=C

if ! go tool pprof -h >/dev/null 2>&1 && ! go tool -n pprof >/dev/null 2>&1; then
	echo "skipped: there is no go tool pprof"
	exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$directory" >"$directory/names"
failures=0
comparisons=0

fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}

# compare NAME SUFFIX OPTION...
compare() {
	name=$1 suffix=$2
	shift 2
	comparisons=$((comparisons + 1))
	go tool pprof -symbolize=none -top "$@" "$directory/$name.pb.gz" >"$directory/theirs" 2>"$directory/errors" ||
		fail "$name $suffix: $(cat "$directory/errors")"
	diff "$directory/theirs" "$directory/$name$suffix" || fail "$name$suffix differs"
}

while read -r name; do
	# pprof refuses to report on no samples, and prints control characters as they are.
	case $name in
	empty | hostile) ;;
	*)
		compare "$name" .top
		compare "$name" .cum -cum
		compare "$name" .ten -nodecount=10
		compare "$name" .two -cum -nodecount=2
		compare "$name" .all -nodefraction=0 -edgefraction=0
		for grain in functions lines addresses; do
			compare "$name" ".$grain" "-$grain" -nodefraction=0 -edgefraction=0
		done
		for file in "$directory/$name".type.*; do
			type=${file##*.type.}
			compare "$name" ".type.$type" -sample_index="$type"
		done
		;;
	esac
	for file in "$directory/$name.pb.gz" "$directory/$name.pb"; do
		go tool pprof -symbolize=none -raw "$file" >"$directory/raw" 2>&1 || fail "-raw $file"
		grep -q '^Samples:$' "$directory/raw" || fail "-raw $file"
		[ "$name" = empty ] ||
			go tool pprof -symbolize=none -traces "$file" >/dev/null 2>&1 || fail "-traces $file"
	done
done <"$directory/names"
echo "$comparisons tables compared, $failures failures"
[ "$failures" -eq 0 ]
