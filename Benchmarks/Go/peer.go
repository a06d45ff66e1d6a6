// The peers in Go: the same work as Lua/NAME.lua, with goroutines, tickers and container/heap.
// Usage: peer NAME N    Prints the figures, one `name value` a line.
package main

import (
	"container/heap"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	peers := map[string]func(int){
		"channel-integers": channelIntegers,
		"shared-incr":      sharedIncr,
		"sync-lock":        syncLock,
		"task-spawn":       taskSpawn,
		"task-spawn-all":   taskSpawnAll,
		"task-ping-pong":   taskPingPong,
		"task-channel":     taskChannel,
		"task-switch":      taskSwitch,
		"task-memory":      taskMemory,
		"sched-events":     schedEvents,
		"timer-after":      timerAfter,
		"timer-every":      timerEvery,
		"map-cpu":          mapCPU,
		"map-tiny":         mapTiny,
		"timer-insert":     timerInsert,
		"timer-cancel":     timerCancel,
		"channel-many":     channelMany,
	}
	peers[os.Args[1]](n)
}

func report(name string, value float64) { fmt.Println(name, value) }

func perOp(start time.Time, n int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func resident() float64 {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "Rss:") {
			kib, _ := strconv.Atoi(strings.Fields(line)[1])
			return float64(kib) * 1024
		}
	}
	panic("no Rss")
}

func channelIntegers(n int) {
	run := func(count int) time.Duration {
		ch := make(chan int, 1024)
		start := make(chan time.Time, 1)
		finish := make(chan time.Time, 1)
		go func() {
			sum := 0
			for v := range ch {
				sum += v
			}
			finish <- time.Now()
			if sum != count*(count+1)/2 {
				panic("wrong sum")
			}
		}()
		go func() {
			start <- time.Now()
			for i := 1; i <= count; i++ {
				ch <- i
			}
			close(ch)
		}()
		end := <-finish
		return end.Sub(<-start)
	}
	run(n / 10)
	report("ops_per_s", float64(n)/run(n).Seconds())
}

func sharedIncr(n int) {
	run := func(count int) time.Duration {
		var hits atomic.Int64
		var ready, done sync.WaitGroup
		ready.Add(2)
		done.Add(2)
		begin := make(chan time.Time)
		for side := 0; side < 2; side++ {
			go func() {
				ready.Done()
				<-begin
				for i := 0; i < count/2; i++ {
					hits.Add(1)
				}
				done.Done()
			}()
		}
		ready.Wait()
		start := time.Now()
		close(begin)
		done.Wait()
		elapsed := time.Since(start)
		if hits.Load() != int64(count/2*2) {
			panic("wrong sum")
		}
		return elapsed
	}
	run(n / 10)
	report("ops_per_s", float64(n)/run(n).Seconds())
}

func channelMany(n int) {
	const side = 4
	run := func(count int) time.Duration {
		ch := make(chan int, 1024)
		each := count / side
		var senders, receivers sync.WaitGroup
		var total int64
		start := time.Now()
		for i := 0; i < side; i++ {
			receivers.Add(1)
			go func() {
				sum := 0
				for v := range ch {
					sum += v
				}
				atomic.AddInt64(&total, int64(sum))
				receivers.Done()
			}()
		}
		for i := 0; i < side; i++ {
			senders.Add(1)
			go func() {
				for v := 1; v <= each; v++ {
					ch <- v
				}
				senders.Done()
			}()
		}
		senders.Wait()
		close(ch)
		receivers.Wait()
		if total != int64(side*(each*(each+1)/2)) {
			panic("wrong sum")
		}
		return time.Since(start)
	}
	run(n / 10)
	report("ops_per_s", float64(n)/run(n).Seconds())
}

func syncLock(n int) {
	var lock sync.Mutex
	run := func(count int) {
		for i := 0; i < count; i++ {
			lock.Lock()
			lock.Unlock()
		}
	}
	run(n / 10)
	start := time.Now()
	run(n)
	report("ns_per_op", perOp(start, n))
}

func taskSpawn(n int) {
	run := func(count int) {
		for i := 0; i < count; i++ {
			i, result := i, make(chan int) // before Go 1.22 the loop has one variable
			go func() { result <- i }()
			if <-result != i {
				panic("wrong result")
			}
		}
	}
	run(n / 10)
	start := time.Now()
	run(n)
	report("ns_per_op", perOp(start, n))
}

func taskSpawnAll(n int) {
	const batch = 10000
	run := func(count int) {
		for round := 0; round < count/batch; round++ {
			results := make([]chan int, batch)
			for i := range results {
				i := i // before Go 1.22 the loop has one variable
				results[i] = make(chan int, 1)
				go func() { results[i] <- i }()
			}
			for i, result := range results {
				if <-result != i {
					panic("wrong result")
				}
			}
		}
	}
	run(n / 10)
	start := time.Now()
	run(n)
	report("ns_per_op", perOp(start, n))
}

func taskPingPong(n int) {
	runtime.GOMAXPROCS(1) // both on one thread
	run := func(count int) time.Duration {
		there, back := make(chan int, 1024), make(chan int, 1024)
		go func() {
			for v := range there {
				back <- v
			}
		}()
		start := time.Now()
		for i := 0; i < count; i++ {
			there <- i
			if <-back != i {
				panic("wrong message")
			}
		}
		close(there)
		return time.Since(start)
	}
	run(n / 10)
	report("ns_per_op", float64(run(n).Nanoseconds())/float64(n))
}

func taskChannel(n int) {
	runtime.GOMAXPROCS(1) // both on one thread
	run := func(count int) time.Duration {
		ch, sum := make(chan int, 1024), make(chan int)
		start := time.Now()
		go func() {
			s := 0
			for v := range ch {
				s += v
			}
			sum <- s
		}()
		for i := 1; i <= count; i++ {
			ch <- i
		}
		close(ch)
		if <-sum != count*(count+1)/2 {
			panic("wrong sum")
		}
		return time.Since(start)
	}
	run(n / 10)
	report("ops_per_s", float64(n)/run(n).Seconds())
}

func taskSwitch(n int) {
	runtime.GOMAXPROCS(1) // both on one thread: a switch, not a second core
	run := func(count int) {
		var both sync.WaitGroup
		both.Add(2)
		work := func() {
			for i := 0; i < count/2; i++ {
				runtime.Gosched()
			}
			both.Done()
		}
		go work()
		go work()
		both.Wait()
	}
	run(n / 10)
	start := time.Now()
	run(n)
	report("ns_per_op", perOp(start, n))
}

func taskMemory(n int) {
	debug.FreeOSMemory()
	before := resident()
	for i := 0; i < n; i++ {
		go func() { time.Sleep(5 * time.Second) }()
	}
	time.Sleep(200 * time.Millisecond)
	debug.FreeOSMemory()
	report("bytes_per_item", (resident()-before)/float64(n))
}

type event struct {
	at       float64
	priority int
	sequence int
	action   func()
}

type events []event

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e events) Less(i, j int) bool {
	if e[i].at != e[j].at {
		return e[i].at < e[j].at
	}
	if e[i].priority != e[j].priority {
		return e[i].priority < e[j].priority
	}
	return e[i].sequence < e[j].sequence
}
func (e *events) Push(x any) { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

func schedEvents(n int) {
	run := func(count int) time.Duration {
		now, done := 0.0, 0
		start := time.Now()
		queue := &events{}
		for i := 1; i <= count; i++ {
			heap.Push(queue, event{float64(i*7919%1000003) / 1000, 1, i, func() { done++ }})
		}
		for queue.Len() > 0 {
			next := heap.Pop(queue).(event)
			if next.at > now {
				now = next.at
			}
			next.action()
		}
		if done != count {
			panic("events were lost")
		}
		return time.Since(start)
	}
	run(n / 10)
	report("ops_per_s", float64(n)/run(n).Seconds())
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func timerAfter(n int) {
	var fired int64
	done := make(chan bool)
	start := cpuSeconds()
	for i := 1; i <= n; i++ {
		delay := time.Duration(float64(i*7919%n) / float64(n) * float64(time.Second))
		time.AfterFunc(delay, func() {
			if atomic.AddInt64(&fired, 1) == int64(n) {
				done <- true
			}
		})
	}
	<-done
	report("per_cpu_s", float64(n)/(cpuSeconds()-start))
}

func waitingTimers(n int) []*time.Timer {
	timers := make([]*time.Timer, n)
	for i := range timers {
		delay := time.Hour + time.Duration(float64((i+1)*7919%n)/float64(n)*float64(time.Second))
		timers[i] = time.AfterFunc(delay, func() { panic("too early") })
	}
	return timers
}

func timerInsert(n int) {
	start := cpuSeconds()
	waitingTimers(n)
	report("ns_per_op", (cpuSeconds()-start)/float64(n)*1e9)
}

func timerCancel(n int) {
	timers := waitingTimers(n)
	start := cpuSeconds()
	for _, t := range timers {
		t.Stop()
	}
	report("ns_per_op", (cpuSeconds()-start)/float64(n)*1e9)
}

func timerEvery(n int) {
	const interval = 10 * time.Millisecond
	late := make([]float64, 0, n)
	start := time.Now()
	ticker := time.NewTicker(interval)
	for len(late) < n {
		<-ticker.C
		late = append(late, (time.Since(start) - time.Duration(len(late)+1)*interval).Seconds())
	}
	ticker.Stop()
	last := append([]float64{}, late[n-n/10:]...)
	sort.Float64s(last)
	sort.Float64s(late)
	report("drift_s", last[(len(last)-1)/2])
	report("p50_s", late[(n-1)/2])
	report("p99_s", late[(n*99+99)/100-1])
}

// parallelMap has a goroutine for each processor take item after item.
func parallelMap(items []int, work func(int) int) []int {
	results := make([]int, len(items))
	var next atomic.Int64
	var group sync.WaitGroup
	for p := 0; p < runtime.GOMAXPROCS(0); p++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				results[i] = work(items[i])
			}
		}()
	}
	group.Wait()
	return results
}

// compareMaps returns the best times of the plain loop and of the map, in seconds, and the best ratio of a pair.
func compareMaps(n int, work func(int) int) (alone, mapped, speedUp float64) {
	items := make([]int, n)
	for i := range items {
		items[i] = i + 1
	}
	alone, mapped = 1e9, 1e9
	for pass := 0; pass < 5; pass++ {
		start := time.Now()
		expected := make([]int, n)
		for i, item := range items {
			expected[i] = work(item)
		}
		middle := time.Now()
		results := parallelMap(items, work)
		loop, parallel := middle.Sub(start).Seconds(), time.Since(middle).Seconds()
		for i := range results {
			if results[i] != expected[i] {
				panic("wrong result")
			}
		}
		alone, mapped = math.Min(alone, loop), math.Min(mapped, parallel)
		speedUp = math.Max(speedUp, loop/parallel)
	}
	return
}

func mapCPU(n int) {
	_, _, speedUp := compareMaps(n, func(x int) int {
		for i := 0; i < 4000000; i++ {
			x = (x*1103515245 + 12345) & 0x7fffffff
		}
		return x
	})
	report("speed_up", speedUp)
}

func mapTiny(n int) {
	alone, mapped, _ := compareMaps(n, func(x int) int { return x + 1 })
	report("ns_per_op", (mapped-alone)/float64(n)*1e9)
}
