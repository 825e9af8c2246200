// Writes profiles of many kinds into a folder: made up ones, encoded here by proto/profile.proto,
// and those that Go's runtime takes of this program. What is made up is the same every time.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

type message struct{ bytes.Buffer }

func (m *message) varint(value uint64) {
	for value >= 0x80 {
		m.WriteByte(byte(value) | 0x80)
		value >>= 7
	}
	m.WriteByte(byte(value))
}

func (m *message) number(field int, value int64) {
	if value != 0 {
		m.varint(uint64(field) << 3)
		m.varint(uint64(value))
	}
}

func (m *message) text(field int, value []byte) {
	m.varint(uint64(field)<<3 | 2)
	m.varint(uint64(len(value)))
	m.Write(value)
}

func (m *message) numbers(field int, values []int64) {
	var packed message
	for _, value := range values {
		packed.varint(uint64(value))
	}
	m.text(field, packed.Bytes())
}

type label struct {
	key, text, unit string
	number          int64
}

type sample struct {
	stack  []int64
	values []int64
	labels []label
}

type line struct{ function, line int64 }

type location struct {
	mapping, address int64
	lines            []line
}

type function struct {
	name, file string
	start      int64
}

type profile struct {
	types      [][2]string
	samples    []sample
	mappings   []string
	locations  []location
	functions  []function
	drop, keep string
	time       int64
	duration   int64
	fallback   string
	comments   []string
	strings    map[string]int64
	table      []string
}

func (p *profile) id(text string) int64 {
	if p.strings == nil {
		p.strings = map[string]int64{"": 0}
		p.table = []string{""}
	}
	id, found := p.strings[text]
	if !found {
		id = int64(len(p.table))
		p.strings[text] = id
		p.table = append(p.table, text)
	}
	return id
}

func (p *profile) encode() []byte {
	var m message
	for _, t := range p.types {
		var v message
		v.number(1, p.id(t[0]))
		v.number(2, p.id(t[1]))
		m.text(1, v.Bytes())
	}
	for _, s := range p.samples {
		var v message
		v.numbers(1, s.stack)
		v.numbers(2, s.values)
		for _, l := range s.labels {
			var t message
			t.number(1, p.id(l.key))
			t.number(2, p.id(l.text))
			t.number(3, l.number)
			t.number(4, p.id(l.unit))
			v.text(3, t.Bytes())
		}
		m.text(2, v.Bytes())
	}
	for i, path := range p.mappings {
		var v message
		v.number(1, int64(i+1))
		v.number(2, int64(i+1)<<32)
		v.number(3, int64(i+1)<<32+0x100000)
		v.number(5, p.id(path))
		v.number(6, p.id(fmt.Sprintf("%04x", i+1)))
		v.number(7, 1)
		m.text(3, v.Bytes())
	}
	for i, l := range p.locations {
		var v message
		v.number(1, int64(i+1))
		v.number(2, l.mapping)
		v.number(3, l.address)
		for _, n := range l.lines {
			var t message
			t.number(1, n.function)
			t.number(2, n.line)
			v.text(4, t.Bytes())
		}
		m.text(4, v.Bytes())
	}
	for i, f := range p.functions {
		var v message
		v.number(1, int64(i+1))
		v.number(2, p.id(f.name))
		v.number(3, p.id(f.name))
		v.number(4, p.id(f.file))
		v.number(5, f.start)
		m.text(5, v.Bytes())
	}
	m.number(7, p.id(p.drop))
	m.number(8, p.id(p.keep))
	m.number(9, p.time)
	m.number(10, p.duration)
	for _, c := range p.comments {
		m.number(13, p.id(c))
	}
	m.number(14, p.id(p.fallback))
	for _, text := range p.table {
		m.text(6, []byte(text))
	}
	return m.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func save(folder, name string, p *profile) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write(p.encode())
	must(err)
	must(writer.Close())
	must(os.WriteFile(filepath.Join(folder, name+".pb.gz"), packed.Bytes(), 0o644))
}

var names = []string{
	"main", "run", "std::vector<int>::push_back(int&&)", "operator new(unsigned long)",
	"(anonymous namespace)::parse(char const*)", "core::iter::Map<I,F>::{{closure}}",
	"runtime.mallocgc", "main.(*server).handle", "malloc", "free", "read", "write",
	"alloc_inner", "_start", "lookup.part.0", "walk", "visit", "hash_of", "je_arena_malloc", "qsort",
}

var files = []string{"src/main.c", "./src//deep/../parse.cc", "/build/app/src/lib.rs", "",
	"/proc/self/cwd/tools/walk.c", "/usr/lib/go/src/runtime/malloc.go"}

// fill makes functions, locations and stacks; the shape says how many and how deep.
func (p *profile) fill(random *rand.Rand, functions, locations, samples, depth int) {
	p.mappings = append(p.mappings, "/opt/app/bin/server", "/usr/lib/libc.so.6")
	for i := 0; i < functions; i++ {
		name := names[i%len(names)]
		if i >= len(names) {
			name = fmt.Sprintf("%s_%d", strings.TrimRight(name, "&)>"), i/len(names))
		}
		p.functions = append(p.functions, function{name, files[i%len(files)], 0})
	}
	for i := 0; i < locations; i++ {
		l := location{mapping: int64(random.Intn(len(p.mappings)) + 1)}
		l.address = l.mapping<<32 + int64(i*16+5)
		for n := random.Intn(3); functions > 0 && n >= 0; n-- {
			l.lines = append(l.lines, line{int64(random.Intn(functions) + 1), int64(random.Intn(90))})
		}
		p.locations = append(p.locations, l)
	}
	// Equal stacks would be one sample to limpet, and equal figures have no order in pprof.
	seen := map[string]bool{}
	for i := 0; i < samples; i++ {
		var s sample
		for n := random.Intn(depth); n >= 0; n-- {
			s.stack = append(s.stack, int64(random.Intn(locations)+1))
		}
		if seen[fmt.Sprint(s.stack)] {
			continue
		}
		seen[fmt.Sprint(s.stack)] = true
		for range p.types {
			s.values = append(s.values, (random.Int63n(1<<uint(1+random.Intn(20)))<<11)+int64(i)+1)
		}
		p.samples = append(p.samples, s)
	}
}

func made(seed int64, types [][2]string, functions, locations, samples, depth int) *profile {
	p := &profile{types: types, time: 1700000000e9}
	p.fill(rand.New(rand.NewSource(seed)), functions, locations, samples, depth)
	return p
}

var (
	cpu  = [][2]string{{"samples", "count"}, {"cpu", "nanoseconds"}}
	heap = [][2]string{{"alloc_objects", "count"}, {"alloc_space", "bytes"},
		{"inuse_objects", "count"}, {"inuse_space", "bytes"}}
)

func labelled(p *profile) *profile {
	random := rand.New(rand.NewSource(99))
	for i := range p.samples {
		s := &p.samples[i]
		s.labels = append(s.labels, label{key: "thread", text: fmt.Sprintf("worker-%d", random.Intn(4))})
		if random.Intn(2) == 0 {
			s.labels = append(s.labels, label{key: "bytes", number: 1 << uint(random.Intn(24)), unit: "bytes"})
		}
		if random.Intn(3) == 0 {
			s.labels = append(s.labels, label{key: "request", number: random.Int63n(9000)},
				label{key: "handler", text: "/a"}, label{key: "handler", text: "/b"})
		}
		if random.Intn(3) == 0 {
			s.labels = append(s.labels, label{key: "latency", number: random.Int63n(1e9), unit: "ns"})
		}
	}
	return p
}

// subtract makes every third sample one of a base.
func subtract(p *profile, marked bool) *profile {
	for i := range p.samples {
		if i%3 != 0 {
			continue
		}
		for j := range p.samples[i].values {
			p.samples[i].values[j] = -p.samples[i].values[j] - 1
		}
		if marked {
			p.samples[i].labels = append(p.samples[i].labels, label{key: "pprof::base", text: "true"})
		}
	}
	return p
}

func makeUp(folder string) {
	p := made(1, cpu, 18, 40, 60, 8)
	p.duration = 10e9
	p.comments = []string{"3 samples were lost", "#not shown"}
	save(folder, "cpu", p)
	p = made(2, heap, 20, 50, 80, 10)
	p.drop, p.keep = "malloc|operator new|je_.*|alloc_inner", "runtime\\.mallocgc"
	save(folder, "heap", p)
	save(folder, "difference", subtract(made(3, heap, 16, 30, 50, 6), true))
	save(folder, "shrunk", subtract(made(4, cpu, 16, 30, 50, 6), false))
	save(folder, "labels", labelled(made(5, heap, 16, 40, 60, 7)))
	save(folder, "wall", labelled(made(6, [][2]string{{"wall", "microseconds"}}, 12, 24, 40, 6)))
	save(folder, "deep", made(7, cpu, 3, 6, 12, 400))
	save(folder, "unnamed", made(8, cpu, 0, 20, 40, 6))
	p = made(9, cpu, 6, 12, 20, 5)
	p.mappings = p.mappings[:0]
	for i := range p.locations {
		p.locations[i].mapping = 0
		if i%3 == 0 {
			p.locations[i].lines = nil
		}
	}
	save(folder, "nowhere", p)
	save(folder, "one", made(10, cpu, 1, 1, 1, 1))
	p = made(11, [][2]string{{"delay", "nanoseconds"}, {"contentions", "count"}}, 20, 40, 60, 6)
	p.fallback = "delay"
	save(folder, "contention", p)
	save(folder, "wide", made(12, cpu, 400, 900, 1500, 12))
	p = made(13, [][2]string{{"space", "kilobytes"}, {"objects", ""}}, 15, 30, 40, 6)
	save(folder, "units", p)
	p = made(14, cpu, 20, 40, 60, 8)
	for i := range p.functions {
		p.functions[i].start = int64(1 + i%7)
	}
	save(folder, "starts", p)
	p = made(15, cpu, 14, 30, 40, 6)
	for i := range p.samples {
		for j := range p.samples[i].values {
			p.samples[i].values[j] <<= 24
		}
	}
	save(folder, "hours", p)
	save(folder, "zeros", func() *profile {
		p := made(16, heap, 14, 30, 40, 6)
		for i := range p.samples {
			p.samples[i].values[i%4] = 0
			p.samples[i].values[(i+1)%4] = 0
		}
		return p
	}())
}

//go:noinline
func burn(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += step(i)
	}
	return sum
}

func step(i int) int {
	if i%3 == 0 {
		return i * i
	}
	return i ^ 5
}

var kept [][]byte

//go:noinline
func keep(n int) {
	for i := 0; i < n; i++ {
		kept = append(kept, make([]byte, 1000+i))
	}
}

//go:noinline
func recurse(n int) int {
	if n == 0 {
		return burn(20000)
	}
	return recurse(n-1) + 1
}

func contend() {
	var lock sync.Mutex
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 200; j++ {
				lock.Lock()
				burn(1000)
				lock.Unlock()
				runtime.Gosched()
			}
		}()
	}
	group.Wait()
}

// takeOwn has the runtime's profiler look at this program.
func takeOwn(folder string) {
	file, err := os.Create(filepath.Join(folder, "go_cpu.pb.gz"))
	must(err)
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	runtime.MemProfileRate = 4096
	must(pprof.StartCPUProfile(file))
	for end := time.Now().Add(600 * time.Millisecond); time.Now().Before(end); {
		keep(20)
		recurse(30)
		kept = nil
	}
	contend()
	keep(2000)
	pprof.StopCPUProfile()
	must(file.Close())
	runtime.GC()
	for _, name := range []string{"heap", "goroutine", "mutex", "block"} {
		var text bytes.Buffer
		must(pprof.Lookup(name).WriteTo(&text, 0))
		must(os.WriteFile(filepath.Join(folder, "go_"+name+".pb.gz"), text.Bytes(), 0o644))
	}
}

func main() {
	makeUp(os.Args[1])
	takeOwn(os.Args[1])
}
