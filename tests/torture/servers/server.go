// A server for the load of check.lua: chooses its port, says "ready PORT", answers /sum/N, and ends in
// its ordinary way on SIGTERM.
package main

import (
	"context"
	"fmt"
	"hash/adler32"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

func sum(number int) string {
	texts := make([]string, 0, 40*number)
	for i := range 40 * number {
		texts = append(texts, fmt.Sprintf("item-%d", i*7))
	}
	checksum := adler32.Checksum([]byte(strings.Join(texts, "")))
	return fmt.Sprintf("%d %d\n%s", number, checksum, strings.Repeat("x", 1024*number))
}

func answer(writer http.ResponseWriter, request *http.Request) {
	number, err := strconv.Atoi(strings.TrimPrefix(request.URL.Path, "/sum/"))
	if err != nil || number < 1 || number > 1000 {
		http.Error(writer, "no such sum", http.StatusNotFound)
		return
	}
	if _, err := writer.Write([]byte(sum(number))); err != nil {
		log.Print(err)
	}
}

func main() {
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{Handler: http.HandlerFunc(answer)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Printf("ready %d\n", listener.Addr().(*net.TCPAddr).Port)
	select {
	case err := <-ended:
		log.Fatal(err)
	case <-told.Done():
	}
	if err := server.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
	os.Exit(0)
}
