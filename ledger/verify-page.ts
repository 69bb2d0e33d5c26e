// The page in a bundle that tells a stranger how to check it without us. Its
// commands are run as they stand by a test, on a whole bundle and on broken ones.
import type { BundleFacts } from './bundle-format.ts';

/** The codes as the ledger stores them: their sentences may change, and this page must stay the same. */
const notCheckedPart = (codes: readonly string[]): string => `

unapprove did not check the following. The record is silent about them: it does not show that they were in order.

${codes.map((code) => `- ${code}`).join('\n')}`;

/** The text of VERIFY.md, version 1. Never changed: bundles that carry it must still verify. */
export const verifyPage = ({
  case: caseId,
  number,
  head,
  entries,
  finished,
  notChecked,
}: BundleFacts): string => `# How to check this bundle

Case ${number} (${caseId}), ${entries} entries, head

    ${head}

${
  finished
    ? `The case is finished: its last entry, of kind case.closed, says that there are ${entries}.`
    : 'The case was not finished when this bundle was made. A later bundle of it may hold more entries, and begins with these.'
}${notChecked.length === 0 ? '' : notCheckedPart(notChecked)}

You need no database, no network and nothing of ours: only sha256sum, python3 and, for one entry by hand, bash and openssl.
Run the commands in the folder of this page.

What the check shows: every entry is as it was hashed, none is missing between the first and the last, none was put in,
and every attachment is the one its entry names. What it cannot show: that this is the chain the company keeps. Whoever
makes up a whole new chain gets another head. So compare the head above with the one you were told by another way.

## 1. The files are the ones that bundle.json names, and there are no others

\`\`\`bash
python3 -c 'import json
for f in json.load(open("bundle.json"))["files"]: print(f["sha256"] + "  " + f["path"])' | sha256sum --check --quiet &&
test "$(find . ! -type d | wc -l)" -eq "$(python3 -c 'import json; print(len(json.load(open("bundle.json"))["files"]) + 1)')" &&
echo "files: good"
\`\`\`

## 2. The chain

A line of entries.jsonl is {"content":C,"hash":H,"prev":P,"seq":S,"storedAt":T}. H is the SHA-256 of: one zero byte; P, 32
bytes; S, 8 bytes, big-endian; T, 8 bytes, big-endian, milliseconds since 1970; the bytes of C as they stand in the line.

\`\`\`bash
python3 - <<'EOF'
import hashlib, json, os, sys
def check(good, problem):
    if not good: sys.exit(problem)
n, prev, keys, stored, last = 0, "0" * 64, set(), 0, None
for n, line in enumerate(open("entries.jsonl", "rb"), 1):
    e = json.loads(line)
    content = line[len(b'{"content":'):line.rindex(b',"hash":"')]
    fixed = b"\\0" + bytes.fromhex(e["prev"]) + e["seq"].to_bytes(8, "big") + e["storedAt"].to_bytes(8, "big")
    c = e["content"]
    where = "first bad entry: %d (%s)" % (n, c["key"])
    check(e["seq"] == n and e["prev"] == prev, where + ": out of order")
    check(hashlib.sha256(fixed + content).hexdigest() == e["hash"], where + ": hash")
    check(c["key"] not in keys and e["storedAt"] >= stored, where + ": key or time")
    check(last is None or (c["case"] == last["case"] and last["kind"] != "case.closed"), where + ": after the end")
    for a in c["attachments"]:
        path = os.path.join("attachments", a["sha256"])
        data = open(path, "rb").read() if os.path.isfile(path) else b""
        check(len(data) == a["bytes"] and hashlib.sha256(data).hexdigest() == a["sha256"], where + ": " + a["name"])
    prev, stored, last = e["hash"], e["storedAt"], c
    keys.add(c["key"])
b = json.load(open("bundle.json"))
check((n, prev) == (b["entries"], b["head"]), "entries are missing after %d" % n)
check(b["finished"] == (last["kind"] == "case.closed"), "bundle.json is wrong about the end")
check(not b["finished"] or last["body"]["entries"] == n, "case.closed counts other entries")
print("chain: good, %d entries, head %s" % (n, prev))
EOF
\`\`\`

## 3. One entry by hand

\`\`\`bash
n=1
line=$(sed -n "\${n}p" entries.jsonl)
rest=$(printf '%s' "$line" | LC_ALL=C sed -E 's/^.*,"hash":"([0-9a-f]+)","prev":"([0-9a-f]+)","seq":([0-9]+),"storedAt":([0-9]+)[}]$/\\1 \\2 \\3 \\4/')
read -r hash prev seq stored <<< "$rest"
content=$(printf '%s' "$line" | LC_ALL=C sed -E 's/^[{]"content":(.*),"hash":"[0-9a-f]+","prev":"[0-9a-f]+","seq":[0-9]+,"storedAt":[0-9]+[}]$/\\1/')
fixed=$(printf '00%s%016x%016x' "$prev" "$seq" "$stored" | sed 's/../\\\\x&/g')
{ printf "$fixed"; printf '%s' "$content"; } | openssl dgst -sha256 -r | cut -c1-64
echo "$hash"
\`\`\`

The two lines it prints are the same.

## What is in here

- entries.jsonl: the entries in their order. Bodies hold ids, codes and digests.
- attachments: what people said and what Microsoft answered, encrypted, named by SHA-256. The company holds the key and can
  destroy it; the hashes hold all the same. The history of the engine that ran the case is among them (history.exported).
- policy.json: the policy this case ran under, as its case.opened entry says.
- bundle.json: case, head, number of entries, and every other file with its SHA-256.
`;
