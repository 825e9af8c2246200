# What people type first who know other tools: hints, and the process behind the command.
. "$(dirname "$0")/common.sh"

# Words of gdb and others, one and several of them, on the command line and in scripts.
expect 2 "" "limpet: there is no command 'bt'
  \`stacks\`: every thread's stack; -t THREAD for one" "$limpet" bt
expect 2 "" "limpet: there is no command 'thread apply'
  \`stacks\`: every thread's stack, equal ones together" "$limpet" thread apply all bt
expect 3 "" "-e:1: there is no command 'info threads'
  \`threads\`: the threads, with what each waits for" "$limpet" -e 'info threads'
expect 2 "" "limpet: there is no command 'continue'
  there is no need: limpet leaves the process running" "$limpet" continue
contains "the words in the help" "  pstack               stacks: every thread's stack" "$("$limpet" help words)"
contains "the commands in the help" "  record               sample and save" "$("$limpet" help words)"

# A process alone.
expect 2 "" "limpet: there is no command '4242'
  did you mean -p 4242?" "$limpet" 4242
expect 3 "" "-e:1: there is no command '4242'
  did you mean attach 4242?" "$limpet" -e 4242
name=limpet-words-$$
cp "$(command -v sleep)" "$name"
"./$name" 1000 &
expect 2 "" "limpet: there is no command '$name'
  did you mean -n $name?" "$limpet" "$name"
kill $!
wait $! 2>/dev/null
expect 2 "" "limpet: there is no command '$name'
  \`help\` lists the commands" "$limpet" "$name"

# Named before the command or behind it, but once; mistakes come before the process.
twice="limpet: a process is named more than once
  one -p PID or one -n NAME is enough, before the command or behind it; several processes are -p 1234,1240"
expect 2 "" "$twice" "$limpet" -p 1 cpu -p 2
expect 2 "" "$twice" "$limpet" -p 1 info -p 1
expect 2 "" "$twice" "$limpet" -p 1 -n init info
expect 2 "" "$twice" "$limpet" info --pid 1 --name init
expect 2 "" "$twice" "$limpet" -p 1 -n init -e info
expect 2 "" "limpet: 'x' is no process id
  -p takes the number of a process, or several: -p 1234,1240; -n takes a name" "$limpet" heap dump -p x
expect 2 "" "limpet: there is no command 'hlep'
  did you mean help?" "$limpet" -p 0 hlep
expect 3 "" "-e:1: cpu: --pid is for the command line
  here \`attach 42\` chooses the process that commands are about" "$limpet" -e 'cpu -p 42'
echo 'stats --name init' >script
expect 3 "" "script:1: stats: --name is for the command line
  here \`attach init\` chooses the process that commands are about" "$limpet" source script

# -h is --help; what is a value is none.
same "help by its letter" "$("$limpet" help cpu)" "$("$limpet" cpu -d 5 -h)"
same "help of a word" "$("$limpet" help record)" "$("$limpet" record --help)"
same "the version" "$("$limpet" --version)" "$("$limpet" version)"

# record: what it takes, and why it does not.
expect 2 "" "limpet: record: 'x.txt' is not a file of the format raw
  the format follows the file's name: give it one that ends with .folded" \
	"$limpet" record -f raw -o x.txt
expect 2 "" "limpet: record: speedscope is not written
  -f raw and -f pprof are, and speedscope.app opens both" "$limpet" record -f speedscope
expect 2 "" "limpet: record: 'x' is no value of --format
  it takes one of: flamegraph, raw, pprof" "$limpet" record -f x
expect 2 "" "limpet: record: limpet looks at one process, not at the whole machine
  name it: -p PID, or --name NAME" "$limpet" record -a -g -F 99
expect 2 "" "limpet: record: limpet starts no program: it looks at one that runs, and './x' is to be started
  start it, then name it with -p PID; \`-- sleep 10\` says how long" "$limpet" record -- ./x sleep 1
expect 2 "" "limpet: record: -t takes no value: it has each thread apart
  \`cpu -t 42\` samples one thread" "$limpet" record -t 42
expect 2 "" "limpet: record: '42' is one argument too many
  did you mean -p 42?" "$limpet" record 42
expect 2 "" "limpet: record: -d and sleep both say how long
  usage: record$("$limpet" help record | sed -n '1s/^record\(.*\) - .*/\1/p')" \
	"$limpet" record -d 5 -- sleep 5
expect 2 "" "limpet: dump: limpet reads stacks, not the variables in them
  \`py-spy dump --locals\` does for Python, \`gdb -p PID\` for the rest" "$limpet" dump -l

# report is top, and top without a process pprof's.
echo 'main;work 3
main;rest 1' >work.folded
same "report" "$("$limpet" top work.folded)" "$("$limpet" report -i work.folded --stdio --no-children)"
same "report by what they called" "$("$limpet" top work.folded --cum --no-inlines)" \
	"$("$limpet" report work.folded --children --no-inlines)"
expect 2 "" "limpet: report: -i names the profile already: 'a'
  usage: report [PROFILE | -i FILE] [--children]" "$limpet" report -i a b
expect 1 "" "limpet: there is no profile yet
  take one with \`cpu\` or \`heap dump\`, or \`load FILE\`; \`live\` shows a process as it runs" \
	"$limpet" top
expect 2 "" "limpet: top: 'work.folded' is one argument too many
  usage: top -p PID [-r HZ]" "$limpet" top -p 42 work.folded
expect 2 "" "limpet: top: the live view is of CPU time
  \`cpu --wall\` samples threads that wait, too; \`stacks\` shows them" "$limpet" top -p 42 -i

finish
