// Checks receipts and proofs of Demur with Go's checksum-database packages, sumdb/note and sumdb/tlog.
//
// Usage: verify VKEY < cases > answers. A case is a line of JSON; its answer is the line "accepted" or "refused: why".
// What is ours here is the reading of c2sp.org/tlog-proof, which these packages do not have; hashes, signatures, key
// names and the shape of proofs are theirs.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A testCase holds the fields of every kind; encoding/json reads []byte from base64.
type testCase struct {
	Kind    string
	Receipt []byte
	Leaf    []byte
	Index   string
	Size    string
	Path    [][]byte
	Root    []byte
	OldSize string `json:"old_size"`
	OldRoot []byte `json:"old_root"`
}

func main() {
	if err := answerAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	cases := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := cases.ReadBytes('\n')
		if len(line) == 0 {
			return nil
		}
		var one testCase
		if err == nil {
			err = json.Unmarshal(line, &one)
		}
		if err != nil {
			return err
		}
		if err := check(one, verifier); err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println("accepted")
		}
	}
}

func check(one testCase, verifier note.Verifier) error {
	switch one.Kind {
	case "receipt":
		return checkReceipt(string(one.Receipt), one.Leaf, verifier)
	case "inclusion":
		return checkInclusion(one.Leaf, one.Index, one.Size, one.Path, one.Root)
	case "consistency":
		return checkConsistency(one)
	}
	return errors.New("unknown kind")
}

func checkReceipt(receipt string, leaf []byte, verifier note.Verifier) error {
	top, signed, found := strings.Cut(receipt, "\n\n")
	lines := strings.Split(top, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("no tlog-proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("no index")
	}
	var path [][]byte
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	head := strings.Split(opened.Text, "\n")
	if len(head) != 4 || head[3] != "" || head[0] != verifier.Name() {
		return errors.New("no checkpoint of this log")
	}
	root, err := base64.StdEncoding.DecodeString(head[2])
	if err != nil {
		return err
	}
	return checkInclusion(leaf, strings.TrimPrefix(lines[0], "index "), head[1], path, root)
}

func checkInclusion(leaf []byte, index, size string, path [][]byte, root []byte) error {
	numbers, err := readNumbers(index, size)
	if err != nil {
		return err
	}
	hashes, err := readHashes(append([][]byte{root}, path...))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes[1:], numbers[1], hashes[0], numbers[0], tlog.RecordHash(leaf))
}

func checkConsistency(one testCase) error {
	numbers, err := readNumbers(one.OldSize, one.Size)
	if err != nil {
		return err
	}
	hashes, err := readHashes(append([][]byte{one.OldRoot, one.Root}, one.Path...))
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes[2:], numbers[1], hashes[1], numbers[0], hashes[0])
}

func readNumbers(texts ...string) ([]int64, error) {
	var numbers []int64
	for _, text := range texts {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(number, 10) != text {
			return nil, errors.New("no number")
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}

func readHashes(contents [][]byte) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, content := range contents {
		if len(content) != tlog.HashSize {
			return nil, errors.New("no hash")
		}
		var hash tlog.Hash
		copy(hash[:], content)
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
