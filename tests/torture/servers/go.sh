# A server in Go: no C library, small stacks that move, and a runtime that sends itself signals.
. "$(dirname "$0")/lib.sh"
needs setpriv setsid wrk go
has_jemalloc=false

CGO_ENABLED=0 go build -o server "$here/server.go" || give_up "the server in Go was not built"
launch_ready ./server
prepare
load_http "$duration" >load &
load=$!
torment
end_load $load
count_http load
inspect
stop_server TERM 0
# wrk hangs up at the end, whatever is on its way.
search_log . 'write: (connection reset by peer|broken pipe)'
report
