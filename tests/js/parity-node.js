// node tests/js/parity-node.js VECTORS ANSWERS: reads one file of JSON and writes the other.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { answerAll } from "./parity.js";

const vectors = JSON.parse(readFileSync(argv[2], "utf8"));
writeFileSync(argv[3], JSON.stringify(await answerAll(vectors)));
