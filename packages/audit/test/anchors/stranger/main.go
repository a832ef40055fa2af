// Opens a cosigned checkpoint with the code of Go's checksum database. Cosignatures (C2SP tlog-cosignature, type 0x04) are
// newer than that code: a verifier of them is written here after the specification.
// Arguments: vkey of the log, vkey of the witness, checkpoint.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

type cosigner struct {
	name string
	key  ed25519.PublicKey
	time uint64
}

func (c *cosigner) Name() string { return c.name }

func (c *cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:])
}

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	c.time = binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.time, msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func main() {
	log, err := note.NewVerifier(os.Args[1])
	check(err)
	parts := strings.SplitN(os.Args[2], "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	witness := &cosigner{name: parts[0], key: key[1:]}
	if fmt.Sprintf("%08x", witness.KeyHash()) != parts[1] {
		check(fmt.Errorf("the id of the witness's key is not that of its bytes"))
	}
	opened, err := note.Open([]byte(os.Args[3]), note.VerifierList(log, witness))
	check(err)
	for _, sig := range opened.Sigs {
		fmt.Println("signed by", sig.Name)
	}
	fmt.Println("time", witness.time)
}

func check(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}
