// Command other is no app.
package main

func main() { println("hello") }
