// Command image builds a container image of a Go program and needs no container
// engine: ko builds the program and the image, on a base that has nothing but the root
// certificates, a user that is not root, and a folder for temporary files.
//
//	go run . -source ../.. -package ./cmd/app -out ../../bin/image
//	go run . -source ../.. -package ./cmd/app -push registry.example.com/shop/app:1.4
//
// It prints the name of the image with its digest. The same commit gives the same
// digest, wherever it is built.
package main
