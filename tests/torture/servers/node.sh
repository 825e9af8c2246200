# A server on node: code that is compiled at run time, an event loop and a pool of threads.
. "$(dirname "$0")/lib.sh"
needs setpriv setsid wrk node

launch_ready "${jemalloc[@]}" node "$here/server.js"
prepare
load_http "$duration" >load &
load=$!
torment
end_load $load
count_http load
inspect
stop_server TERM 0
search_log .
report
