// Says, as JSON, what @asyncapi/parser finds in each of the documents.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const SEVERITIES = ["error", "warning", "information", "hint"];
const parser = new Parser();
const verdicts = [];
for (const path of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(path, "utf8"));
  verdicts.push({
    findings: diagnostics.map(({ severity, range, code, message, path: place }) => ({
      severity: SEVERITIES[severity],
      sentence: `line ${range.start.line + 1}: ${place.join(".")}: ${code}: ${message}`,
    })),
    channels: document?.channels().all().map((channel) => channel.address()),
  });
}
console.log(JSON.stringify(verdicts));
