# The text reports are those of `go tool pprof`, character by character, on profiles of many kinds.
# Both programs get the same settings and commands, in their shells.
folder_of_test=$(realpath "$(dirname "$0")")
GOCACHE=${GOCACHE:-$(go env GOCACHE 2>/dev/null)}
GOPATH=${GOPATH:-$(go env GOPATH 2>/dev/null)}
export GOCACHE GOPATH
. "$folder_of_test/common.sh"

# Without it there is nothing to agree with.
if ! go tool pprof -h 2>&1 | grep -q '^usage:'; then
	echo "skipped: there is no go tool pprof"
	[ "${CI:-}" = true ] && exit 1
	exit 77
fi
export TZ=Asia/Kolkata PPROF_BINARY_PATH=/nonexistent PPROF_TMPDIR=$folder/home
sources=$folder/sources
mkdir -p home profiles "$sources" || exit 1
cp "$folder_of_test/pprof_agreement/main.go" "$sources/main.go"
(cd "$sources" && GOFLAGS= GOTOOLCHAIN=local go build -o "$folder/writer" main.go) || exit 1
./writer profiles || exit 1
# Of a program in C and one in Rust, and jemalloc's dumps, with the frames that they hide.
cp "$data"/profiles/*.pb.gz profiles/ || exit 1
for dump in "$data"/heap/*.heap; do
	"$limpet" -q convert "$dump" -o "profiles/jemalloc_$(basename "$dump" .heap).pb.gz" || exit 1
done
for file in src/main.c src/parse.cc src/lib.rs tools/walk.c src/runtime/malloc.go; do
	mkdir -p "$(dirname "$sources/$file")"
	seq -f "	line %g of $file;" 1 120 >"$sources/$file"
done
common="source_path=$sources trim_path=/build/app:/usr/lib/go"

# default_of SETTING
default_of() {
	case $1 in
	sort) echo flat ;;
	granularity) echo functions ;;
	unit) echo minimum ;;
	divide_by) echo 1 ;;
	nodefraction) echo 0.005 ;;
	edgefraction) echo 0.001 ;;
	trim) echo true ;;
	noinlines | mean | drop_negative | relative_percentages) echo false ;;
	*) echo ;;
	esac
}

# write_script SUFFIX: one that answers each question into a file NUMBER.SUFFIX.
write_script() {
	local number=0 settings command setting
	echo compact_labels=false
	tr ' ' '\n' <<<"$common"
	while IFS=';' read -r settings command; do
		number=$((number + 1))
		for setting in $settings; do
			echo "$setting"
		done
		echo "${command# } > $number.$1"
		for setting in $settings; do
			echo "${setting%%=*}=$(default_of "${setting%%=*}")"
		done
	done <questions
}

# says_nothing NUMBER: filters left no sample, of which pprof makes a report without any rows, and
# limpet an error.
says_nothing() {
	[ -s "$1.pprof" ] && [ ! -s "$1.limpet" ] &&
		! grep -qE '^ *[0-9.-]+[a-zA-Z]* +[0-9.]+%|^ +[0-9.-]+[a-zA-Z]*   ' "$1.pprof"
}

# without_zeros FILE: traces but for stacks whose value is 0.
without_zeros() {
	awk '/^-----------/ { if (kept) printf "%s", block; block = ""; kept = 1 }
		{ block = block $0 "\n" }
		/^ +0   / { kept = 0 }
		END { printf "%s", block }' "$1"
}

# without_samples FILE: a table without the column that pprof does not have.
without_samples() {
	sed -E -e 's/^( +flat .*)  samples$/\1/' \
		-e 's/^( *[^ ]+ +[0-9.e+-]+% +[0-9.e+-]+% +[^ ]+ +[0-9.e+-]+%) +[0-9]+  /\1  /' "$1"
}

# without_sums [FILE]: a table without the column that says what rows have until then.
without_sums() {
	sed -E 's/^( *[^ ]+ +[0-9.e+-]+%) +[0-9.e+-]+%/\1/' "$@"
}

# without_missing FILE: sources but for what is said where there are none.
without_missing() {
	awk '/^ROUTINE/ { missing = 0 }
		/^ Error: / { missing = 1; next }
		!missing' "$1"
}

# differ NUMBER QUESTION: what is known to be different is left out.
differ() {
	case $name:$2 in
	*granularity=files\;\ top*)
		# Files of different modules are rows of their own, in any order if nothing else differs.
		diff <(without_sums "$1.pprof" | sort) <(without_samples "$1.limpet" | without_sums | sort)
		;;
	# The number of jemalloc's thread may be 0, which to pprof is no label.
	jemalloc_*:tagfocus=:100*) ;;
	jemalloc_*:*traces*)
		diff "$1.pprof" <(grep -v '^jemalloc_thread:  0$' "$1.limpet")
		;;
	jemalloc_*:*\;\ top*)
		diff "$1.pprof" <(without_samples "$1.limpet")
		;;
	*\;\ list*)
		# pprof has no figures of a file that it cannot read.
		diff <(without_missing "$1.pprof") <(without_missing "$1.limpet")
		;;
	go_heap:*traces*)
		# Go writes samples that have no values at all, which limpet does not keep.
		diff <(without_zeros "$1.pprof") <(without_zeros "$1.limpet")
		;;
	*) diff "$1.pprof" "$1.limpet" ;;
	esac
}

grep -v '^#' "$folder_of_test/pprof_agreement/questions" >questions
write_script pprof >pprof.script
write_script limpet >limpet.script
profiles=0 reports=0 nothing=0
for profile in profiles/*.pb.gz; do
	name=$(basename "$profile" .pb.gz)
	mkdir "$name" && cd "$name" || exit 1
	go tool pprof -symbolize=none "../$profile" <../pprof.script >pprof.out 2>pprof.err
	"$limpet" -q -k -e "load ../$profile" -x ../limpet.script >limpet.out 2>limpet.err
	number=0
	while read -r question; do
		number=$((number + 1))
		touch "$number.pprof" "$number.limpet"
		[ -s "$number.pprof" ] && reports=$((reports + 1))
		if says_nothing "$number"; then
			nothing=$((nothing + 1))
			continue
		fi
		differ "$number" "$question" >"$number.diff" ||
			fail "$name: $question" "$(head -n 20 "$number.diff")"
	done <../questions
	profiles=$((profiles + 1))
	cd ..
done
# The sum of several files, as both make it: each file with the next one.
header_of() {
	go tool pprof -raw -symbolize=none "$1" 2>/dev/null | sed -n 's/^\(Period\|Time\|Duration\)/&/p'
}
table_of() {
	go tool pprof -top -symbolize=none -nodefraction=0 -sample_index="$1" "$2" 2>/dev/null | sed '/^File:/d; /^Build ID:/d'
}
sums=0 former=
for profile in profiles/*.pb.gz; do
	previous=$former former=$profile
	[ -n "$previous" ] && go tool pprof -proto -symbolize=none "$previous" "$profile" >theirs.pb.gz 2>/dev/null || continue
	"$limpet" -q convert "$previous" "$profile" -o ours.pb.gz || fail "the sum of $previous and $profile" || continue
	same "the header of $previous and $profile" "$(header_of theirs.pb.gz)" "$(header_of ours.pb.gz)"
	for index in $(go tool pprof -raw theirs.pb.gz 2>/dev/null | grep -A1 '^Samples:' | tail -1 | tr ' ' '\n' | sed 's|/.*||'); do
		same "$index of $previous and $profile" "$(table_of "$index" theirs.pb.gz)" "$(table_of "$index" ours.pb.gz)"
	done
	sums=$((sums + 1))
done
echo "$sums sums"
[ "$sums" -ge 5 ] || fail "5 sums" "$sums"
echo "$profiles profiles, $reports reports, $nothing of them of nothing"
[ "$profiles" -ge 20 ] || fail "20 profiles" "$profiles"
[ "$reports" -ge $((profiles * 40)) ] || fail "reports of pprof" "$reports"

finish
