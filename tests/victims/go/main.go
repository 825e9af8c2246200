// A program whose stacks are known: who is busy in what, and where each stack begins. It says
// "ready" and ends with its standard input.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	unit  = 200000
	depth = 100
)

var (
	sink     int64
	garbage  [64][]byte
	whatElse = func() {}
)

// Three times the work of burnOne, and otherwise the same.
//
//go:noinline
func burnThree(x int64) int64 {
	for i := int64(0); i < 3*unit; i++ {
		x = x*31 + i
	}
	return x
}

//go:noinline
func burnOne(x int64) int64 {
	for i := int64(0); i < unit; i++ {
		x = x*31 + i
	}
	return x
}

//go:noinline
func descend(left int, x int64) int64 {
	if left == 0 {
		return burnOne(burnThree(x))
	}
	return descend(left-1, x) + 1
}

func goDeep() {
	for {
		atomic.AddInt64(&sink, descend(depth, 1))
	}
}

// Gives way: in a loop of nothing but system calls it would hold up the collection of garbage, and so
// all others, for seconds.
func callKernel() {
	for {
		for i := 0; i < 100; i++ {
			syscall.Getppid()
		}
		runtime.Gosched()
	}
}

//go:noinline
func waitInRead(pipe int) {
	var byte [1]byte
	syscall.Read(pipe, byte[:])
}

func sleep() {
	for {
		time.Sleep(time.Millisecond)
	}
}

func tellTime() {
	for {
		atomic.AddInt64(&sink, int64(time.Now().Nanosecond()))
	}
}

// So much that garbage is being collected all the time.
func litter() {
	for i := 0; ; i++ {
		piece := make([]byte, 1<<15)
		piece[i%len(piece)] = 1
		garbage[i%len(garbage)] = piece
	}
}

func main() {
	var pipe [2]int

	if err := syscall.Pipe(pipe[:]); err != nil {
		panic(err)
	}
	for _, what := range os.Args[1:] {
		switch what {
		case "deep":
			go goDeep()
		case "kernel":
			go callKernel()
		case "read":
			go waitInRead(pipe[0])
		case "sleep":
			go sleep()
		case "time":
			go tellTime()
		case "litter":
			go litter()
		case "c":
			go whatElse()
		}
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
