// Checks receipts and proofs of Demur with @sigstore/verify, the verifier of npm.
//
// Usage: node verify.js VKEY < cases > answers. A case is a line of JSON; its answer is the line "accepted" or "refused:
// why". What is ours here is the reading of c2sp.org/tlog-proof and of the key; hashes, signatures and the shape of
// proofs are theirs. Consistency is not asked: the package has no such proof.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const readline = require("node:readline");
const { verifyTLogInclusion } = require("@sigstore/verify/dist/tlog");
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle");

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;
// DER of an Ed25519 public key (RFC 8410) up to the key itself.
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

function requireThat(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

function decode(text) {
  requireThat(BASE64.test(text), "no base64");
  return Buffer.from(text, "base64");
}

function readKey(vkey) {
  const [name, id, ...encoded] = vkey.split("+");
  const key = Buffer.concat([SPKI, decode(encoded.join("+")).subarray(1)]);
  const publicKey = crypto.createPublicKey({ key, format: "der", type: "spki" });
  return { baseURL: name, logID: Buffer.from(id, "hex"), publicKey };
}

function checkReceipt(receipt, leaf, log) {
  const end = receipt.indexOf("\n\n");
  const lines = receipt.slice(0, end).split("\n");
  requireThat(end > 0 && lines.shift() === "c2sp.org/tlog-proof@v1", "no tlog-proof");
  if (lines[0]?.startsWith("extra ")) lines.shift();
  requireThat(lines[0]?.startsWith("index "), "no index");
  const logIndex = lines.shift().slice("index ".length);
  requireThat(NUMBER.test(logIndex), "no index");
  const hashes = lines.map(decode);
  const inclusionProof = { logIndex, hashes, checkpoint: { envelope: receipt.slice(end + 2) } };
  verifyTLogInclusion({ inclusionProof, canonicalizedBody: leaf }, [log]);
}

function checkInclusion({ leaf, index, size, path, root }) {
  const inclusionProof = { logIndex: index, hashes: path.map(decode) };
  verifyMerkleInclusion({ inclusionProof, canonicalizedBody: decode(leaf) }, { logSize: size, logHash: decode(root) });
}

function check(one, log) {
  if (one.kind === "receipt") checkReceipt(decode(one.receipt).toString("utf8"), decode(one.leaf), log);
  else if (one.kind === "inclusion") checkInclusion(one);
  else throw new TypeError(`unknown kind ${one.kind}`);
}

function answer(line, log) {
  const one = JSON.parse(line);
  try {
    check(one, log);
    return "accepted";
  } catch (error) {
    return `refused: ${String(error.message).replaceAll(/\s+/g, " ")}`;
  }
}

const log = readKey(process.argv[2]);
readline.createInterface({ input: process.stdin }).on("line", (line) => fs.writeSync(1, `${answer(line, log)}\n`));
