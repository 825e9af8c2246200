//go:build cgo
// +build cgo

package main

// // Its frame pointer is none, as that of optimized code.
// static __attribute__((noinline)) long burn_in_c(long x)
// {
// 	for (long i = 0; i < 2000000; i++)
// 		__asm__ volatile("imul $31, %0, %%rbp\n\tmov %%rbp, %0" : "+r"(x) : : "rbp");
// 	return x;
// }
//
// extern long callBack(long x);
//
// static __attribute__((noinline)) long call_go(long x)
// {
// 	return callBack(burn_in_c(x)) + 1;
// }
import "C"

//export callBack
func callBack(x C.long) C.long {
	return C.long(burnThree(burnThree(burnThree(int64(x)))))
}

func init() {
	whatElse = func() {
		for {
			C.call_go(1)
		}
	}
}
