# What the documentation says is tried: each line of README, of the night's situations, of the man page and
# of the examples in the help, and with them and documentation/documented.lines every command and option
# that there is. That the man page has the commands and options of the help, and no others, is what
# cli.surface shows. Times are made shorter, limits smaller, and what stands for a process or a file is put
# in its place (documentation/placing.py).
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
root=$(cd "$here/../.." && pwd)
python=/usr/bin/python3
needs $python jq setpriv
part=$here/documentation
export PYTHONDONTWRITEBYTECODE=1

# The programs that lines name. sudo does what it would do for root.
mkdir -p bin files/server files/src/app home/src/app home/state/limpet
ln -s "$limpet" bin/limpet
mkdir files/build
cp "$victims/service" files/build/server
ln -s "$limpet" files/build/limpet
printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
chmod +x bin/sudo
command -v less >/dev/null || ln -s "$(command -v cat)" bin/less

# The files that lines read.
cp "$here/../victims/service.c" files/src/app/
cp "$here/../victims/service.c" home/src/app/
printf 'cpu -d 1\nhistory\n' >home/state/limpet/history
for dump in monday.heap tuesday.heap jeprof.heap jeprof.1234.0.i0.heap jeprof.1.0.i0.heap; do
	write_dump "files/$dump"
done
echo info >files/grab.limpet
MALLOC_CONF=prof_accum:true,lg_prof_sample:12,$profiled
export MALLOC_CONF
start_victim service
unset MALLOC_CONF
"$limpet" -q -p "$pid" -e 'cpu -d 1 -r 499 -o files/yesterday.pb.gz' -e 'cpu -d 1 -r 499 -o files/cpu.pb.gz' -e 'heap record -d 1 -o files/heap.pb.gz' >log 2>&1 ||
	give_up "no profiles" "$(cat log)"
cp files/cpu.pb.gz files/today.pb.gz
cp files/cpu.pb.gz files/monday.pb.gz
cp files/cpu.pb.gz files/tuesday.pb.gz
cp files/heap.pb.gz files/before.pb.gz
(umask 077 && echo secret >files/token)
end "$pid"

$python "$part/check.py" "$limpet" "$victims/service" "$root/README.md" "$part/documented.lines" \
	"$part/excluded.lines" >said || fail "the documentation" "$(cat said)"
tail -n 1 said

# What is wrong is found: in README, in an example, in a line of our own, and what nothing runs.
"$limpet" help --json | jq -c '.options |= map(select(.name == "pid" or .name == "quiet")) |
	.commands |= map(select(.name == "version" or .name == "info") |
		if .name == "info" then .examples = ["info", "info --jsom"] else . end)' >help.json
cat >README.md <<'README'
# Wrong
Say `build/limpet -p 4242 inof --json` or `version`, with `--no-such-option`.

    MALLOC_CONF=prof:true,prof_active:false redis-server
    build/limpet -p 4242 info
    build/limpet -p 4242 cpu --only no_such_function -o empty.svg
    build/limpet -p 4242 info > /dev/null; true > none.svg
README
printf 'limpet version  #=> no such text\n' >own.lines
printf 'limpet is gone\tit was there once\n' >excluded.lines
rm -r lane*
$python "$part/check.py" "$limpet" "$victims/service" README.md own.lines excluded.lines help.json >said
same "wrong documentation: status" 1 $?
same "what is wrong" "FAILED: README.md:2: --no-such-option
FAILED: README.md:2: build/limpet -p 4242 inof --json
FAILED: README.md:6: build/limpet -p 4242 cpu --only no_such_function -o empty.svg
FAILED: README.md:7: build/limpet -p 4242 info > /dev/null; true > none.svg
FAILED: excluded.lines: limpet is gone
FAILED: help info: info --jsom
FAILED: nothing has run info --json
FAILED: nothing has run info --name
FAILED: nothing has run info --pid
FAILED: nothing has run limpet --quiet
FAILED: nothing has run version --json
FAILED: own.lines:1: limpet version" "$(grep '^FAILED' said | sort)"
finish
