# 29: a 32-bit process is refused.
. "$(dirname "$0")/../lib.sh"

echo 'int getchar(void); int main(void) { getchar(); return 0; }' >small.c
cc -m32 -o small small.c 2>/dev/null || skip "no compiler for 32-bit programs"
./small </dev/null || cannot "the kernel runs no 32-bit programs"
commands 'ctl stats.allocated' 'cpu -d 0.01'
mkfifo nothing
exec {input}<>nothing
background ./small <nothing
run -q -k -p "$process" -x "$script"
[ "$status" -ne 0 ] || fail "a 32-bit process is accepted"
same "state" S "$(state_of "$process")"
tally runs
conclude
