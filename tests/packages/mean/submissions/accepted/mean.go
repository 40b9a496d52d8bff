package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	n, _ := strconv.Atoi(in.Text())
	sum, x := 0.0, 0.0
	for i := 0; i < n; i++ {
		in.Scan()
		x, _ = strconv.ParseFloat(in.Text(), 64)
		sum += x
	}
	word := "low"
	if x > sum/float64(n) {
		word = "high"
	}
	fmt.Printf("%.9f %s\n", sum/float64(n), word)
}
