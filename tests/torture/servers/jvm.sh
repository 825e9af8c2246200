# A server on the JVM: code that is compiled at run time, and a runtime that lives on its own SIGSEGVs.
. "$(dirname "$0")/lib.sh"
needs setpriv setsid wrk java javac

launch_ready "${jemalloc[@]}" java -Xmx256m -Dsun.net.httpserver.nodelay=true \
	-Dsun.net.httpserver.idleInterval=3600 "$here/Server.java"
prepare
load_http "$duration" >load &
load=$!
torment
end_load $load
count_http load
inspect
stop_server TERM 143
# wrk hangs up at the end, whatever is on its way.
search_log . 'IOException: (Broken pipe|Connection reset)'
same "crash reports" "" "$(ls hs_err_* 2>/dev/null)"
report
