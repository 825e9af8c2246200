# Each place that the names of a stripped program are looked for.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../cli/tmux.sh"
needs setpriv cc strip objcopy
# Nothing is kept: each time all is looked for.
export XDG_CACHE_HOME=/dev/null
remove_all() {
	end_terminal
	clean_up
}
trap remove_all EXIT

cat >busy.c <<'C'
#include <stdio.h>

static volatile unsigned long sum;

static __attribute__((noinline)) void hidden_burn(void)
{
	for (int i = 0; i < 1000000; i++)
		sum += (unsigned long)i;
}

int main(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		hidden_burn();
}
C

# make NAME OPTION...: NAME is stripped, NAME.debug has what it was stripped of.
make_stripped() {
	local name=$1
	shift
	cc -g -O1 -o "$name" busy.c "$@" || give_up "cc"
	objcopy --only-keep-debug "$name" "$name.debug"
	strip "$name"
}

build_id() {
	readelf -n "$1" 2>/dev/null | sed -n 's/.*Build ID: //p'
}

# put FILE ID FOLDER: where a debug folder has it.
put() {
	mkdir -p "$3/.build-id/${2:0:2}"
	cp "$1" "$3/.build-id/${2:0:2}/${2:2}.debug"
}

# sample ARGUMENT...: sets folded and out.
sample() {
	rm -f busy.folded
	# On a machine that is busy the program may not have run at all.
	until sampled busy.folded; do
		run -p "$pid" cpu -d 0.2 -r 199 -o busy.folded "$@"
		[ "$status" = 0 ] || give_up "cpu: $err"
	done
	folded=$(cat busy.folded)
}

named() {
	matches "$1" '(;|^)hidden_burn [0-9]+$' "$folded"
}

unnamed() {
	lacks "$1" hidden_burn "$folded"
	matches "$1: the address" '(;|^)'"$2"'\+0x[0-9a-f]+ [0-9]+$' "$folded"
}

make_stripped with_id
id=$(build_id with_id)
make_stripped other -DOTHER -Wl,-z,noseparate-code
mkdir empty folder
start "$folder/with_id"

sample
unnamed "no debug file" with_id
out=
until [[ $out == *with_id+0x* ]]; do
	succeed -p "$pid" -e 'cpu -d 0.2 -r 199' -e 'names --full'
done
contains "what was looked for" "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" "$out"
succeed -p "$pid" -q -e 'cpu -d 0.2 -r 199' -e 'names --json'
contains "what was looked for, as JSON" "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" \
	"$(tail -n 1 <<<"$out" | jq -r '.modules[] | select(.path | endswith("/with_id")).looked_for[]')"
sample --symbols with_id.debug
named "--symbols FILE"
succeed -p "$pid" --symbols with_id.debug cpu -d 0.2 -r 199 -o busy.folded
folded=$(cat busy.folded)
named "--symbols of limpet itself"
put with_id.debug "$id" folder
sample --debug-dir empty --debug-dir folder
named "two debug folders"
# What was looked for in vain is looked for in a folder that is new.
printf '%s\n' "cpu -d 0.2 -r 199 -o before.folded" "set debug_dir $folder/folder" \
	"cpu -d 0.2 -r 199 -o after.folded" "set debug_dir ''" "cpu -d 0.2 -r 199 -o again.folded" >script
succeed -p "$pid" -x script
for when in before again; do
	folded=$(cat $when.folded)
	unnamed "the setting, $when" with_id
done
folded=$(cat after.folded)
named "the setting"

# A profile of a file has no names of what came later, and says so.
out=
until [[ $out == *with_id+0x* ]]; do
	succeed -p "$pid" cpu -d 0.2 -r 199 -o busy.pb.gz
done
succeed names busy.pb.gz
contains "a profile without a debug file" "and no debug file was found" "$out"
succeed --debug-dir "$folder/folder" names busy.pb.gz
contains "a debug file that came later" "its debug file is here now, but was not used for this profile" "$out"

put other.debug "$id" wrong
sample --debug-dir wrong
unnamed "a file of another build" with_id
contains "a file of another build: is told" \
	"wrong/.build-id/${id:0:2}/${id:2}.debug: not the debug file of '$folder/with_id': its build id is $(build_id other.debug), not $id" "$out"
sample --debug-dir wrong --debug-dir folder
named "the right one behind a wrong one"
sample --symbols other.debug
unnamed "--symbols of another build" with_id
contains "--symbols of another build: is told" \
	"'other.debug' is for no module that needed names: none has its build id, $(build_id other.debug)" "$out"
refuse 2 "there is no folder 'missing'" "" -p "$pid" cpu -d 1 --debug-dir folder --debug-dir missing
refuse 2 "cannot open 'missing': No such file or directory" "" -p "$pid" cpu -d 1 --symbols missing

if command -v debuginfod >/dev/null && command -v curl >/dev/null; then
	put with_id.debug "$id" served
	cp with_id.debug served/
	answers() {
		curl -sf -o /dev/null "http://127.0.0.1:$port/buildid/$id/debuginfo"
	}
	for port in $(shuf -i 20000-32000 -n 10); do
		background env HOME="$folder" debuginfod -p "$port" -d :memory: -F "$folder/served"
		server=$process
		ended_or_answers() {
			answers || is_gone "$server"
		}
		await "debuginfod to answer" ended_or_answers
		! is_gone "$server" || continue
		break
	done
	export DEBUGINFOD_URLS=http://127.0.0.1:$port DEBUGINFOD_CACHE_PATH=$folder/cache
	sample
	named "debuginfod"
	end "$server"
	sample
	named "debuginfod's cache"
	rm -rf cache
	sample
	unnamed "debuginfod that is gone" with_id
	# A server that takes the request and never answers; Ctrl-C goes on without.
	if perl -MIO::Socket::INET -e 1 2>/dev/null; then
		background perl -MIO::Socket::INET -e '$| = 1;
			my $server = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1") or die;
			print $server->sockport, "\n";
			for (;;) { push @kept, $server->accept; print "asked\n" }'
		silent=$process
		said=$output
		await "a port" grep -q . "$said"
		export DEBUGINFOD_URLS=http://127.0.0.1:$(head -1 "$said")
		background env --default-signal=INT "$limpet" -p "$pid" cpu -d 0.3 -r 199
		await "a request" grep -q asked "$said"
		kill -INT "$process"
		wait "$process"
		status=$? # before it is that of cat
		same "Ctrl-C while a file is fetched: exit status ($(cat "$messages"))" 0 "$status"
		matches "Ctrl-C while a file is fetched: what is here" 'with_id\+0x|hidden' "$(cat "$output")"
		if command -v tmux >/dev/null; then
			rm -rf cache # in which what was given up is missing
			cp with_id with_id_and_a_name_that_is_too_long
			named_short=$pid
			start "$folder/with_id_and_a_name_that_is_too_long"
			new_terminal 80 30 "PS1='$ ' HOME=$folder DEBUGINFOD_URLS=$DEBUGINFOD_URLS sh"
			keys "$limpet -p $pid cpu -d 0.3 -r 199" Enter
			wait_for "debuginfod: with_id_and_a_name_t..; Ctrl-C goes on without"
			keys C-c
			wait_for "too_long+"
			wait_for_lack "debuginfod: with_id"
			end_terminal
			end "$pid"
			pid=$named_short
		else
			omit "there is no tmux"
		fi
		end "$silent"
	else
		omit "there is no perl"
	fi
	unset DEBUGINFOD_URLS
else
	omit "there is no debuginfod, or no curl"
fi
end "$pid"

# Without a build id, the name and the checksum are in the file.
make_stripped linked -Wl,--build-id=none
objcopy --add-gnu-debuglink=linked.debug linked
mkdir -p .debug "folder$folder"
start "$folder/linked"
sample
named "a link, the file beside"
mv linked.debug .debug
sample
named "a link, the file in .debug"
mv .debug/linked.debug "folder$folder"
sample
unnamed "a link to nothing" linked
sample --debug-dir "$folder/folder"
named "a link, the file in a debug folder"
cp other.debug linked.debug
sample
unnamed "a link to a file with another checksum" linked
matches "a link to a file with another checksum: is told" \
	"linked.debug: not the debug file of '$folder/linked': its checksum is [0-9a-f]{8}, not [0-9a-f]{8}\$" "$out"
mv "folder$folder/linked.debug" nameless
refuse 2 "'nameless' has no build id that would tell what it is for" \
	"say of which program or library it has the symbols: nameless=NAME" \
	-p "$pid" cpu -d 1 --symbols nameless
sample --symbols nameless=linked
named "--symbols FILE=MODULE"
end "$pid"

# .gnu_debugdata has those functions only that .dynsym has not.
if command -v xz >/dev/null; then
	cc -g -O1 -o packed busy.c -rdynamic
	objcopy --only-keep-debug packed packed.debug
	nm --defined-only --format=posix packed | awk '$1 == "hidden_burn" { print $1 }' >keep
	objcopy -S --remove-section .gdb_index --remove-section .comment --keep-symbols=keep packed.debug mini
	strip packed
	xz -k mini
	objcopy --add-section .gnu_debugdata=mini.xz packed
	start "$folder/packed"
	sample
	named ".gnu_debugdata"
	matches ".gnu_debugdata: and main, of .dynsym" '(;|^)main;hidden_burn [0-9]+$' "$folded"
	end "$pid"
else
	omit "there is no xz"
fi
finish
