# Every thread of the victims, as limpet and libunwind follow it, time and again while they run.
. "$(dirname "$0")/../live/lib.sh"
needs setpriv
check=$4

# follow NAME ROUNDS [ARGUMENT]...
follow() {
	local name=$1 rounds=$2 said status
	shift 2
	start_victim "$name" "$@"
	said=$("$check" process -r "$rounds" "$pid")
	status=$?
	printf '%s %s\n%s\n' "$name" "$*" "$said"
	same "$name $*: exit status" 0 "$status"
	end "$pid"
}

follow split 20 0
follow deep 10 1000
follow deep 2 20000
follow names 20
follow plain 20
follow sleepers 10
follow short_lived 10
follow many_stacks 10 64
follow allocators 5
follow heap500 10
follow built_in 10
follow checker 20
follow checker_static 20
follow every_wait 5
for name in judged jumper heir leaderless signals in_handler restartable storm loader cancelled identity shallow leaks; do
	follow $name 10
done
follow forker 20 fork
follow crowd 2 100
for kind in anonymous shared memfd; do
	follow maker 10 $kind
done
finish
