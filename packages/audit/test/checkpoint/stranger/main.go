// Verifies checkpoints and proofs of an audit log with the code of Go's checksum database, which shares nothing with ours.
// Arguments: vkey of the newer session, newer checkpoint, leaf hash in hex, proof of inclusion,
// vkey of the older session, older checkpoint, proof of consistency, private key as text.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	size, root := open(os.Args[1], os.Args[2])
	fmt.Println("checkpoint", size)

	head, hashes := proof(os.Args[4], 3)
	index, err := strconv.ParseInt(strings.TrimPrefix(head[2], "index "), 10, 64)
	check(err)
	var leaf tlog.Hash
	_, err = hex.Decode(leaf[:], []byte(os.Args[3]))
	check(err)
	check(tlog.CheckRecord(hashes, size, root, index, leaf))
	fmt.Println("inclusion", index)
	leaf[7] ^= 1
	if tlog.CheckRecord(hashes, size, root, index, leaf) == nil {
		check(fmt.Errorf("a flipped bit was accepted"))
	}

	oldSize, oldRoot := open(os.Args[5], os.Args[6])
	_, growth := proof(os.Args[7], 1)
	check(tlog.CheckTree(growth, size, root, oldSize, oldRoot))
	fmt.Println("consistency", oldSize)

	signer, err := note.NewSigner(os.Args[8])
	check(err)
	signed, err := note.Sign(&note.Note{Text: "signed by Go\n"}, signer)
	check(err)
	fmt.Print(string(signed))
}

func open(vkey, text string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return size, hash(lines[2])
}

func proof(text string, header int) ([]string, []tlog.Hash) {
	lines := strings.Split(strings.SplitN(text, "\n\n", 2)[0], "\n")
	var hashes []tlog.Hash
	for _, line := range lines[header:] {
		hashes = append(hashes, hash(line))
	}
	return lines[:header], hashes
}

func hash(text string) (sum tlog.Hash) {
	bytes, err := base64.StdEncoding.DecodeString(text)
	check(err)
	copy(sum[:], bytes)
	return sum
}

func check(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}
